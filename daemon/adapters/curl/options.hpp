// SPDX-License-Identifier: Apache-2.0
// What an HTTP sink is told: where it delivers, in which form, and how long it waits. Thread rule: any
// thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "daemon/adapters/curl/webhook.hpp"

namespace tocsin::daemon::curl {

/// The content modes of CloudEvents' HTTP binding (version 1.0.2, section 1.3).
enum class Mode : std::uint8_t {
    binary,      ///< attributes as headers, the data as body; of one event a call
    structured,  ///< all of the event as a body of JSON; several of them as an array
};

struct Options {
    std::string url;  ///< as `check_url` takes it
    Mode mode = Mode::structured;
    std::vector<std::pair<std::string, std::string>> headers;  ///< as `check_header` takes them
    std::vector<Secret> secrets;                               ///< the newest first; at most `max_secrets`
    std::chrono::milliseconds timeout{30'000};                 ///< of one call in all
    std::chrono::milliseconds connect_timeout{10'000};         ///< until there is a connection, TLS included
    std::filesystem::path ca_file;  ///< certificates to trust in place of the system's; empty: the system's
};

/// Throws `invalid` when the text is not an absolute http or https URL with a host and without credentials.
void check_url(const std::string& url);

/// Throws `invalid` when the header can't be sent, or is one that the sink or HTTP itself sets.
void check_header(const std::string& name, const std::string& value);

}  // namespace tocsin::daemon::curl
