// SPDX-License-Identifier: Apache-2.0
// Against a server that behaves well, and badly in every way.
#include "daemon/adapters/curl/http_sink.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <future>

#include "common/core/version.hpp"
#include "common/event/json_text.hpp"
#include "daemon/adapters/curl/answer.hpp"
#include "daemon/adapters/openssl/crypto.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/daemon/curl/certificate.hpp"
#include "tests/support/http_receiver.hpp"

namespace tocsin::daemon::curl {
namespace {

using pipeline::Delivery;
using pipeline::Message;
using pipeline::Verdict;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using tests::answering;
using tests::await_end;
using tests::free_port;
using tests::send_text;
using tests::Received;
using tests::Receiver;
using Then = Receiver::Then;

class HttpSinkTest : public testing::Test {
 protected:
    static void SetUpTestSuite() { std::signal(SIGPIPE, SIG_IGN); }  // as the daemon does

    static Options to(const std::string& url) {
        Options options;
        options.url = url;
        return options;
    }
    static Options within(milliseconds timeout, const std::string& url) {
        Options options = to(url);
        options.timeout = timeout;
        return options;
    }
    static Message message(const std::string& body = "{}", const std::string& id = "msg_1") {
        Message message;
        message.body = body;
        message.id = id;
        return message;
    }
    static Delivery deliver(HttpSink& sink, const Message& message, std::stop_token stop = {}) {
        return sink.deliver(std::span(&message, 1), {}, std::move(stop));
    }
    Delivery deliver(Options options, std::stop_token stop = {}) {
        HttpSink sink(std::move(options), clock_, openssl::hmac_sha256);
        return deliver(sink, message(), std::move(stop));
    }
    /// Delivers once to a receiver with this script.
    Delivery deliver_to(Receiver::Script script, milliseconds timeout = seconds(20)) {
        const Receiver receiver(std::move(script));
        return deliver(within(timeout, receiver.url()));
    }

