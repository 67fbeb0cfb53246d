// SPDX-License-Identifier: Apache-2.0
// Against libzmq's own peers.
#include "daemon/adapters/zeromq/zmq_sink.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <deque>
#include <filesystem>
#include <fstream>
#include <thread>

#include "common/core/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tocsin::daemon::zeromq {
namespace {

using pipeline::Delivery;
using pipeline::Verdict;
using std::chrono::milliseconds;
using Frames = std::vector<std::string>;

class ZmqSinkTest : public testing::Test {
 protected:
    ZmqOptions options(ZmqOptions::Socket socket, ZmqOptions::Attach attach = ZmqOptions::Attach::bind) {
        return {.socket = socket, .attach = attach, .address = address_, .high_water_mark = 1000};
    }
    pipeline::Message message(core::Seq seq, const std::string& type = "order.created",
                              const std::string& body = "{}") {
        events_.push_back({seq, event::Topic::parse(type), "//test", "1", {}, {}, {}, {}});
        return {.event = &events_.back(), .body = body, .id = "1"};
    }
    static Delivery deliver(ZmqSink& sink, const std::vector<pipeline::Message>& messages,
                            std::stop_token stop = {}) {
        return sink.deliver(messages, {"test", "run"}, std::move(stop));
    }
    /// Until a peer is there.
    static void deliver_at_last(ZmqSink& sink, const std::vector<pipeline::Message>& messages) {
        Delivery delivery;
        for (int turn = 0; turn < 10; ++turn) {
            delivery = deliver(sink, messages);
            if (delivery.verdict == Verdict::delivered) return;
        }
        FAIL() << delivery.result;
    }
    zmq::socket_t reader(zmq::socket_type type, int high_water_mark = 1000) {
        zmq::socket_t socket(context_.get(), type);
        socket.set(zmq::sockopt::rcvhwm, high_water_mark);
        socket.set(zmq::sockopt::linger, 0);
        return socket;
    }
    static Frames next(zmq::socket_t& socket, milliseconds within = milliseconds(5000)) {
        zmq::pollitem_t item{socket.handle(), 0, ZMQ_POLLIN, 0};
        Message message;
        if (zmq::poll(&item, 1, within) == 0 || !receive(socket, message)) return {};
        Frames frames;
        for (std::size_t i = 0; i < message.frame_count; ++i) frames.emplace_back(text(message.frames[i]));
        return frames;
    }

