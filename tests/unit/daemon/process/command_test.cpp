// SPDX-License-Identifier: Apache-2.0
// Real programs that behave badly in every way.
#include "daemon/adapters/process/command.hpp"

#include <dirent.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

namespace tocsin::daemon::process {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class CommandTest : public testing::Test {
 protected:
    static void SetUpTestSuite() { std::signal(SIGPIPE, SIG_IGN); }

    Ended shell(const std::string& script, std::string_view input = "", milliseconds timeout = seconds(20)) {
        const std::string id = "test-" + std::to_string(getpid()) + "-" + std::to_string(++runs_);
        const Command command{.argv = {"/bin/sh", "-c", script},
                              .environment = {"PATH=/usr/bin:/bin", "TOCSIN_RUN=" + id},
                              .folder = "/",
                              .timeout = timeout,
                              .grace = milliseconds(300)};
        return run(command, id, input, children_);
    }

    static std::size_t count(const std::string& folder) {
        const std::filesystem::directory_iterator entries(folder);
        return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
    }

    /// Processes that carry the mark in their arguments.
    static bool is_running(const std::string& mark) {
        for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
            std::ifstream file(entry.path() / "cmdline");
            const std::string words((std::istreambuf_iterator<char>(file)), {});
            if (words.find(mark) != std::string::npos) return true;
        }
        return false;
    }

    Children children_;
    int runs_ = 0;
};

TEST_F(CommandTest, GivesUsualLimitsWhateverTheDaemonsAre) {
    const mode_t own = umask(077);
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    if (before.rlim_max < 1024) GTEST_SKIP() << "fewer descriptors than usual";
    const rlimit high{before.rlim_max, before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &high);
    // The limit is set once it runs.
    const Ended ended = shell("umask; while [ $(ulimit -Sn) != 1024 ]; do sleep 0.01; done; ulimit -Sn");
    setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_EQ(umask(own), 077U);
    EXPECT_EQ(ended.out, "0022\n1024\n");
}

TEST_F(CommandTest, TellsHowItEndedAndWhatItPrinted) {
    const Ended ended = shell("echo out; echo err >&2; exit 7");
    EXPECT_EQ(ended.how, Ended::How::exited);
    EXPECT_EQ(ended.code, 7);
    EXPECT_EQ(ended.out, "out\n");
    EXPECT_EQ(ended.err, "err\n");
    const Ended killed = shell("kill -9 $$");
    EXPECT_EQ(killed.how, Ended::How::signalled);
    EXPECT_EQ(killed.code, SIGKILL);
}

TEST_F(CommandTest, TellsWhyItDidNotStart) {
    for (const auto& [name, error] :
         {std::pair("/no/such/program", ENOENT), std::pair("/etc/passwd", EACCES)}) {
        const Ended ended = run({.argv = {name}, .environment = {}}, "none", "", children_);
        EXPECT_EQ(ended.how, Ended::How::not_started) << name;
        EXPECT_EQ(ended.code, error) << name;
    }
    const Ended ended =
        run({.argv = {"/bin/true"}, .environment = {}, .folder = "/no/such"}, "none", "", children_);
    EXPECT_EQ(ended.code, ENOENT);
}

TEST_F(CommandTest, GivesTheInputWhateverItsSize) {
    const std::string input(3U << 20, 'x');
    EXPECT_EQ(shell("wc -c", input).out, std::to_string(input.size()) + "\n");
    EXPECT_EQ(shell("exec <&-; exit 0", input).code, 0);
    EXPECT_EQ(shell("head -c 5", input).out, "xxxxx");
    EXPECT_EQ(shell("cat", "").out, "");
}

TEST_F(CommandTest, HandsNothingDown) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread is there
    setenv("OF_THE_DAEMON", "secret", 1);
    EXPECT_EQ(shell("env | grep -c OF_THE_DAEMON").out, "0\n");
    EXPECT_EQ(shell("exec ls /proc/self/fd").out, "0\n1\n2\n3\n");  // the last is the folder
    EXPECT_EQ(shell("pwd").out, "/\n");
    // But for 32 and 33, which are the C library's own.
    EXPECT_EQ(shell("exec grep -cE 'SigBlk:.0{16}$|SigIgn:.0{7}[01][08]0{7}$' /proc/self/status").out, "2\n");
}

