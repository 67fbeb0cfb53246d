// SPDX-License-Identifier: Apache-2.0
// A request and the reply to it, as HTTP carries them.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::cli::connection {

struct Request {
    std::string method = "GET";
    std::string target;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string_view body;  ///< not owned
};

struct Reply {
    unsigned status = 0;
    std::string content_type;
    std::string body;
    std::chrono::seconds retry_after{0};  ///< what `Retry-After` says; 0 when it says nothing
};

/// What a reader of a stream says to the part that it was given.
enum class Flow { go_on, stop };

/// Where the body of a successful answer goes as it arrives.
struct Stream {
    std::function<Flow(std::string_view)> take;  ///< parts of any size
    std::function<void()> pause;                 ///< nothing more has arrived: a moment to flush
    std::chrono::milliseconds idle_limit = std::chrono::milliseconds::max();
    int output = -1;  ///< give up quietly when nobody reads this descriptor any more
};

}  // namespace tocsin::cli::connection
