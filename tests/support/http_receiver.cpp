// SPDX-License-Identifier: Apache-2.0
#include "tests/support/http_receiver.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "common/core/text.hpp"

namespace tocsin::tests {
namespace {

sockaddr_in loopback() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// Binds to a port that is free.
std::uint16_t bind_anywhere(int socket) {
    sockaddr_in address = loopback();
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);  // as the sockets API wants it
    if (bind(socket, generic, size) != 0 || getsockname(socket, generic, &size) != 0)
        throw std::runtime_error("no port");
    return ntohs(address.sin_port);
}

/// Appends what comes until the text is so long; false when the other side is gone.
bool receive(int socket, std::string& text, std::size_t size) {
    std::array<char, 65536> part{};
    while (text.size() < size) {
        const ssize_t count = recv(socket, part.data(), part.size(), 0);
        if (count <= 0) return false;
        text.append(part.data(), static_cast<std::size_t>(count));
    }
    return true;
}

}  // namespace

std::string Received::header(std::string_view name) const {
    for (std::size_t at = head.find("\r\n"); at + 2 < head.size();) {
        const std::size_t end = std::min(head.find("\r\n", at + 2), head.size());
        const std::string_view line = std::string_view(head).substr(at + 2, end - at - 2);
        const std::size_t colon = line.find(':');
        std::string found(line.substr(0, colon));
        std::ranges::transform(found, found.begin(), [](unsigned char c) { return std::tolower(c); });
        if (found == name && colon + 2 <= line.size()) return std::string(line.substr(colon + 2));
        if (found == name) return "";
        at = end;
    }
    return "(none)";
}

Receiver::Receiver(Script script) : script_(std::move(script)) { start(); }

Receiver::Receiver(Conversation conversation) : conversation_(std::move(conversation)) { start(); }

void Receiver::start() {
    listener_ = core::Descriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    port_ = bind_anywhere(listener_.number());
    if (listen(listener_.number(), 16) != 0) throw std::runtime_error("no listener");
    acceptor_ = std::thread([this] { accept_all(); });
}

Receiver::~Receiver() {
    shutdown(listener_.number(), SHUT_RDWR);
    acceptor_.join();
    {
        const std::lock_guard lock(mutex_);
        for (const core::Descriptor& socket : sockets_) shutdown(socket.number(), SHUT_RDWR);
    }
    for (std::thread& server : servers_) server.join();
}

std::string Receiver::url(const std::string& scheme) const {
    return scheme + "://127.0.0.1:" + std::to_string(port_) + "/hook";
}

std::vector<Received> Receiver::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

void Receiver::accept_all() {
    for (int connection = 1;; ++connection) {
        const int socket = accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) return;
        const std::lock_guard lock(mutex_);
        sockets_.emplace_back(socket);
        servers_.emplace_back([this, socket, connection] {
            if (conversation_)
                conversation_(socket);
            else
                serve(socket, connection);
            shutdown(socket, SHUT_RDWR);
        });
    }
}

void Receiver::serve(int socket, int connection) {
    for (std::string text;;) {
        std::size_t head_end = 0;
        while ((head_end = text.find("\r\n\r\n")) == std::string::npos)
            if (!receive(socket, text, text.size() + 1)) return;
        Received request{text.substr(0, head_end), {}, connection};
        text.erase(0, head_end + 4);
        const auto size = core::parse_number<std::size_t>(request.header("content-length")).value_or(0);
        if (!receive(socket, text, size)) return;
        request.body = text.substr(0, size);
        text.erase(0, size);
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(request);
        }
        if (script_(socket, request) == Then::close) return;
    }
}

bool send_text(int socket, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = send(socket, text.data(), text.size(), MSG_NOSIGNAL);
        if (count <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

void await_end(int socket) {
    std::array<char, 4096> part{};
    while (recv(socket, part.data(), part.size(), 0) > 0) {
    }
}

Receiver::Script answering(const std::string& status, const std::string& headers, const std::string& body) {
    const std::string text = "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
                             "\r\n" + headers + "\r\n" + body;
    return [text](int socket, const Received&) {
        return send_text(socket, text) ? Receiver::Then::keep : Receiver::Then::close;
    };
}

std::uint16_t free_port() {
    const core::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return bind_anywhere(socket.number());
}

}  // namespace tocsin::tests