TEST_F(CommandTest, KeepsTheEndOfMuchOutput) {
    const Ended ended = shell("head -c 100000000 /dev/zero | tr '\\0' x; echo; echo last");
    EXPECT_EQ(ended.code, 0);
    EXPECT_EQ(ended.out.size(), kept_bytes);
    EXPECT_TRUE(ended.out.ends_with("x\nlast\n"));
}

TEST_F(CommandTest, EndsAtItsTimeout) {
    const Ended polite = shell("trap 'echo bye; exit 3' TERM; echo begun; while :; do sleep 0.05; done", "",
                               milliseconds(300));
    EXPECT_EQ(polite.how, Ended::How::timed_out);
    EXPECT_EQ(polite.out, "begun\nbye\n");
    const Ended deaf = shell("trap '' TERM; while :; do sleep 0.05; done", "", milliseconds(300));
    EXPECT_EQ(deaf.how, Ended::How::timed_out);
    EXPECT_LT(deaf.duration, seconds(5));
}

TEST_F(CommandTest, LeavesNoDescendantBehind) {
    const std::string mark = "987" + std::to_string(getpid());
    const Ended ended = shell("setsid sh -c 'sleep " + mark + " & sleep " + mark +
                              "' & (trap '' TERM; sleep " + mark + ") & sleep 0.2; echo done");
    EXPECT_EQ(ended.out, "done\n");
    EXPECT_EQ(ended.code, 0);
    EXPECT_FALSE(is_running(mark));
    EXPECT_EQ(shell("setsid -w sleep " + mark, "", milliseconds(300)).how, Ended::How::timed_out);
    EXPECT_FALSE(is_running(mark));
}

TEST_F(CommandTest, KillsOrphansThatHideTheirRun) {
    const std::string mark = "986" + std::to_string(getpid());
    shell("env -i setsid sleep " + mark + " & sleep 0.2");
    for (int turn = 0; turn < 100 && is_running(mark); ++turn) {
        std::this_thread::sleep_for(milliseconds(20));
        children_.tidy();
    }
    EXPECT_FALSE(is_running(mark));
}

TEST_F(CommandTest, LeavesNothingOfManyRunsAtATime) {
    const std::string mark = "985" + std::to_string(getpid());
    std::vector<std::thread> workers;
    for (int worker = 0; worker < 4; ++worker)
        workers.emplace_back([&, worker] {
            for (int i = 0; i < 25; ++i) {
                std::string id = mark;
                id.append("-").append(std::to_string(worker)).append("-").append(std::to_string(i));
                const Command command{
                    .argv = {"/bin/sh", "-c", "(setsid sh -c 'sleep $0 & sleep $0' $0 &) & :", mark},
                    .environment = {"PATH=/usr/bin:/bin", "TOCSIN_RUN=" + id}};
                EXPECT_EQ(run(command, id, "", children_).code, 0);
            }
        });
    for (std::thread& worker : workers) worker.join();
    EXPECT_FALSE(is_running(mark));
}

TEST_F(CommandTest, OneRunDoesNotHarmAnother) {
    std::string out;
    std::thread other([&] { out = shell("sleep 0.5; setsid sh -c 'sleep 0.3; echo alive' ").out; });
    for (int i = 0; i < 20; ++i) {
        const std::string id = "other-" + std::to_string(getpid()) + "-" + std::to_string(i);
        run({.argv = {"/bin/true"}, .environment = {"TOCSIN_RUN=" + id}}, id, "", children_);
    }
    other.join();
    EXPECT_EQ(out, "alive\n");
}

TEST_F(CommandTest, DescriptorsAndZombiesStayFlat) {
    shell("true");
    const std::size_t before = count("/proc/self/fd");
    for (int i = 0; i < 300; ++i) shell("setsid true &");
    children_.tidy();
    EXPECT_EQ(count("/proc/self/fd"), before);
    EXPECT_EQ(shell("ps -o stat= --ppid " + std::to_string(getpid()) + " | grep -c Z").out, "0\n");
}

}  // namespace
}  // namespace tocsin::daemon::process
