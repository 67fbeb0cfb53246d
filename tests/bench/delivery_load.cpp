// SPDX-License-Identifier: Apache-2.0
// How long an event takes from its emit to the file that a pipeline delivers into: a paced emitter over the
// intake, and a reader of that file.
#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <zmq.hpp>

#include <array>
#include <atomic>
#include <thread>
#include <type_traits>

#include "tests/bench/arguments.hpp"
#include "tests/bench/latencies.hpp"

namespace tocsin::bench {
namespace {

constexpr const char* usage =
    "usage: delivery_load --endpoint ipc://PATH --file FILE [--rate 5000] [--warmup 0.5] [--seconds 2]\n"
    "Emits events of 200 bytes, one in a message, evenly spread, without waiting for their receipts. Each\n"
    "says when it was emitted. A pipeline is to deliver them into FILE, whose lines are read as soon as\n"
    "inotify tells of them; those that are there already do not count.\n"
    "Prints JSON: events, seconds, rate (emitted), p50_us, p99_us from the emit to the read, errors "
    "(receipts\n"
    "other than ok).";

constexpr auto patience = std::chrono::seconds(20);
constexpr auto most_late = std::chrono::milliseconds(200);
constexpr std::size_t draft_bytes = 200;
constexpr std::size_t digits = 20;
constexpr std::string_view mark = R"("sent":")";  // and as many digits: nanoseconds of CLOCK_MONOTONIC

static_assert(std::is_same_v<SteadyClock::period, std::nano>);

std::uint64_t nanoseconds_of(SteadyClock::time_point time) {
    return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

struct Window {
    SteadyClock::time_point begin;
    SteadyClock::time_point end;
};

/// Reads what is appended to the file, in a thread of its own.
class Reader {
 public:
    Reader(const std::string& path, const Window& window)
        : file_(::open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0644)),
          notices_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)),
          window_(window),
          first_(nanoseconds_of(SteadyClock::now())) {
        if (file_ < 0 || notices_ < 0 || lseek(file_, 0, SEEK_END) < 0) fail_errno(path);
        if (inotify_add_watch(notices_, path.c_str(), IN_MODIFY) < 0) fail_errno(path);
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader() {
        ::close(file_);
        ::close(notices_);
    }

    /// Until so many events have come, a number that becomes known while it runs.
    void run(const std::atomic<std::uint64_t>& expected) {
        auto last = SteadyClock::now();
        while (seen_ < expected) {
            if (read_lines())
                last = SteadyClock::now();
            else if (SteadyClock::now() - last > patience)
                fail("lines are missing: " + std::to_string(seen_) + " came");
            else
                wait();
        }
        is_over_ = true;
    }
    bool is_over() const noexcept { return is_over_; }

    /// Once it is over.
    Latencies& latencies() noexcept { return latencies_; }

 private:
    /// For a notice, or a while: the number that is expected may have changed.
    void wait() const {
        pollfd waited{notices_, POLLIN, 0};
        if (poll(&waited, 1, 50) < 0 && errno != EINTR) fail_errno("poll");
        std::array<char, 4096> notices{};
        while (::read(notices_, notices.data(), notices.size()) > 0) {
        }
    }

    bool read_lines() {
        const ssize_t count = ::read(file_, part_.data(), part_.size());
        if (count < 0) fail_errno("read");
        const auto now = SteadyClock::now();
        text_.append(part_.data(), static_cast<std::size_t>(count));
        std::string_view rest = text_;
        for (std::size_t end = 0; (end = rest.find('\n')) != std::string_view::npos;) {
            note(rest.substr(0, end), now);
            rest.remove_prefix(end + 1);
        }
        text_.erase(0, text_.size() - rest.size());
        return count > 0;
    }

    void note(std::string_view line, SteadyClock::time_point now) {
        const std::size_t at = line.find(mark);
        std::uint64_t sent = 0;
        if (at != std::string_view::npos)
            std::from_chars(line.data() + at + mark.size(), line.data() + line.size(), sent);
        if (sent == 0) fail("a line does not say when its event was emitted");
        if (sent < first_) return;
        ++seen_;
        if (sent >= nanoseconds_of(window_.begin) && sent < nanoseconds_of(window_.end))
            latencies_.add(std::chrono::nanoseconds(nanoseconds_of(now) - sent));
    }

    int file_;
    int notices_;
    Window window_;
    std::uint64_t first_;  // what was emitted before is of an earlier run
    std::vector<char> part_ = std::vector<char>(65'536);
    std::string text_;  // of a line whose end has not come
    std::uint64_t seen_ = 0;
    std::atomic<bool> is_over_{false};
    Latencies latencies_;
};

/// Emits at its own pace, whatever becomes of the events.
class Emitter {
 public:
    explicit Emitter(const std::string& endpoint) {
        socket_.set(zmq::sockopt::sndhwm, 0);
        socket_.set(zmq::sockopt::rcvhwm, 0);
        socket_.set(zmq::sockopt::linger, 0);
        socket_.connect(endpoint);
        draft_ = R"({"type":"bench.event","data":{)" + std::string(mark);
        place_ = draft_.size();
        draft_ += std::string(digits, '0') + R"(","note":")";
        draft_ += std::string(draft_bytes - draft_.size() - 3, 'n') + R"("}})";
    }

    void run(SteadyClock::time_point begin, SteadyClock::time_point end, double rate) {
        const auto pause = from_seconds(1.0 / rate);
        for (auto due = begin; due < end; due += pause) {
            std::this_thread::sleep_until(due);
            send();
            while (take_receipt(zmq::recv_flags::dontwait)) {
            }
        }
        if (SteadyClock::now() > end + most_late) fail("this machine can't emit at that rate");
    }

    /// Those that come within a while. The daemon drops receipts that a client is too slow to take.
    void take_receipts() {
        socket_.set(zmq::sockopt::rcvtimeo, 50);
        while (receipts_ < sent_ && take_receipt(zmq::recv_flags::none)) {
        }
    }

    /// How many of the events were taken, as far as the receipts tell.
    std::uint64_t accepted() const noexcept { return sent_ - errors_; }
    std::uint64_t sent() const noexcept { return sent_; }
    std::uint64_t errors() const noexcept { return errors_; }

 private:
    void send() {
        const std::string time = std::to_string(nanoseconds_of(SteadyClock::now()));
        draft_.replace(place_ + digits - time.size(), time.size(), time);
        socket_.send(zmq::const_buffer(), zmq::send_flags::sndmore);
        socket_.send(zmq::str_buffer("emit"), zmq::send_flags::sndmore);
        socket_.send(zmq::str_buffer("0"), zmq::send_flags::sndmore);
        socket_.send(zmq::buffer(draft_), zmq::send_flags::none);
        ++sent_;
    }

    /// Four frames: an empty one, the outcome, the correlation, what there is to say.
    bool take_receipt(zmq::recv_flags flags) {
        if (!socket_.recv(frames_[0], flags)) return false;
        for (std::size_t i = 1; i < frames_.size(); ++i)
            if (!frames_.at(i - 1).more() || !socket_.recv(frames_.at(i)))
                fail("a receipt has less than four frames");
        if (frames_[1].to_string_view() != "ok") ++errors_;
        ++receipts_;
        return true;
    }

    zmq::context_t context_{1};
    zmq::socket_t socket_{context_, zmq::socket_type::dealer};
    std::array<zmq::message_t, 4> frames_;
    std::string draft_;
    std::size_t place_ = 0;
    std::uint64_t sent_ = 0;
    std::uint64_t receipts_ = 0;
    std::uint64_t errors_ = 0;
};

