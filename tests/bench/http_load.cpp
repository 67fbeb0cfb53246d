// SPDX-License-Identifier: Apache-2.0
// Load on an HTTP/1.1 server: N kept-alive connections, each with one request in flight, from one thread.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <map>
#include <memory>

#include "tests/bench/arguments.hpp"
#include "tests/bench/fresh_text.hpp"
#include "tests/bench/http_response.hpp"
#include "tests/bench/latencies.hpp"

namespace tocsin::bench {
namespace {

constexpr const char* usage =
    "usage: http_load (--unix PATH | --port N) [--path /] [--body TEXT] [--header 'Name: value']…\n"
    "                 [--connections 64] [--warmup 0.5] [--seconds 2]\n"
    "A request with a body is a POST, else a GET; every @ in the body becomes a fresh id.\n"
    "Prints JSON: requests, seconds, rate, p50_us, p99_us, errors = bad_status + broken, statuses.";

/// Where the server listens: a Unix socket, or a port on 127.0.0.1.
struct Address {
    explicit Address(const Arguments& arguments) {
        const auto path = arguments.find("--unix");
        const auto port = arguments.number("--port", 0);
        if (path.has_value() == (port != 0)) arguments.misuse("give either --unix or --port");
        if (path) {
            local.sun_family = AF_UNIX;
            if (path->size() >= sizeof local.sun_path) arguments.misuse("--unix: the path is too long");
            path->copy(local.sun_path, path->size());
            return;
        }
        if (port > 65535) arguments.misuse("--port: not a port");
        internet.sin_family = AF_INET;
        internet.sin_port = htons(static_cast<std::uint16_t>(port));
        internet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }

