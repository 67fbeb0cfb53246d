// SPDX-License-Identifier: Apache-2.0
// One HTTP/1.1 connection over a Unix socket on which one request at a time is made and waited for.
#pragma once

#include <strings.h>

#include <string>
#include <string_view>

#include "tests/bench/stream_socket.hpp"

namespace tocsin::load {

class BlockingHttp {
 public:
    struct Reply {
        int status;
        std::string body;
    };

    explicit BlockingHttp(const std::string& path) : socket_(path) {}

    Reply get(const std::string& target) {
        return call("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }

    Reply post(const std::string& target, std::string_view type, std::string_view body) {
        std::string request = "POST " + target + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: ";
        request.append(type)
            .append("\r\nContent-Length: ")
            .append(std::to_string(body.size()))
            .append("\r\n\r\n");
        return call(request.append(body));
    }

 private:
    Reply call(const std::string& request) {
        socket_.send(request);
        std::string bytes;
        std::size_t end = std::string::npos;
        while ((end = bytes.find("\r\n\r\n")) == std::string::npos) socket_.receive(bytes);
        const std::string head = bytes.substr(0, end);
        const std::size_t length = content_length(head);
        while (bytes.size() < end + 4 + length) socket_.receive(bytes);
        return {std::stoi(head.substr(9, 3)), bytes.substr(end + 4, length)};
    }

    static std::size_t content_length(std::string_view head) {
        constexpr std::string_view name = "\r\ncontent-length: ";
        for (std::size_t i = 0; i + name.size() < head.size(); ++i) {
            if (strncasecmp(head.data() + i, name.data(), name.size()) == 0)
                return std::stoul(std::string(head.substr(i + name.size(), 20)));
        }
        bench::fail("a reply without Content-Length");
    }

    bench::StreamSocket socket_;
};

}  // namespace tocsin::load
