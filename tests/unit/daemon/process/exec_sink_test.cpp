// SPDX-License-Identifier: Apache-2.0
// What a program is told, and what its end says.
#include "daemon/adapters/process/exec_sink.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <thread>

#include "common/core/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tocsin::daemon::process {
namespace {

using pipeline::Delivery;
using pipeline::Message;
using pipeline::Verdict;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

class ExecSinkTest : public testing::Test {
 protected:
    static void SetUpTestSuite() { std::signal(SIGPIPE, SIG_IGN); }

    static event::Event event_with(const std::string& attributes) {
        return {42,
                event::Topic::parse("order.created"),
                "//host/shop",
                "id-1",
                {},
                {},
                event::Attributes::trusted(attributes),
                {}};
    }
    static ExecOptions shell(const std::string& script) {
        ExecOptions options;
        options.argv = {"/bin/sh", "-c", script};
        return options;
    }
    Delivery deliver(const ExecOptions& options, std::initializer_list<std::string> bodies = {"{}"},
                     std::stop_token stop = {}) {
        std::vector<Message> messages;
        for (const std::string& body : bodies)
            messages.push_back({.event = &event_, .body = body, .id = "id-1", .attempt = 3});
        const std::string id = "exec-" + std::to_string(getpid()) + "-" + std::to_string(++runs_);
        return ExecSink(options, children_).deliver(messages, {"big-orders", id}, std::move(stop));
    }
    std::string printed(const std::string& script) { return deliver(shell(script)).output; }

