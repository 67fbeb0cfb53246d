// SPDX-License-Identifier: Apache-2.0
// Time from spawn to exit of commands, run in turn so that all see the same machine.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>

#include "tests/bench/arguments.hpp"
#include "tests/bench/latencies.hpp"

namespace tocsin::bench {
namespace {

constexpr const char* usage =
    "usage: spawn_time [--times 300] [--warmup 10] -- COMMAND [WORD…] [--against COMMAND [WORD…]]…\n"
    "Commands are paths. All read and write /dev/null; one that does not exit with 0 ends the measurement.\n"
    "Prints JSON: times, and commands in the order given, each with p50_us and p99_us.";

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
        if (error != 0) fail_errno(words_[0], error);
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

    void print() {
        std::printf("{\"p50_us\":%.1f,\"p99_us\":%.1f}", latencies_.percentile_us(50),
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
    std::vector<std::unique_ptr<Command>> commands;
    const auto& words = arguments.rest();
    for (auto begin = words.begin(); begin < words.end();) {
        const auto end = std::find(begin, words.end(), "--against");
        if (begin == end) arguments.misuse("a command is empty");
        commands.push_back(std::make_unique<Command>(std::vector<std::string>(begin, end)));
        begin = end == words.end() ? end : end + 1;
    }
    if (commands.empty()) arguments.misuse("a command is needed");

    const auto times = arguments.number("--times", 300);
    for (std::uint64_t i = arguments.number("--warmup", 10); i > 0; --i) {
        for (const auto& command : commands) command->run();
    }
    for (std::uint64_t i = 0; i < times; ++i) {
        // each follows each other one equally often
        for (std::size_t j = 0; j < commands.size(); ++j) commands[(i + j) % commands.size()]->measure();
    }
    std::printf("{\"times\":%zu,\"commands\":[", times);
    const char* comma = "";
    for (const auto& command : commands) {
        std::printf("%s", comma);
        command->print();
        comma = ",";
    }
    std::printf("]}\n");
    return 0;
}
