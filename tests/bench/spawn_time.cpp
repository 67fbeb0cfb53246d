// SPDX-License-Identifier: Apache-2.0
// Time from spawn to exit of two commands, run in turn so that both see the same machine.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "tests/bench/arguments.hpp"
#include "tests/bench/latencies.hpp"

namespace tocsin::bench {
namespace {

constexpr const char* usage =
    "usage: spawn_time [--times 300] [--warmup 10] -- COMMAND [WORD…] --against COMMAND [WORD…]\n"
    "Commands are paths. Both read and write /dev/null; one that does not exit with 0 ends the measurement.\n"
    "Prints JSON: times, first and second, each with p50_us and p99_us.";

class Command {
 public:
    explicit Command(std::vector<std::string> words) : words_(std::move(words)) {
        for (auto& word : words_) arguments_.push_back(word.data());
        arguments_.push_back(nullptr);
        posix_spawn_file_actions_init(&actions_);
        posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    }
    Command(const Command&) = delete;
    Command& operator=(const Command&) = delete;
    ~Command() { posix_spawn_file_actions_destroy(&actions_); }

    SteadyClock::duration run() {
        const auto started = SteadyClock::now();
        pid_t child = 0;
        const int error = posix_spawn(&child, arguments_[0], &actions_, nullptr, arguments_.data(), environ);
        if (error != 0) fail(words_[0] + ": " + std::strerror(error));
        int status = 0;
        if (waitpid(child, &status, 0) != child) fail("waitpid failed");
        const auto ended = SteadyClock::now();
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            fail(words_[0] + (WIFEXITED(status) ? ": exit status " + std::to_string(WEXITSTATUS(status))
                                                : ": signal " + std::to_string(WTERMSIG(status))));
        }
        return ended - started;
    }

    void measure() { latencies_.add(run()); }

    void print(const char* name) {
        std::printf(",\"%s\":{\"p50_us\":%.1f,\"p99_us\":%.1f}", name, latencies_.percentile_us(50),
                    latencies_.percentile_us(99));
    }

 private:
    std::vector<std::string> words_;
    std::vector<char*> arguments_;
    posix_spawn_file_actions_t actions_{};
    Latencies latencies_;
};

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) {
    using namespace tocsin::bench;
    const Arguments arguments(argc, argv, usage, {"--times", "--warmup"});
    const auto& words = arguments.rest();
    const auto between = std::find(words.begin(), words.end(), "--against");
    if (between == words.begin() || words.end() - between < 2) arguments.misuse("two commands are needed");
    Command first({words.begin(), between});
    Command second({between + 1, words.end()});

    const auto times = arguments.number("--times", 300);
    for (std::uint64_t i = arguments.number("--warmup", 10); i > 0; --i) {
        first.run();
        second.run();
    }
    for (std::uint64_t i = 0; i < times; ++i) {
        (i % 2 == 0 ? first : second).measure();
        (i % 2 == 0 ? second : first).measure();
    }
    std::printf("{\"times\":%zu", times);
    first.print("first");
    second.print("second");
    std::printf("}\n");
    return 0;
}
