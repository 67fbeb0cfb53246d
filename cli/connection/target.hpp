// SPDX-License-Identifier: Apache-2.0
// A request target: a path and its query (RFC 3986).
#pragma once

#include <string>
#include <string_view>

namespace tocsin::cli::connection {

/// Appends the text with every byte but RFC 3986's unreserved characters as %XX.
void append_percent_encoded(std::string_view text, std::string& out);

class Target {
 public:
    explicit Target(std::string_view path) : text_(path) {}
    /// Adds `name=value` to the query. Returns itself, for chains.
    Target& with(std::string_view name, std::string_view value);
    const std::string& text() const noexcept { return text_; }

 private:
    std::string text_;
    char separator_ = '?';
};

}  // namespace tocsin::cli::connection