    event::Event event_ = event_with(R"("time":"2026-11-22T10:47:00Z","subject":"Zoë's \"first\"")");
    Children children_;
    int runs_ = 0;
};

TEST_F(ExecSinkTest, EachMessageIsALineOfInput) {
    EXPECT_EQ(deliver(shell("cat"), {R"({"a":"x\ny"})"}).output, "{\"a\":\"x\\ny\"}\n");
    EXPECT_EQ(deliver(shell("cat; echo $TOCSIN_MESSAGES"), {"1", "2", "3"}).output, "1\n2\n3\n3\n");
}

TEST_F(ExecSinkTest, TheEnvironmentTellsOfTheEventAndNothingElse) {
    event_ = event_with(R"("time":"2026-11-22T10:47:00Z","subject":"Zoë's \"first\"","traceparent":")" +
                        std::string(traceparent) + "\"");
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread is there
    setenv("OF_THE_DAEMON", "secret", 1);
    ExecOptions options;
    options.argv = {"/usr/bin/env"};
    options.env = {"LEVEL=high"};
    EXPECT_EQ(deliver(options, {"1", "2"}).output,
              "LEVEL=high\n"
              "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
              "CE_TYPE=order.created\nCE_ID=id-1\nCE_SOURCE=//host/shop\nCE_SUBJECT=Zoë's \"first\"\n"
              "CE_TIME=2026-11-22T10:47:00Z\nTRACEPARENT=" +
                  std::string(traceparent) +
                  "\nTOCSIN_SEQUENCE=0000000000000042\nTOCSIN_ATTEMPT=3\nTOCSIN_PIPELINE=big-orders\n"
                  "TOCSIN_RUN=exec-" +
                  std::to_string(getpid()) + "-1\nTOCSIN_MESSAGES=2\n");
    options.env = {"PATH=/mine"};
    EXPECT_TRUE(deliver(options).output.starts_with("PATH=/mine\nCE_TYPE="));
}

TEST_F(ExecSinkTest, NamesTheBus) {
    ExecOptions options = shell("echo $TOCSIN_SOCKET");
    options.bus = "/run/here.sock";
    EXPECT_EQ(deliver(options).output, "/run/here.sock\n");
}

TEST_F(ExecSinkTest, TellsWhenAnEventWithoutATimeCame) {
    event_.recorded = core::from_microseconds(1'000'000);
    event_.attributes = {};
    EXPECT_EQ(printed("echo $CE_TIME"), "1970-01-01T00:00:01.000000Z\n");
}

/// A daemon that was killed leaves its commands behind; the next one of the same bus ends them.
TEST_F(ExecSinkTest, RunsOfADeadDaemonAreEnded) {
    const auto start = [](const char* bus) {
        const pid_t pid = fork();
        if (pid == 0)
            execle("/bin/sleep", "sleep", "60", nullptr,
                   std::array{"TOCSIN_RUN=r", bus, static_cast<const char*>(nullptr)}.data());
        return pid;
    };
    const pid_t ours = start("TOCSIN_SOCKET=/mine.sock");
    const pid_t other = start("TOCSIN_SOCKET=/others.sock");
    int status = 0;
    while (waitpid(ours, &status, WNOHANG) == 0) {  // it may not have come to its exec yet
        Children::kill_runs_of("/mine.sock");
        std::this_thread::sleep_for(milliseconds(5));
    }
    EXPECT_EQ(WTERMSIG(status), SIGKILL);
    EXPECT_EQ(waitpid(other, &status, WNOHANG), 0);
    kill(other, SIGKILL);
    waitpid(other, &status, 0);
}

TEST_F(ExecSinkTest, AValueThatNoVariableCanHoldIsLeftOut) {
    for (const std::string& subject : {std::string(R"(a\u0000b)"), std::string(1'000'000, 'x')}) {
        event_ = event_with(R"("subject":")" + subject + R"(","traceparent":"nonsense")");
        EXPECT_EQ(printed("env | grep -E 'SUBJECT|TRACE|CE_ID'"), "CE_ID=id-1\n");
    }
    event_ = event_with(R"("subject":")" + std::string(ExecSink::longest_value, 'x') + "\"");
    EXPECT_EQ(printed("printf %s \"$CE_SUBJECT\" | wc -c"), std::to_string(ExecSink::longest_value) + "\n");
}

TEST_F(ExecSinkTest, TheEndIsTheVerdict) {
    const std::vector<std::tuple<std::string, Verdict, std::string>> ends{
        {"exit 0", Verdict::delivered, "exit 0"},
        {"exit 3", Verdict::retry, "exit 3"},
        {"exit 65", Verdict::dead, "exit 65"},
        {"exit 75", Verdict::sink_down, "exit 75"},
        {"kill -9 $$", Verdict::retry, "signal 9 (KILL)"}};
    for (const auto& [script, verdict, result] : ends) {
        const Delivery delivery = deliver(shell("echo said; echo why >&2; " + script));
        EXPECT_EQ(delivery.verdict, verdict) << script;
        EXPECT_EQ(delivery.result, result);
        EXPECT_EQ(delivery.output, "said\n");
        EXPECT_EQ(delivery.errors, "why\n");
    }
}

TEST_F(ExecSinkTest, ATimeoutIsAFailedAttempt) {
    ExecOptions options = shell("sleep 60");
    options.timeout = milliseconds(250);
    const Delivery delivery = deliver(options);
    EXPECT_EQ(delivery.verdict, Verdict::retry);
    EXPECT_EQ(delivery.result, "timeout after 250ms");
}

TEST_F(ExecSinkTest, WhatCannotBeStartedIsDown) {
    ExecOptions options;
    for (const auto& [path, why] : {std::pair("/no/such", "can't start /no/such: No such file or directory"),
                                    std::pair("/etc/passwd", "can't start /etc/passwd: Permission denied")}) {
        options.argv = {path};
        const Delivery delivery = deliver(options);
        EXPECT_EQ(delivery.verdict, Verdict::sink_down);
        EXPECT_EQ(delivery.result, why);
    }
    options = shell("true");
    options.cwd = "/no/such";
    EXPECT_EQ(deliver(options).verdict, Verdict::sink_down);
}

TEST_F(ExecSinkTest, RunsWhereItIsTold) {
    const tests::TemporaryFolder folder;
    ExecOptions options = shell("pwd");
    options.cwd = folder.path();
    EXPECT_EQ(deliver(options).output, folder.path().string() + "\n");
}

TEST_F(ExecSinkTest, AStopLetsAShortRunEnd) {
    std::stop_source source;
    std::jthread stopper([&] {
        std::this_thread::sleep_for(milliseconds(200));
        source.request_stop();
    });
    const Delivery delivery = deliver(shell("sleep 0.6; echo done"), {"1"}, source.get_token());
    EXPECT_EQ(delivery.verdict, Verdict::delivered);
    EXPECT_EQ(delivery.output, "done\n");
    EXPECT_EQ(deliver(shell("echo begun"), {"1"}, source.get_token()).output, "");
}

TEST_F(ExecSinkTest, AStopEndsALongRun) {
    std::stop_source source;
    std::jthread stopper([&] {
        std::this_thread::sleep_for(milliseconds(200));
        source.request_stop();
    });
    const auto begun = std::chrono::steady_clock::now();
    const Delivery delivery =
        deliver(shell("trap '' TERM; while :; do sleep 0.1; done"), {"1"}, source.get_token());
    EXPECT_EQ(delivery.verdict, Verdict::sink_down);
    EXPECT_EQ(delivery.result, "stopped");
    EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(9));
}

TEST_F(ExecSinkTest, AVariableOfTheSinksOwnIsRefused) {
    EXPECT_NO_THROW(check_variable("LEVEL_2"));
    for (const char* name : {"", "2nd", "A-B", "A=B", "CE_TYPE", "TOCSIN_RUN", "TRACEPARENT"}) {
        try {
            check_variable(name);
            ADD_FAILURE() << name;
        } catch (const core::Error& error) {
            EXPECT_EQ(error.code(), core::Code::invalid);
            EXPECT_FALSE(error.hint().empty());
        }
    }
}

}  // namespace
}  // namespace tocsin::daemon::process
