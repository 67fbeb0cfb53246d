// SPDX-License-Identifier: Apache-2.0
// Runs a second of the exec sink. `xargs -n1 COMMAND` is what to hold it against.
#include <atomic>
#include <csignal>
#include <mutex>
#include <thread>

#include "daemon/adapters/process/exec_sink.hpp"
#include "tests/bench/arguments.hpp"
#include "tests/bench/latencies.hpp"

namespace {

constexpr const char* usage =
    "usage: exec_load [--times 2000] [--parallel 1] -- COMMAND [WORD…]\n"
    "Prints JSON: runs, per_second, p50_us and p99_us of a run.";

using namespace tocsin;
using bench::SteadyClock;
using daemon::process::ExecSink;

/// Workers that share so many runs of one message.
class Load {
 public:
    Load(ExecSink& sink, std::uint64_t times) : sink_(sink), times_(times) {
        message_.event = &event_;
        message_.body = "{}";
    }

    void work() {
        while (true) {
            const std::uint64_t number = next_++;
            if (number >= times_) return;
            const auto begun = SteadyClock::now();
            const auto delivery =
                sink_.deliver({&message_, 1}, {"bench", "run-" + std::to_string(number)}, stop_.get_token());
            if (delivery.verdict != daemon::pipeline::Verdict::delivered) bench::fail(delivery.result);
            const std::lock_guard lock(mutex_);
            latencies_.add(SteadyClock::now() - begun);
        }
    }

    void print(std::chrono::duration<double> seconds) {
        std::printf("{\"runs\":%llu,\"per_second\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f}\n",
                    static_cast<unsigned long long>(times_), static_cast<double>(times_) / seconds.count(),
                    latencies_.percentile_us(50), latencies_.percentile_us(99));
    }

 private:
    ExecSink& sink_;
    const std::uint64_t times_;
    const event::Event event_{1, event::Topic::parse("bench.run"), "//bench", "1", {}, {}, {}, {}};
    daemon::pipeline::Message message_;
    std::atomic<std::uint64_t> next_{0};
    std::stop_source stop_;
    std::mutex mutex_;  // guards what follows
    bench::Latencies latencies_;
};

}  // namespace

int main(int argc, char** argv) {
    const bench::Arguments arguments(argc, argv, usage, {"--times", "--parallel"});
    if (arguments.rest().empty()) arguments.misuse("a command is needed");
    std::signal(SIGPIPE, SIG_IGN);
    daemon::process::Children children;
    daemon::process::ExecOptions options;
    options.argv = arguments.rest();
    ExecSink sink(options, children);
    Load load(sink, arguments.number("--times", 2000));
    const auto begun = SteadyClock::now();
    std::vector<std::thread> workers;
    for (std::uint64_t i = arguments.number("--parallel", 1); i > 0; --i)
        workers.emplace_back([&load] { load.work(); });
    for (std::thread& worker : workers) worker.join();
    load.print(SteadyClock::now() - begun);
}