    tests::TemporaryFolder folder_;
    const std::string path_ = folder_.path() / "sink.sock";
    const std::string address_ = "ipc://" + path_;
    Context context_;
    std::deque<event::Event> events_;
};

TEST_F(ZmqSinkTest, AnEventIsSentAsTheFeedSendsIt) {
    ZmqSink sink(context_, options(ZmqOptions::Socket::push));
    zmq::socket_t worker = reader(zmq::socket_type::pull);
    worker.connect(address_);
    deliver_at_last(sink, {message(7, "a", R"({"x":"\n"})"), message(8, "b"), message(9, "a")});
    EXPECT_EQ(next(worker), (Frames{"a", "0000000000000007", "-", R"({"x":"\n"})"}));
    EXPECT_EQ(next(worker), (Frames{"b", "0000000000000008", "-", "{}"}));
    EXPECT_EQ(next(worker), (Frames{"a", "0000000000000009", "0000000000000007", "{}"}));
}

TEST_F(ZmqSinkTest, WhatMapMadeIsSentWithItsType) {
    ZmqSink sink(context_, options(ZmqOptions::Socket::push));
    zmq::socket_t worker = reader(zmq::socket_type::pull);
    worker.connect(address_);
    pipeline::Message mapped = message(7, "a", "[1]");
    mapped.shape = pipeline::Message::Shape::mapped;
    deliver_at_last(sink, {mapped});
    EXPECT_EQ(next(worker), (Frames{"a", "[1]"}));
}

TEST_F(ZmqSinkTest, WithoutAPeerItIsDown) {
    ZmqSink workers(context_, options(ZmqOptions::Socket::push, ZmqOptions::Attach::connect));
    EXPECT_EQ(deliver(workers, {message(1)}).verdict, Verdict::sink_down);
    EXPECT_EQ(deliver(workers, {message(1)}).result, "no peer with room");
    zmq::socket_t worker = reader(zmq::socket_type::pull);
    worker.bind(address_);
    deliver_at_last(workers, {message(2)});
    EXPECT_EQ(next(worker).at(1), "0000000000000002");
    EXPECT_TRUE(next(worker, milliseconds(100)).empty());  // what was not delivered was not queued
}

TEST_F(ZmqSinkTest, ATypeThatNobodyAskedForIsDeliveredToNobody) {
    ZmqSink sink(context_, options(ZmqOptions::Socket::pub));
    EXPECT_EQ(deliver(sink, {message(1)}).result, "no subscriber");
    zmq::socket_t subscriber = reader(zmq::socket_type::sub);
    subscriber.connect(address_);
    EXPECT_EQ(deliver(sink, {message(1)}).verdict, Verdict::sink_down);  // connected, but wants nothing
    subscriber.set(zmq::sockopt::subscribe, "b");
    deliver_at_last(sink, {message(1, "a"), message(2, "b")});
    EXPECT_EQ(next(subscriber).at(1), "0000000000000002");
    subscriber.close();
    std::this_thread::sleep_for(milliseconds(100));
    EXPECT_EQ(deliver(sink, {message(3, "b")}).result, "no subscriber");
}

TEST_F(ZmqSinkTest, AFullQueueHoldsUpAndLosesNothing) {
    ZmqOptions few = options(ZmqOptions::Socket::pub);
    few.high_water_mark = 4;
    ZmqSink sink(context_, few);
    std::vector<zmq::socket_t> subscribers;
    for (int i = 0; i < 2; ++i) {
        subscribers.push_back(reader(zmq::socket_type::sub, 2));
        subscribers.back().connect(address_);
        subscribers.back().set(zmq::sockopt::subscribe, "");
    }
    constexpr core::Seq count = 400;
    for (zmq::socket_t& subscriber : subscribers) do
            deliver_at_last(sink, {message(1, "probe")});
        while (next(subscriber, milliseconds(50)).empty());
    for (zmq::socket_t& subscriber : subscribers)
        while (!next(subscriber, milliseconds(50)).empty()) continue;
    std::vector<pipeline::Message> messages;
    for (core::Seq seq = 1; seq <= count; ++seq)
        messages.push_back(message(seq, "a", std::string(100'000, 'x')));
    std::atomic<int> held_up{0};
    std::jthread sender([&] {
        for (std::span<const pipeline::Message> rest(messages); !rest.empty();) {
            const Delivery delivery = sink.deliver(rest, {"test", "run"}, {});
            const bool is_done = delivery.verdict == Verdict::delivered;
            if (!is_done) ++held_up;
            rest = rest.subspan(is_done ? rest.size() : delivery.taken);
        }
    });
    // The first reads at once, the second one lets the queue stand full for longer than the sink's patience.
    std::jthread slow([&] {
        for (core::Seq seq = 1; seq <= count; ++seq) {
            if (seq % 100 == 50) std::this_thread::sleep_for(milliseconds(1500));
            ASSERT_EQ(next(subscribers[1]).at(1), core::to_text(seq));
        }
    });
    for (core::Seq seq = 1; seq <= count; ++seq) ASSERT_EQ(next(subscribers[0]).at(1), core::to_text(seq));
    slow.join();
    sender.join();
    EXPECT_GE(held_up, 1);
}

TEST_F(ZmqSinkTest, TellsHowManyWereTakenBeforeTheQueueWasFull) {
    ZmqOptions few = options(ZmqOptions::Socket::push);
    few.high_water_mark = 2;
    ZmqSink sink(context_, few);
    zmq::socket_t worker = reader(zmq::socket_type::pull, 1);
    worker.connect(address_);
    std::vector<pipeline::Message> messages;
    for (core::Seq seq = 1; seq <= 50; ++seq)
        messages.push_back(message(seq, "a", std::string(1 << 20, 'x')));
    const Delivery delivery = deliver(sink, messages);
    EXPECT_EQ(delivery.verdict, Verdict::sink_down);
    ASSERT_GT(delivery.taken, 0U);
    ASSERT_LT(delivery.taken, messages.size());
    for (core::Seq seq = 1; seq <= delivery.taken; ++seq) EXPECT_EQ(next(worker).at(1), core::to_text(seq));
    EXPECT_TRUE(next(worker, milliseconds(100)).empty());
}

TEST_F(ZmqSinkTest, WhatIsQueuedGetsOutAtTheEnd) {
    zmq::socket_t worker = reader(zmq::socket_type::pull);
    {
        ZmqSink sink(context_, options(ZmqOptions::Socket::push));
        worker.connect(address_);
        deliver_at_last(sink, {message(1)});
        std::vector<pipeline::Message> messages;
        for (core::Seq seq = 2; seq <= 200; ++seq)
            messages.push_back(message(seq, "a", std::string(10'000, 'x')));
        EXPECT_EQ(deliver(sink, messages).verdict, Verdict::delivered);
    }
    for (core::Seq seq = 1; seq <= 200; ++seq) {
        const Frames frames = next(worker);
        ASSERT_EQ(frames.size(), 4U) << seq;
        ASSERT_EQ(frames[1], core::to_text(seq));
    }
}

TEST_F(ZmqSinkTest, TheNextSinkTakesThePathOver) {
    zmq::socket_t worker = reader(zmq::socket_type::pull);
    worker.set(zmq::sockopt::reconnect_ivl, 10);
    worker.connect(address_);
    for (core::Seq seq = 1; seq <= 10; ++seq) {
        ZmqSink sink(context_, options(ZmqOptions::Socket::push));
        deliver_at_last(sink, {message(seq)});
        EXPECT_EQ(next(worker).at(1), core::to_text(seq));
        struct stat info {};
        ASSERT_EQ(stat(path_.c_str(), &info), 0);
        EXPECT_EQ(info.st_mode & 07777, 0660U);
    }
}

TEST_F(ZmqSinkTest, AForeignPathIsLeftAlone) {
    std::ofstream(path_) << "mine";
    ZmqSink sink(context_, options(ZmqOptions::Socket::push));
    EXPECT_EQ(deliver(sink, {message(1)}).result, path_ + " exists and is not a socket");
    EXPECT_EQ(std::filesystem::file_size(path_), 4U);
    std::filesystem::remove(path_);
    zmq::socket_t other(context_.get(), zmq::socket_type::pull);
    other.bind(address_);
    EXPECT_EQ(deliver(sink, {message(1)}).result, path_ + " is in use");
    EXPECT_TRUE(std::filesystem::exists(path_));
    other.close();
    std::this_thread::sleep_for(milliseconds(100));
    zmq::socket_t worker = reader(zmq::socket_type::pull);
    worker.connect(address_);
    deliver_at_last(sink, {message(2)});
}

TEST_F(ZmqSinkTest, ReportsAnAddressThatIsTaken) {
    zmq::socket_t other(context_.get(), zmq::socket_type::pull);
    other.bind("tcp://127.0.0.1:*");
    ZmqOptions taken = options(ZmqOptions::Socket::push);
    taken.address = other.get(zmq::sockopt::last_endpoint);
    ZmqSink sink(context_, taken);
    EXPECT_EQ(deliver(sink, {message(1)}).result, taken.address + ": Address already in use");
    other.close();
    std::this_thread::sleep_for(milliseconds(100));
    zmq::socket_t worker = reader(zmq::socket_type::pull);
    worker.connect(taken.address);
    deliver_at_last(sink, {message(1)});
    EXPECT_EQ(next(worker).size(), 4U);
}

TEST_F(ZmqSinkTest, AnAddressIsAPathOrAHostAndAPort) {
    for (const char* good : {"ipc:///run/a.sock", "tcp://127.0.0.1:5555", "tcp://*:1", "tcp://[::1]:65535",
                             "tcp://queue.example.org:5555"})
        EXPECT_NO_THROW(check_address(good)) << good;
    const std::string long_path = "ipc:///" + std::string(200, 'x');
    for (const char* bad :
         {"", "inproc://a", "ipc://relative", "ipc:///", "tcp://host", "tcp://:5555", "tcp://host:0",
          "tcp://host:65536", "tcp://ho st:1", "tcp://host:", "tcp://::1:5555", "/a", long_path.c_str()}) {
        try {
            check_address(bad);
            ADD_FAILURE() << bad;
        } catch (const core::Error& error) {
            EXPECT_EQ(error.code(), core::Code::invalid);
            EXPECT_FALSE(error.hint().empty());
        }
    }
}

}  // namespace
}  // namespace tocsin::daemon::zeromq
