// SPDX-License-Identifier: Apache-2.0
// Messages as a request of CloudEvents' HTTP binding 1.0.2. Thread rule: any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/adapters/curl/options.hpp"
#include "daemon/pipeline/sink.hpp"

namespace tocsin::daemon::curl {

struct Request {
    std::vector<std::string> headers;  ///< lines in libcurl's form
    std::string body;

    /// The value must be free of control characters.
    void add(std::string_view name, std::string_view value);
};

/// Body, Content-Type, `ce-` headers and trace context of at least one message.
Request request_of(std::span<const pipeline::Message> messages, Mode mode);

/// A value as a header can carry it: a space, `"`, `%` and all outside U+0021 to U+007E as %XX of UTF-8
/// (section 3.1.3.2).
std::string header_value(std::string_view text);

}  // namespace tocsin::daemon::curl
