// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/tail_query.hpp"

#include "cli/connection/target.hpp"

namespace tocsin::cli::commands {
namespace {

void add_start(const TailOptions& options, const TailPosition& position, connection::Target& target) {
    const bool from_position = position.resuming || (!options.since && options.last == 0);
    if (from_position && position.after) {
        target.with("after", core::to_text(*position.after));
    } else if (options.since) {
        target.with("since", options.since->query);
    } else if (options.last > 0) {
        target.with("last", std::to_string(options.last));
    }
}

}  // namespace

std::string tail_target(const TailOptions& options, const TailPosition& position) {
    connection::Target target("/v1/events/stream");
    for (const std::string& pattern : options.patterns) target.with("type", pattern);
    if (options.source) target.with("source", *options.source);
    add_start(options, position, target);
    if (options.until) target.with("until", options.until->query);
    if (options.count) target.with("limit", std::to_string(*options.count - position.shown));
    target.with("follow", options.following == Following::follow ? "true" : "false");
    return target.text();
}

}  // namespace tocsin::cli::commands
