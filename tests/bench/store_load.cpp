// SPDX-License-Identifier: Apache-2.0
// The store's own inserts with no sockets and no JSON in front: the limit that the doors are measured
// against.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>

#include "daemon/adapters/sqlite/sqlite_event_log.hpp"
#include "tests/bench/arguments.hpp"

namespace tocsin::bench {
namespace {

constexpr const char* usage =
    "usage: store_load --state DIR [--events 100000] [--batch 256]\n"
    "Appends events of 200 bytes with minted ids, BATCH in a commit, on one thread; checkpoints as in "
    "service.\n"
    "Prints JSON: events, seconds, rate, errors.";

using Result = daemon::eventlog::AppendResult;

/// What the codec makes of the benchmark's draft of 200 bytes.
event::Draft draft(core::UuidSource& ids, const core::Clock& clock) {
    const std::string data = "{\"order\":4711,\"amount\":250.5,\"customer\":\"Example & Co\",\"note\":\"" +
                             std::string(104, 'n') + "\"}";
    return {event::Topic::trusted("bench.event"),
            "//bench/root",
            core::to_text(ids.next(clock.now())),
            event::IdOrigin::minted,
            {},
            {event::Data::Kind::json, data},
            0};
}

int run(const Arguments& arguments) {
    const std::uint64_t events = arguments.number("--events", 100'000);
    const std::uint64_t batch = arguments.number("--batch", 256);
    const core::SystemClock clock;
    daemon::metrics::Metrics metrics;
    daemon::sqlite::Options options;
    options.inline_events = batch;
    std::atomic<std::uint64_t> stored = 0;
    std::atomic<std::uint64_t> errors = 0;
    daemon::sqlite::SqliteEventLog log(arguments.required("--state"), options, clock, metrics,
                                       [&](const core::Error& error) { fail(error.what()); });
    core::UuidSource ids;
    const auto start = std::chrono::steady_clock::now();
    for (std::uint64_t done = 0; done < events; done += batch) {
        for (std::uint64_t i = 0; i < batch; ++i)
            log.append({{"user", "root"}, {draft(ids, clock)}}, [&](Result&& result) {
                ++(std::holds_alternative<core::Error>(result) ? errors : stored);
            });
        log.flush();
    }
    log.stop();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("{\"events\":%llu,\"seconds\":%.6f,\"rate\":%.1f,\"errors\":%llu}\n",
                static_cast<unsigned long long>(stored), seconds, static_cast<double>(stored) / seconds,
                static_cast<unsigned long long>(errors));
    return errors == 0 ? 0 : 1;
}

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) {
    using tocsin::bench::Arguments;
    return tocsin::bench::run(
        Arguments(argc, argv, tocsin::bench::usage, {"--state", "--events", "--batch"}));
}