void run(const Arguments& arguments) {
    const double seconds = arguments.real("--seconds", 2.0);
    const double rate = arguments.real("--rate", 5000.0);
    if (seconds <= 0.0) arguments.misuse("--seconds must not be 0");
    if (rate <= 0.0 || rate > 1e6) arguments.misuse("--rate must be more than 0 and at most 1000000");
    Emitter emitter(arguments.required("--endpoint"));
    const auto start = SteadyClock::now();
    const auto begin = start + from_seconds(arguments.real("--warmup", 0.5));
    const Window window{begin, begin + from_seconds(seconds)};
    Reader reader(arguments.required("--file"), window);
    std::atomic<std::uint64_t> expected{UINT64_MAX};
    std::thread reading([&] { reader.run(expected); });
    prctl(PR_SET_TIMERSLACK, 1);  // the sleeps between two events are to be as long as asked for
    emitter.run(start, window.end, rate);
    const double emitting = seconds_between(start, SteadyClock::now());
    while (!reader.is_over()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        emitter.take_receipts();
        expected = emitter.accepted();
    }
    reading.join();
    Latencies& latencies = reader.latencies();
    std::printf(
        "{\"events\":%zu,\"seconds\":%.3f,\"rate\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"errors\":%llu}\n",
        latencies.count(), seconds, static_cast<double>(emitter.sent()) / emitting,
        latencies.percentile_us(50), latencies.percentile_us(99),
        static_cast<unsigned long long>(emitter.errors()));
}

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) {
    using namespace tocsin::bench;
    run(Arguments(argc, argv, usage, {"--endpoint", "--file", "--rate", "--warmup", "--seconds"}));
    return 0;
}
