// SPDX-License-Identifier: Apache-2.0
// Dead letters as the daemon sends them: their events keep every digit.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cli/connection/connection.hpp"
#include "cli/connection/target.hpp"
#include "common/api/delivery.hpp"

namespace tocsin::cli::commands {

/// Which are wanted: those that fit everything that is given.
struct DeadChoice {
    std::optional<std::string> pipeline;
    std::optional<core::Timestamp> since;
};

/// Adds the query of a choice.
void add_choice(const DeadChoice& choice, connection::Target& target);

/// Reads one; its event is the text that came.
api::DeadReport read_dead_letter(std::string_view json);

/// Hands over all that fit, the oldest first, at most so many. Gives how many there were.
std::uint64_t for_each_dead_letter(connection::Connection& connection, const DeadChoice& choice,
                                   std::optional<std::uint64_t> limit,
                                   const std::function<void(const api::DeadReport&)>& take);

/// The event as a line for `tocsin emit --ndjson`: without what a daemon sets, and with attributes that tell
/// how it died.
std::string draft_line(const api::DeadReport& letter);

}  // namespace tocsin::cli::commands
