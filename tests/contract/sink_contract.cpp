// SPDX-License-Identifier: Apache-2.0
// The contract of the port Sink, run over every implementation.
#include "tests/contract/sink_contract.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

namespace tocsin::tests {
namespace {

using Bodies = std::vector<std::string>;
using daemon::pipeline::Delivery;
using daemon::pipeline::Message;
using daemon::pipeline::Verdict;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr seconds patience{20};

class SinkContract : public testing::TestWithParam<SinkImplementation> {
 protected:
    static void SetUpTestSuite() { std::signal(SIGPIPE, SIG_IGN); }

    Delivery deliver(std::span<const Message> messages, std::stop_token stop = {}) {
        const std::string run = "contract-" + std::to_string(getpid()) + "-" + std::to_string(++runs_);
        return under_test_->sink().deliver(messages, {"contract", run}, std::move(stop));
    }
    Delivery deliver(const Bodies& bodies, std::stop_token stop = {}) {
        return deliver(messages(bodies), std::move(stop));
    }

    /// As a pipeline does: what a sink that was down did not take comes again.
    void deliver_all(const Bodies& bodies) {
        const std::vector<Message> all = messages(bodies);
        std::span<const Message> rest(all);
        for (const auto until = Clock::now() + patience; !rest.empty();) {
            const Delivery delivery = deliver(rest);
            ASSERT_TRUE(delivery.verdict == Verdict::delivered || delivery.verdict == Verdict::sink_down)
                << delivery.result << delivery.errors;
            if (delivery.verdict == Verdict::delivered) return;
            ASSERT_LT(Clock::now(), until) << delivery.result;
            rest = rest.subspan(delivery.taken);
        }
    }

    /// What has arrived, when so many have or nothing comes any more.
    Bodies arrived(std::size_t count) {
        Bodies bodies = under_test_->arrived();
        for (const auto until = Clock::now() + patience; bodies.size() < count && Clock::now() < until;) {
            std::this_thread::sleep_for(milliseconds(5));
            bodies = under_test_->arrived();
        }
        return bodies;
    }

    static Bodies numbered(const std::string& name, int count) {
        Bodies bodies;
        for (int i = 0; i < count; ++i) bodies.push_back("\"" + name + "-" + std::to_string(i) + "\"");
        return bodies;
    }

    const std::unique_ptr<SinkUnderTest> under_test_ = GetParam().make();

 private:
    std::vector<Message> messages(const Bodies& bodies) const {
        std::vector<Message> messages;
        for (const std::string& body : bodies)
            messages.push_back({.event = &event_, .body = body, .id = "1"});
        return messages;
    }

    const event::Event event_{1, event::Topic::parse("contract.event"), "//test", "1", {}, {}, {}, {}};
    std::atomic<int> runs_{0};
};

TEST_P(SinkContract, WhatIsDeliveredArrivesByteForByte) {
    const Bodies bodies{"{}",
                        R"({"quotes":"\"'`$(x)\\"})",
                        R"({"lines":"a\nb\r\n\u0000\u2028"})",
                        R"({"text":"Zoë – 鐘 🔔"})",
                        "\"" + std::string(1 << 20, 'x') + "\"",
                        "null"};
    for (const std::string& body : bodies) deliver_all({body});
    EXPECT_EQ(arrived(bodies.size()), bodies);
}

TEST_P(SinkContract, MessagesOfACallArriveInTheirOrder) {
    const Bodies bodies = numbered("one", 500);
    deliver_all(bodies);
    EXPECT_EQ(arrived(bodies.size()), bodies);
}

TEST_P(SinkContract, IsDownWhileTheOtherSideIsAway) {
    deliver_all({"1"});
    EXPECT_EQ(arrived(1), Bodies{"1"});
    under_test_->take_away();
    const Delivery delivery = deliver(Bodies{"2", "3"});
    EXPECT_EQ(delivery.verdict, Verdict::sink_down);
    EXPECT_EQ(delivery.taken, 0U);
    EXPECT_FALSE(delivery.result.empty());
    EXPECT_EQ(deliver(Bodies{"2", "3"}).verdict, Verdict::sink_down);
    under_test_->bring_back();
    deliver_all({"2", "3"});
    EXPECT_EQ(arrived(3), (Bodies{"1", "2", "3"}));
}

TEST_P(SinkContract, AStopEndsTheWaitForTheOtherSide) {
    deliver_all({"1"});
    under_test_->take_away();
    std::stop_source source;
    std::jthread stopper([&source] {
        std::this_thread::sleep_for(milliseconds(50));
        source.request_stop();
    });
    const auto begun = Clock::now();
    EXPECT_EQ(deliver(Bodies{"2"}, source.get_token()).verdict, Verdict::sink_down);
    EXPECT_LT(Clock::now() - begun, milliseconds(800));
    under_test_->bring_back();
}

TEST_P(SinkContract, ManyThreadsLoseNothing) {
    constexpr int thread_count = 8;
    constexpr int call_count = 20;
    deliver_all({"0"});
    std::vector<std::thread> threads;
    for (int thread = 0; thread < thread_count; ++thread)
        threads.emplace_back([this, thread] {
            for (int call = 0; call < call_count; ++call)
                deliver_all(numbered(std::to_string(thread) + "-" + std::to_string(call), 5));
        });
    std::thread opener([this] {
        for (int i = 0; i < 20; ++i, std::this_thread::sleep_for(milliseconds(2)))
            under_test_->sink().reopen();
    });
    for (std::thread& thread : threads) thread.join();
    opener.join();
    Bodies all = arrived(1 + thread_count * call_count * 5);
    for (int thread = 0; thread < thread_count; ++thread)
        for (int call = 0; call < call_count; ++call) {
            const Bodies one = numbered(std::to_string(thread) + "-" + std::to_string(call), 5);
            EXPECT_NE(std::ranges::search(all, one).begin(), all.end()) << "torn or lost: " << one.front();
        }
    EXPECT_EQ(all.size(), 1U + thread_count * call_count * 5U);
}

INSTANTIATE_TEST_SUITE_P(Over, SinkContract, testing::ValuesIn(sink_implementations()),
                         [](const auto& parameter) { return parameter.param.name; });

}  // namespace
}  // namespace tocsin::tests
