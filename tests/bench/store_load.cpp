// SPDX-License-Identifier: Apache-2.0
// The store's own inserts with no sockets and no JSON in front: the limit that the doors are measured
// against, and the quick way to a large store.
#include <atomic>
#include <cstdio>
#include <string>

#include "daemon/adapters/sqlite/sqlite_event_log.hpp"
#include "tests/bench/arguments.hpp"
#include "tests/bench/latencies.hpp"

namespace tocsin::bench {
namespace {

constexpr const char* usage =
    "usage: store_load --state DIR [--batch 256] [--rare N] [--warmup 0.5] [--seconds 2 | --events N]\n"
    "Appends events of 200 bytes with minted ids, BATCH in a commit, on one thread; checkpoints as in "
    "service.\n"
    "With --rare every Nth event is a `bench.rare`, all others are `bench.event`.\n"
    "--events appends exactly N and measures all of them, the store's orderly end included.\n"
    "Prints JSON: events, commits, seconds, rate, p50_us and p99_us of a commit, errors.";

using Result = daemon::eventlog::AppendResult;

/// What the codec makes of the benchmark's draft of 200 bytes.
event::Draft draft(std::string_view type, core::UuidSource& ids, const core::Clock& clock) {
    const std::string data = "{\"order\":4711,\"amount\":250.5,\"customer\":\"Example & Co\",\"note\":\"" +
                             std::string(104, 'n') + "\"}";
    return {event::Topic::trusted(std::string(type)),
            "//bench/root",
            core::to_text(ids.next(clock.now())),
            event::IdOrigin::minted,
            {},
            {event::Data::Kind::json, data},
            0};
}

class Load {
 public:
    explicit Load(const Arguments& arguments)
        : batch_(arguments.number("--batch", 256)),
          rare_(arguments.number("--rare", 0)),
          count_(arguments.number("--events", 0)),
          warmup_(count_ != 0 ? 0.0 : arguments.real("--warmup", 0.5)),
          seconds_(arguments.real("--seconds", 2.0)) {
        if (batch_ == 0 || seconds_ <= 0.0) arguments.misuse("--batch and --seconds must not be 0");
        options_.inline_events = batch_;
        log_ = std::make_unique<daemon::sqlite::SqliteEventLog>(
            arguments.required("--state"), options_, clock_, metrics_,
            [](const core::Error& error) { fail(error.what()); });
    }

    void run() {
        const auto begin = SteadyClock::now() + from_seconds(warmup_);
        const auto end = count_ != 0 ? SteadyClock::time_point::max() : begin + from_seconds(seconds_);
        for (auto now = SteadyClock::now(); now < end && !has_all(); now = SteadyClock::now()) {
            const std::uint64_t events = commit(now >= begin);
            if (now >= begin) measured_ += events;
        }
        if (count_ == 0) seconds_ = seconds_between(begin, SteadyClock::now());
        log_->stop();
        if (count_ != 0) seconds_ = seconds_between(begin, SteadyClock::now());
    }

    int print() {
        std::printf(
            "{\"events\":%zu,\"commits\":%zu,\"seconds\":%.6f,\"rate\":%.1f,\"p50_us\":%.1f,"
            "\"p99_us\":%.1f,\"errors\":%zu}\n",
            measured_, latencies_.count(), seconds_, static_cast<double>(measured_) / seconds_,
            latencies_.percentile_us(50), latencies_.percentile_us(99), errors_.load());
        return errors_ == 0 ? 0 : 1;
    }

 private:
    bool has_all() const { return count_ != 0 && sent_ >= count_; }

    /// One commit of a batch, or of what is still wanted; returns when it is on disk.
    std::uint64_t commit(bool is_measured) {
        const std::uint64_t events = count_ != 0 ? std::min(batch_, count_ - sent_) : batch_;
        for (std::uint64_t i = 0; i < events; ++i, ++sent_) {
            const bool is_rare = rare_ != 0 && sent_ % rare_ == 0;
            log_->append({{"user", "root"}, {draft(is_rare ? "bench.rare" : "bench.event", ids_, clock_)}},
                         [this](Result&& result) {
                             if (std::holds_alternative<core::Error>(result)) ++errors_;
                             ++answered_;
                             answered_.notify_one();
                         });
        }
        const auto start = SteadyClock::now();
        log_->flush();
        for (std::uint64_t seen = answered_; seen < sent_; seen = answered_) answered_.wait(seen);
        if (is_measured) latencies_.add(SteadyClock::now() - start);
        return events;
    }

    std::uint64_t batch_;
    std::uint64_t rare_;
    std::uint64_t count_;
    double warmup_;
    double seconds_;
    const core::SystemClock clock_{};
    daemon::metrics::Metrics metrics_;
    daemon::sqlite::Options options_;
    core::UuidSource ids_;
    std::uint64_t sent_ = 0;
    std::uint64_t measured_ = 0;
    std::atomic<std::uint64_t> answered_ = 0;
    std::atomic<std::size_t> errors_ = 0;
    Latencies latencies_;
    std::unique_ptr<daemon::sqlite::SqliteEventLog> log_;  // last: its thread uses what stands above
};

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) {
    using namespace tocsin::bench;
    Load load(
        Arguments(argc, argv, usage, {"--state", "--events", "--batch", "--rare", "--warmup", "--seconds"}));
    load.run();
    return load.print();
}