    /// A connected, non-blocking descriptor.
    int connect() const {
        const bool over_unix = local.sun_family == AF_UNIX;
        const int descriptor = ::socket(over_unix ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (descriptor < 0) fail_errno("socket");
        const auto* where =
            over_unix ? static_cast<const void*>(&local) : static_cast<const void*>(&internet);
        const auto length = static_cast<socklen_t>(over_unix ? sizeof local : sizeof internet);
        if (::connect(descriptor, static_cast<const sockaddr*>(where), length) != 0) fail_errno("connect");
        const int on = 1;
        if (!over_unix) ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (::fcntl(descriptor, F_SETFL, O_NONBLOCK) != 0) fail_errno("fcntl");
        return descriptor;
    }

    sockaddr_un local{};
    sockaddr_in internet{};
};

class Connection {
 public:
    Connection(const Address& address, int epoll, std::uint32_t index)
        : address_(address), epoll_(epoll), index_(index) {
        open();
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { ::close(descriptor_); }

    void reopen() {
        ::close(descriptor_);
        open();
    }

    /// Starts a request; what the socket does not take yet is kept for `write_rest`.
    bool send(std::string_view request, SteadyClock::time_point now) {
        started_ = now;
        is_waiting_ = true;
        response_.clear();
        const std::ptrdiff_t written = write_some(request);
        if (written < 0) return false;
        unsent_.assign(request.substr(static_cast<std::size_t>(written)));
        if (!unsent_.empty()) watch(EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
        return true;
    }

    bool write_rest() {
        if (unsent_.empty()) return true;
        const std::ptrdiff_t written = write_some(unsent_);
        if (written < 0) return false;
        unsent_.erase(0, static_cast<std::size_t>(written));
        if (unsent_.empty()) watch(EPOLL_CTL_MOD, EPOLLIN);
        return true;
    }

    HttpResponse::State read() {
        std::array<char, 16384> bytes;
        const std::ptrdiff_t count = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
        if (count > 0 && is_waiting_) {
            const auto state = response_.take({bytes.data(), static_cast<std::size_t>(count)});
            is_waiting_ = state == HttpResponse::State::incomplete;
            return state;
        }
        const bool later = count < 0 && (errno == EAGAIN || errno == EINTR);
        return later ? HttpResponse::State::incomplete : HttpResponse::State::malformed;
    }

    /// Whether a request is under way.
    bool is_waiting() const noexcept { return is_waiting_; }
    int status() const noexcept { return response_.status(); }
    SteadyClock::time_point started() const noexcept { return started_; }

 private:
    void open() {
        descriptor_ = address_.connect();
        is_waiting_ = false;
        unsent_.clear();
        watch(EPOLL_CTL_ADD, EPOLLIN);
    }

    void watch(int operation, std::uint32_t events) const {
        epoll_event event{};
        event.events = events;
        event.data.u32 = index_;
        if (::epoll_ctl(epoll_, operation, descriptor_, &event) != 0) fail_errno("epoll_ctl");
    }

    std::ptrdiff_t write_some(std::string_view bytes) const {
        const std::ptrdiff_t written = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        return written < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : written;
    }

    const Address& address_;
    int epoll_;
    std::uint32_t index_;
    int descriptor_ = -1;
    bool is_waiting_ = false;
    std::string unsent_;
    HttpResponse response_;
    SteadyClock::time_point started_;
};

class Load {
 public:
    explicit Load(const Arguments& arguments)
        : address_(arguments),
          epoll_(::epoll_create1(EPOLL_CLOEXEC)),
          request_(request_text(arguments)),
          warmup_(from_seconds(arguments.real("--warmup", 0.5))),
          seconds_(arguments.real("--seconds", 2.0)) {
        const auto count = static_cast<std::uint32_t>(arguments.number("--connections", 64));
        if (count == 0 || seconds_ <= 0.0) arguments.misuse("--connections and --seconds must not be 0");
        latencies_.reserve(static_cast<std::size_t>(seconds_ * 200'000.0));
        for (std::uint32_t i = 0; i < count; ++i) {
            connections_.push_back(std::make_unique<Connection>(address_, epoll_, i));
        }
    }

    void run() {
        begin_ = SteadyClock::now() + warmup_;
        end_ = begin_ + from_seconds(seconds_);
        for (auto& connection : connections_) start(*connection);
        while (SteadyClock::now() < end_) turn();
        // the last requests are heard out, so that the server sees no broken connections
        const auto patience = end_ + from_seconds(20.0);
        while (waiting() > 0 && SteadyClock::now() < patience) turn();
        broken_ += waiting();
    }

    void print() {
        std::printf("{\"requests\":%zu,\"seconds\":%.3f,\"rate\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f,",
                    latencies_.count(), seconds_, static_cast<double>(latencies_.count()) / seconds_,
                    latencies_.percentile_us(50), latencies_.percentile_us(99));
        std::printf("\"errors\":%zu,\"bad_status\":%zu,\"broken\":%zu,\"statuses\":{", bad_status_ + broken_,
                    bad_status_, broken_);
        const char* comma = "";
        for (const auto& [status, count] : statuses_) {
            std::printf("%s\"%d\":%zu", comma, status, count);
            comma = ",";
        }
        std::printf("}}\n");
    }

 private:
    static std::string request_text(const Arguments& arguments) {
        const auto body = arguments.find("--body");
        std::string text = (body ? "POST " : "GET ") + arguments.text("--path", "/") + " HTTP/1.1\r\n";
        text += "Host: localhost\r\n";
        for (const auto& header : arguments.all("--header")) text += header + "\r\n";
        if (body) text += "Content-Length: " + std::to_string(FreshText(*body).size()) + "\r\n";
        if (text.find('@') != std::string::npos) arguments.misuse("only a body may hold an @");
        return text + "\r\n" + body.value_or("");
    }

    std::size_t waiting() const {
        const auto waits = [](const auto& connection) { return connection->is_waiting(); };
        return static_cast<std::size_t>(std::count_if(connections_.begin(), connections_.end(), waits));
    }

    void turn() {
        std::array<epoll_event, 256> events;
        const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 100);
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            Connection& connection = *connections_[event.data.u32];
            if ((event.events & EPOLLOUT) != 0 && !connection.write_rest()) {
                replace(connection);
            } else if ((event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) {
                receive(connection);
            }
        }
    }

    void receive(Connection& connection) {
        const auto state = connection.read();
        if (state == HttpResponse::State::incomplete) return;
        if (state == HttpResponse::State::malformed) return replace(connection);
        count(connection);
        start(connection);
    }

    void count(const Connection& connection) {
        const auto now = SteadyClock::now();
        const int status = connection.status();
        ++statuses_[status];
        if (status < 200 || status > 399) {
            ++bad_status_;
        } else if (now >= begin_ && now < end_) {
            latencies_.add(now - connection.started());
        }
    }

    void start(Connection& connection) {
        const auto now = SteadyClock::now();
        if (now >= end_) return;
        if (!connection.send(request_.next(), now)) replace(connection);
    }

    /// A connection that broke counts as an error; a new one takes its place.
    void replace(Connection& connection) {
        if (++broken_ > 1000) fail("the server breaks connections");
        connection.reopen();
        start(connection);
    }

    Address address_;
    int epoll_;
    FreshText request_;
    SteadyClock::duration warmup_;
    double seconds_;
    std::vector<std::unique_ptr<Connection>> connections_;
    SteadyClock::time_point begin_;
    SteadyClock::time_point end_;
    std::size_t bad_status_ = 0;
    std::size_t broken_ = 0;
    std::map<int, std::size_t> statuses_;
    Latencies latencies_;
};

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) {
    using namespace tocsin::bench;
    Load load(Arguments(
        argc, argv, usage,
        {"--unix", "--port", "--path", "--body", "--header", "--connections", "--warmup", "--seconds"}));
    load.run();
    load.print();
    return 0;
}