    tests::TemporaryFolder folder_;
    tests::ManualClock clock_;
};

TEST_F(HttpSinkTest, PostsTheBodyWithItsHeaders) {
    const Receiver receiver(answering("200 OK", "", "thanks"));
    Options options = to(receiver.url());
    options.headers = {{"Authorization", "Bearer x"}, {"X-Empty", ""}};
    HttpSink sink(options, clock_, openssl::hmac_sha256);
    const std::string body(300'000, 'x');
    const Delivery delivery = deliver(sink, message(body));
    EXPECT_EQ(delivery.verdict, Verdict::delivered);
    EXPECT_EQ(delivery.result, "HTTP 200");
    EXPECT_EQ(delivery.output, "thanks");
    ASSERT_EQ(receiver.requests().size(), 1U);
    const Received request = receiver.requests().front();
    EXPECT_TRUE(request.head.starts_with("POST /hook HTTP/1.1\r\n")) << request.head;
    EXPECT_EQ(request.body, body);
    EXPECT_EQ(request.header("content-type"), "application/cloudevents+json");
    EXPECT_EQ(request.header("user-agent"), std::string("tocsin/") + core::version);
    EXPECT_EQ(request.header("authorization"), "Bearer x");
    EXPECT_EQ(request.header("x-empty"), "");
    EXPECT_EQ(request.header("expect"), "(none)");
    EXPECT_EQ(request.header("webhook-id"), "msg_1");
    EXPECT_EQ(request.header("webhook-timestamp"), "1800000000");
    EXPECT_EQ(request.header("webhook-signature"), "(none)");
}

TEST_F(HttpSinkTest, PostsAnEventWithoutData) {
    const Receiver receiver(answering("204 No Content"));
    Options options = to(receiver.url());
    options.mode = Mode::binary;
    HttpSink sink(options, clock_, openssl::hmac_sha256);
    const event::Event bare{.seq = 1,
                            .type = event::Topic::parse("a.b"),
                            .source = "/s",
                            .id = "1",
                            .recorded = {},
                            .author = {},
                            .attributes = {},
                            .data = {}};
    Message event = message();
    event.event = &bare;
    EXPECT_EQ(deliver(sink, event).verdict, Verdict::delivered);
    const Received request = receiver.requests().at(0);
    EXPECT_EQ(request.header("ce-type"), "a.b");
    EXPECT_EQ(request.header("content-type"), "(none)");
    EXPECT_EQ(request.header("content-length"), "0");
}

TEST_F(HttpSinkTest, SignsWhatItSends) {
    const Receiver receiver(answering("200 OK"));
    Options options = to(receiver.url());
    const std::vector<std::string> texts{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                                         "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    options.secrets = parse_secrets(texts);
    HttpSink sink(options, clock_, openssl::hmac_sha256);
    const std::vector<Message> batch{message("1", "käse 1"), message("2", "b")};
    sink.deliver(batch, {}, {});
    clock_.advance(seconds(5));
    sink.deliver(batch, {}, {});
    for (std::size_t i = 0; i < 2; ++i) {
        const Received request = receiver.requests().at(i);
        const auto time = core::from_microseconds(1'800'000'000'000'000) + seconds(5 * i);
        EXPECT_EQ(request.body, "[1,2]");
        EXPECT_EQ(request.header("webhook-id"), "k%C3%A4se%201");
        EXPECT_EQ(request.header("webhook-timestamp"), unix_seconds(time));
        EXPECT_EQ(request.header("webhook-signature"),
                  signatures("k%C3%A4se%201", time, "[1,2]", options.secrets, openssl::hmac_sha256));
    }
}

TEST_F(HttpSinkTest, TellsAnswersApart) {
    for (const auto& [status, verdict] :
         std::initializer_list<std::pair<const char*, Verdict>>{{"202 Accepted", Verdict::delivered},
                                                                {"404 Not Found", Verdict::retry},
                                                                {"410 Gone", Verdict::gone},
                                                                {"429 Too Many Requests", Verdict::sink_down},
                                                                {"503", Verdict::sink_down}}) {
        const Delivery delivery = deliver_to(answering(status, "Retry-after:  3 \r\n", "why"));
        EXPECT_EQ(delivery.verdict, verdict) << status;
        EXPECT_EQ(delivery.result, "HTTP " + std::string(status).substr(0, 3));
        EXPECT_EQ(delivery.output, "why");
        const bool is_tried_again = verdict == Verdict::retry || verdict == Verdict::sink_down;
        EXPECT_EQ(delivery.retry_after.has_value(), is_tried_again) << status;
    }
}

TEST_F(HttpSinkTest, FollowsNoRedirect) {
    const Receiver other(answering("200 OK"));
    const Delivery delivery =
        deliver_to(answering("307 Temporary Redirect", "Location: " + other.url() + "\r\n"));
    EXPECT_EQ(delivery.verdict, Verdict::retry);
    EXPECT_EQ(delivery.result, "HTTP 307");
    EXPECT_TRUE(other.requests().empty());
}

TEST_F(HttpSinkTest, WaitsForTheFinalAnswer) {
    const Delivery delivery = deliver_to([](int socket, const Received&) {
        send_text(socket, "HTTP/1.1 103 Early Hints\r\nRetry-After: 5\r\n\r\n");
        send_text(socket, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
        return Then::keep;
    });
    EXPECT_EQ(delivery.result, "HTTP 503");
    EXPECT_FALSE(delivery.retry_after);
}

TEST_F(HttpSinkTest, KeepsItsConnection) {
    const Receiver receiver(answering("200 OK"));
    HttpSink sink(to(receiver.url()), clock_, openssl::hmac_sha256);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(deliver(sink, message()).verdict, Verdict::delivered);
    EXPECT_EQ(receiver.requests().back().connection, 1);
    sink.reopen();
    EXPECT_EQ(deliver(sink, message()).verdict, Verdict::delivered);
    EXPECT_EQ(receiver.requests().back().connection, 2);
}

TEST_F(HttpSinkTest, AConnectionThatTheOtherSideEndedCostsNothing) {
    const Receiver receiver([](int socket, const Received&) {
        send_text(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        return Then::close;
    });
    HttpSink sink(to(receiver.url()), clock_, openssl::hmac_sha256);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(deliver(sink, message()).result, "HTTP 200");
}

TEST_F(HttpSinkTest, ManyThreadsDeliverAtOnce) {
    constexpr int threads = 8;
    std::atomic<int> waiting = 0;
    const Receiver receiver([&](int socket, const Received&) {
        ++waiting;
        while (waiting < threads) std::this_thread::sleep_for(milliseconds(1));  // so that none goes alone
        send_text(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        return Then::keep;
    });
    HttpSink sink(to(receiver.url()), clock_, openssl::hmac_sha256);
    std::vector<std::future<Verdict>> verdicts;
    for (int i = 0; i < threads; ++i)
        verdicts.push_back(std::async(std::launch::async, [&] { return deliver(sink, message()).verdict; }));
    for (auto& verdict : verdicts) EXPECT_EQ(verdict.get(), Verdict::delivered);
    for (int i = 0; i < threads; ++i) EXPECT_EQ(deliver(sink, message()).verdict, Verdict::delivered);
    for (const Received& request : receiver.requests()) EXPECT_LE(request.connection, threads);
}

TEST_F(HttpSinkTest, NoProgramInheritsItsConnection) {
    const Receiver receiver(answering("200 OK"));
    HttpSink sink(to(receiver.url()), clock_, openssl::hmac_sha256);
    deliver(sink, message());
    int connections = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        const int number = std::stoi(entry.path().filename());
        sockaddr_storage peer{};
        socklen_t size = sizeof peer;
        // as the sockets API wants it
        const bool is_connected = getpeername(number, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
        if (!is_connected || peer.ss_family != AF_INET) continue;
        ++connections;
        EXPECT_NE(fcntl(number, F_GETFD) & FD_CLOEXEC, 0) << number;
    }
    EXPECT_EQ(connections, 2) << "both ends";
}

TEST_F(HttpSinkTest, IsDownWhereNobodyListens) {
    const Delivery delivery = deliver(to("http://127.0.0.1:" + std::to_string(free_port()) + "/"));
    EXPECT_EQ(delivery.verdict, Verdict::sink_down);
    EXPECT_EQ(delivery.result, "connection refused");
}

TEST_F(HttpSinkTest, IsDownWhereThereIsNoHost) {
    const Delivery delivery = deliver(to("http://no-such-host.invalid/"));
    EXPECT_EQ(delivery.verdict, Verdict::sink_down);
    EXPECT_FALSE(delivery.result.empty());
}

TEST_F(HttpSinkTest, IsDownWithoutAnAnswer) {
    const Delivery closed = deliver_to([](int, const Received&) { return Then::close; });
    EXPECT_EQ(closed.verdict, Verdict::sink_down);
    EXPECT_EQ(closed.result, "closed without an answer");
    const Delivery rubbish = deliver_to([](int socket, const Received&) {
        send_text(socket, "220 mail.example.org ESMTP\r\n");
        return Then::close;
    });
    EXPECT_EQ(rubbish.verdict, Verdict::sink_down);
    EXPECT_FALSE(rubbish.result.empty());
}

TEST_F(HttpSinkTest, WaitsForAnAnswerUntilTheTimeout) {
    const auto silent = [](int socket, const Received&) {
        await_end(socket);
        return Then::close;
    };
    const Delivery delivery = deliver_to(silent, milliseconds(200));
    EXPECT_EQ(delivery.verdict, Verdict::sink_down);
    EXPECT_EQ(delivery.result, "timeout after 200 ms");
    EXPECT_EQ(deliver_to(silent, seconds(1)).result, "timeout after 1 s");
}

TEST_F(HttpSinkTest, ABodyByDropsEndsAtTheTimeout) {
    const Delivery delivery = deliver_to(
        [](int socket, const Received&) {
            send_text(socket, "HTTP/1.1 404 No\r\nContent-Length: 1000000\r\n\r\n");
            while (send_text(socket, "x")) std::this_thread::sleep_for(milliseconds(50));
            return Then::close;
        },
        milliseconds(500));
    EXPECT_EQ(delivery.result, "HTTP 404");
    EXPECT_EQ(delivery.verdict, Verdict::retry);
    EXPECT_TRUE(delivery.output.starts_with("x"));
}

TEST_F(HttpSinkTest, AnEndlessBodyIsCut) {
    const Delivery delivery = deliver_to([](int socket, const Received&) {
        send_text(socket, "HTTP/1.1 200 OK\r\n\r\n");
        while (send_text(socket, std::string(10'000, 'x'))) {
        }
        return Then::close;
    });
    EXPECT_EQ(delivery.verdict, Verdict::delivered);
    EXPECT_EQ(delivery.output, std::string(kept_bytes, 'x'));
}

TEST_F(HttpSinkTest, AnEndlessHeaderIsCut) {
    for (const std::string& part : {std::string("X-A: b\r\n"), std::string(1000, 'x')}) {
        const Delivery delivery = deliver_to([&](int socket, const Received&) {
            send_text(socket, "HTTP/1.1 200 OK\r\nX: y");
            while (send_text(socket, part)) {
            }
            return Then::close;
        });
        EXPECT_EQ(delivery.verdict, Verdict::sink_down);
        EXPECT_FALSE(delivery.result.starts_with("timeout")) << delivery.result;
    }
}

TEST_F(HttpSinkTest, StopsWhenAsked) {
    std::stop_source stop;
    std::promise<void> reached;
    const Receiver receiver([&](int socket, const Received&) {
        reached.set_value();
        await_end(socket);
        return Then::close;
    });
    HttpSink sink(within(seconds(100), receiver.url()), clock_, openssl::hmac_sha256);
    auto delivery =
        std::async(std::launch::async, [&] { return deliver(sink, message(), stop.get_token()); });
    reached.get_future().wait();
    const auto begun = steady_clock::now();
    stop.request_stop();
    EXPECT_EQ(delivery.get().result, "stopped");
    EXPECT_LT(steady_clock::now() - begun, seconds(10));
    EXPECT_EQ(deliver(sink, message(), stop.get_token()).verdict, Verdict::sink_down) << "stopped before";
    EXPECT_EQ(receiver.requests().size(), 1U);
}

TEST_F(HttpSinkTest, AnAnswerThatIsThereCountsWhenStopped) {
    std::stop_source stop;
    const Receiver receiver([&](int socket, const Received&) {
        send_text(socket, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx");
        std::this_thread::sleep_for(milliseconds(100));  // so that it has arrived
        stop.request_stop();
        await_end(socket);
        return Then::close;
    });
    HttpSink sink(within(seconds(100), receiver.url()), clock_, openssl::hmac_sha256);
    EXPECT_EQ(deliver(sink, message(), stop.get_token()).verdict, Verdict::delivered);
}

TEST_F(HttpSinkTest, IgnoresTheEnvironment) {
    const Receiver receiver(answering("200 OK"));
    const std::string nowhere = "http://127.0.0.1:" + std::to_string(free_port());
    for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"})
        setenv(name, nowhere.c_str(), 1);  // NOLINT(concurrency-mt-unsafe): no other thread reads it now
    EXPECT_EQ(deliver(to(receiver.url())).verdict, Verdict::delivered);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): as above
    for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) unsetenv(name);
}

TEST_F(HttpSinkTest, IsDownWhereThereIsNoTls) {
    const Receiver silent{Receiver::Conversation(&await_end)};
    Options options = to(silent.url("https"));
    options.connect_timeout = milliseconds(200);
    const Delivery late = deliver(options);
    EXPECT_EQ(late.verdict, Verdict::sink_down);
    EXPECT_EQ(late.result, "no connection after 200 ms");
    const Receiver plain([](int socket) {
        send_text(socket, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        await_end(socket);
    });
    const Delivery delivery = deliver(to(plain.url("https")));
    EXPECT_EQ(delivery.verdict, Verdict::sink_down);
    EXPECT_FALSE(delivery.result.empty());
}

TEST_F(HttpSinkTest, TrustsOnlyTheCertificatesItIsTold) {
    const Certificate certificate("IP:127.0.0.1");
    const Receiver receiver(certificate.answering());
    const Delivery stranger = deliver(to(receiver.url("https")));
    EXPECT_EQ(stranger.verdict, Verdict::sink_down);
    EXPECT_NE(stranger.result.find("certificate"), std::string::npos) << stranger.result;
    Options options = to(receiver.url("https"));
    options.ca_file = folder_.path() / "ca.pem";
    certificate.write(options.ca_file);
    EXPECT_EQ(deliver(options).result, "HTTP 200");
}

TEST_F(HttpSinkTest, ACertificateIsForItsHostOnly) {
    const Certificate certificate("DNS:example.org");
    const Receiver receiver(certificate.answering());
    Options options = to(receiver.url("https"));
    options.ca_file = folder_.path() / "ca.pem";
    certificate.write(options.ca_file);
    const Delivery delivery = deliver(options);
    EXPECT_EQ(delivery.verdict, Verdict::sink_down);
    EXPECT_FALSE(delivery.result.starts_with("HTTP")) << delivery.result;
}

}  // namespace
}  // namespace tocsin::daemon::curl
