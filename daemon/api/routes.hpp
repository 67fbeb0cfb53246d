// SPDX-License-Identifier: Apache-2.0
// The one table of routes: dispatch, 405, metric labels and the protocol's documentation come from it.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "daemon/api/commands.hpp"
#include "daemon/api/control.hpp"
#include "daemon/api/draft_codec.hpp"
#include "daemon/api/message.hpp"
#include "daemon/api/queries.hpp"

namespace tocsin::daemon::pipeline {
class Pipelines;
}

namespace tocsin::daemon::api {

/// Writes metrics in Prometheus' text format; the composition root brings the library for it.
using Exposition = std::function<std::string(const std::vector<core::MetricFamily>&)>;

/// What a route's handler works with.
struct Context {
    Commands& commands;
    const Queries& queries;
    DraftCodec& codec;
    Audit& audit;
    const Exposition& exposition;
    Control& control;
    pipeline::Pipelines& pipelines;
};

/// Takes the reply, now or after a commit, on any thread.
using Answer = std::function<void(Response)>;

using Immediate = Response (*)(const Context&, const Request&);
using Deferred = void (*)(const Context&, const Request&, const Answer&);
using Streaming = Stream (*)(const Context&, const Request&);

struct Parameter {
    std::string_view name;
    std::string_view summary;
};

struct Route {
    Method method;
    std::string_view path;  ///< at most one `{argument}`, a whole segment
    Scope scope;
    std::span<const Parameter> parameters;
    std::string_view request_type;  ///< media types that the body may have; empty: no body
    std::string_view reply_type;
    std::span<const core::Code> errors;
    std::string_view summary;
    std::variant<Immediate, Deferred, Streaming> handler;
};

std::span<const Route> routes() noexcept;

/// The route for a path, or the methods that the path would take (empty when there is no such path).
struct Match {
    const Route* route = nullptr;
    std::string argument;
    std::string allowed_methods;
};
Match match(std::string_view method, std::string_view path);

/// Runs the route for a request whose `path_argument` is filled in. Immediate and deferred replies, and every
/// error, go to `answer`; a stream is returned for the door to write.
std::optional<Stream> run(const Route& route, const Context& context, const Request& request,
                          const Answer& answer);

}  // namespace tocsin::daemon::api
