// SPDX-License-Identifier: Apache-2.0
// Reads one HTTP/1.1 response after another from a stream in which only one is ever under way.
#pragma once

#include <strings.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::bench {

class HttpResponse {
 public:
    enum class State { incomplete, complete, malformed };

    /// Takes what was received. A response without Content-Length is malformed here, chunked ones too.
    State take(std::string_view bytes) {
        if (!body_left_) {
            head_.append(bytes);
            const std::size_t end = head_.find("\r\n\r\n");
            if (end == std::string::npos) return State::incomplete;
            if (!parse_head(std::string_view(head_).substr(0, end))) return State::malformed;
            bytes = std::string_view(head_).substr(end + 4);
        }
        if (bytes.size() > *body_left_) return State::malformed;
        *body_left_ -= bytes.size();
        return *body_left_ == 0 ? State::complete : State::incomplete;
    }

    int status() const noexcept { return status_; }

    void clear() {
        head_.clear();
        body_left_.reset();
        status_ = 0;
    }

 private:
    bool parse_head(std::string_view head) {
        constexpr std::string_view version = "HTTP/1.1 ";
        if (!head.starts_with(version) || !parse_number(head.substr(version.size(), 3), status_))
            return false;
        if (status_ == 204 || status_ == 304) body_left_ = 0;
        for (std::size_t line = head.find("\r\n"); line != std::string_view::npos;
             line = head.find("\r\n", line + 2)) {
            parse_field(head.substr(line + 2));
        }
        return body_left_.has_value();
    }

    void parse_field(std::string_view field) {
        constexpr std::string_view name = "content-length:";
        if (field.size() < name.size() || strncasecmp(field.data(), name.data(), name.size()) != 0) return;
        field.remove_prefix(name.size());
        while (field.starts_with(' ')) field.remove_prefix(1);
        std::uint64_t length = 0;
        if (parse_number(field.substr(0, field.find('\r')), length)) body_left_ = length;
    }

    template <typename Number>
    static bool parse_number(std::string_view text, Number& number) {
        return std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc{};
    }

    std::string head_;
    std::optional<std::uint64_t> body_left_;
    int status_ = 0;
};

}  // namespace tocsin::bench
