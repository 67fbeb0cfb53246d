// SPDX-License-Identifier: Apache-2.0
// The HTTP client against a peer that plays back canned bytes.
#include "cli/connection/connection.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

#include "common/core/exit_status.hpp"

namespace tocsin::cli::connection {
namespace {

using core::ExitStatus;
using std::chrono::milliseconds;

constexpr std::string_view chunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na\nb\r\n4\r\nb\nc\n\r\n0\r\n\r\n";

/// Answers each connection with the same bytes, in steps of a few, then closes it or stays silent.
class Peer {
 public:
    enum class Then { close, silence };
    Peer(std::string answer, std::size_t step, Then then)
        : answer_(std::move(answer)), step_(step), then_(then) {
        folder_ = std::filesystem::temp_directory_path() / "tocsin-peer-XXXXXX";
        if (mkdtemp(folder_.data()) == nullptr) ADD_FAILURE() << "no folder";
        listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path().data(), path().size());
        EXPECT_EQ(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(listen(listener_, 8), 0);
        thread_ = std::thread([this] { serve(); });
    }
    ~Peer() {
        shutdown(listener_, SHUT_RDWR);
        thread_.join();
        close(listener_);
        std::filesystem::remove_all(folder_);
    }
    std::string path() const { return folder_ + "/s"; }
    void wait_until_closed(int connections) const {
        while (closed_ < connections) std::this_thread::yield();
    }

 private:
    void serve() {
        for (int client = accept(listener_, nullptr, nullptr); client >= 0;
             client = accept(listener_, nullptr, nullptr)) {
            answer(client);
            close(client);
            ++closed_;
        }
    }
    void answer(int client) {
        char request[4096];
        if (recv(client, request, sizeof request, 0) <= 0) return;
        for (std::size_t at = 0; at < answer_.size(); at += step_)
            if (send(client, answer_.data() + at, std::min(step_, answer_.size() - at), MSG_NOSIGNAL) < 0)
                return;
        if (then_ == Then::silence) recv(client, request, sizeof request, 0);  // until the other side goes
    }

    std::string answer_;
    std::size_t step_;
    Then then_;
    std::string folder_;
    int listener_ = -1;
    std::atomic<int> closed_{0};
    std::thread thread_;
};

Reply call(const Peer& peer, milliseconds limit = milliseconds(5000)) {
    return Connection(peer.path()).call({"GET", "/x", {}, {}}, Deadline::in(limit));
}

ExitStatus failure(const Peer& peer, milliseconds limit = milliseconds(5000)) {
    try {
        call(peer, limit);
    } catch (const core::Exit& exit) {
        return exit.status();
    }
    return ExitStatus::ok;
}

struct Collected {
    std::string text;
    Flow flow = Flow::go_on;
    Reply reply;
};

Collected stream(const Peer& peer, Flow flow = Flow::go_on) {
    Collected collected{{}, flow, {}};
    Stream stream;
    stream.take = [&](std::string_view part) {
        collected.text += part;
        return collected.flow;
    };
    stream.pause = [] {};
    collected.reply =
        Connection(peer.path()).call({"GET", "/x", {}, {}}, Deadline::in(milliseconds(5000)), stream);
    return collected;
}

TEST(Connection, AWholeAnswerInAnyPieces) {
    for (const std::size_t step : {1U, 7U, 1000U}) {
        const Peer peer("HTTP/1.1 404 X\r\nContent-Type: a/b\r\nContent-Length: 5\r\n\r\nhello", step,
                        Peer::Then::silence);
        const Reply reply = call(peer);
        EXPECT_EQ(reply.status, 404U);
        EXPECT_EQ(reply.content_type, "a/b");
        EXPECT_EQ(reply.body, "hello");
    }
}

TEST(Connection, AStreamIsHandedOverAsItArrives) {
    for (const std::size_t step : {1U, 5U, 1000U}) {
        const Peer peer{std::string(chunked), step, Peer::Then::silence};
        const Collected collected = stream(peer);
        EXPECT_EQ(collected.text, "a\nbb\nc\n");
        EXPECT_EQ(collected.reply.body, "");
    }
}

TEST(Connection, AStreamCanBeLeftEarly) {
    const Peer peer{std::string(chunked), 1000, Peer::Then::silence};
    EXPECT_EQ(stream(peer, Flow::stop).text, "a\nb");
}

TEST(Connection, ARefusedStreamIsAReply) {
    const Peer peer("HTTP/1.1 403 X\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 3,
                    Peer::Then::silence);
    const Collected collected = stream(peer);
    EXPECT_EQ(collected.text, "");
    EXPECT_EQ(collected.reply.status, 403U);
    EXPECT_EQ(collected.reply.body, "{}");
}

TEST(Connection, FailuresHaveTheirStatus) {
    using enum Peer::Then;
    EXPECT_EQ(failure(Peer("", 1, close)), ExitStatus::try_again);
    EXPECT_EQ(failure(Peer("", 1, silence), milliseconds(50)), ExitStatus::try_again);
    EXPECT_EQ(failure(Peer("HTTP/1.1 200 OK\r\nContent-Le", 100, close)), ExitStatus::protocol);
    EXPECT_EQ(failure(Peer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", 100, close)),
              ExitStatus::protocol);
    EXPECT_EQ(failure(Peer("SSH-2.0-OpenSSH\r\n", 100, silence)), ExitStatus::protocol);
}

TEST(Connection, NoDaemon) {
    Connection connection("/nonexistent/tocsin.sock");
    try {
        connection.call({"GET", "/x", {}, {}}, Deadline::in(milliseconds(100)));
        ADD_FAILURE();
    } catch (const core::Exit& exit) {
        EXPECT_EQ(exit.status(), ExitStatus::no_service);
        EXPECT_FALSE(connection.sent());
    }
}

TEST(Connection, AClosedConnectionIsReplaced) {
    const Peer peer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 100, Peer::Then::close);
    Connection connection(peer.path());
    for (int i = 1; i <= 3; ++i) {
        EXPECT_EQ(connection.call({"GET", "/x", {}, {}}, Deadline::in(milliseconds(5000))).body, "ok");
        peer.wait_until_closed(i);
    }
}

}  // namespace
}  // namespace tocsin::cli::connection
