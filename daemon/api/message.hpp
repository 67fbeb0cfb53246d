// SPDX-License-Identifier: Apache-2.0
// Requests and replies between a door and the routes: HTTP's words, but no sockets.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/api/audit.hpp"
#include "daemon/api/principal.hpp"
#include "daemon/eventlog/selection.hpp"

namespace tocsin::daemon::api {

enum class Method : std::uint8_t { get, post };
std::string_view name_of(Method method) noexcept;

/// Query parameters in the order in which they came, percent-decoded.
class Parameters {
 public:
    /// Throws `invalid` when an escape is malformed.
    static Parameters parse(std::string_view query);

    std::optional<std::string> one(std::string_view name) const;
    std::vector<std::string> all(std::string_view name) const;
    const std::vector<std::pair<std::string, std::string>>& entries() const noexcept { return entries_; }

 private:
    std::vector<std::pair<std::string, std::string>> entries_;
};

/// Header names are lower-case.
using Headers = std::vector<std::pair<std::string, std::string>>;

/// Lives no longer than its principal and its visit, which the door holds.
struct Request {
    Method method = Method::get;
    Parameters parameters;
    Headers headers;
    std::string body;
    const Principal& principal;
    const Visit& visit;
    std::string path_argument;  ///< what stood for `{…}` in the route's path

    std::string_view header(std::string_view name) const noexcept;
};

struct Response {
    int status = 200;
    std::string media_type = "application/json";
    std::string body;
    Headers headers;
    std::shared_ptr<const eventlog::Backup> file = nullptr;  ///< the body instead, sent a piece at a time
};

/// A reply that goes on: the door reads the log from `query` on and writes what it finds.
struct Stream {
    enum class Format { ndjson, sse };
    enum class Follow { yes, no };
    eventlog::Query query;
    std::optional<core::Timestamp> until;  ///< a time that lies ahead: events recorded from then on end it
    std::optional<std::size_t> last;       ///< begin with so many matching events in front of the head
    Format format = Format::ndjson;
    Follow follow = Follow::yes;
    std::uint64_t limit = 0;  ///< 0: no limit
};

/// There is no token, or none that is known: HTTP's 401, under code `denied`.
class Unauthenticated : public core::Error {
 public:
    enum class Token { missing, unknown };
    explicit Unauthenticated(Token token);
    /// For the header `WWW-Authenticate` (RFC 6750, section 3).
    std::string_view challenge() const noexcept;

 private:
    Token token_;
};
Response to_response(const Unauthenticated& error);

/// The reply for an error: a problem document (RFC 9457) with the status that stands for its code.
Response to_response(const core::Error& error);
Response to_response(const core::Error& error, int status);

}  // namespace tocsin::daemon::api
