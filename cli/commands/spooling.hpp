// SPDX-License-Identifier: Apache-2.0
// What `emit` does with events that the daemon can't take now.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cli/connection/connection.hpp"
#include "cli/connection/spool.hpp"
#include "cli/connection/target.hpp"
#include "common/core/error.hpp"
#include "common/event/event.hpp"

namespace tocsin::cli::commands {

enum class Spooling { allowed, never };

/// The bus that events go to: its socket, and its spool if there is one that may be used.
struct Bus {
    std::string socket;
    std::optional<connection::Spool> spool;
};
Bus bus_at(const std::string& socket, Spooling spooling);

/// Where events are posted. A client that has a spool wants to be refused while older events of its user wait
/// there, and then spools: so those of one shell stay in order.
connection::Target emit_target(const Bus& bus);

/// True when nothing is wrong with the event and the daemon can't be reached, does not answer or can't take
/// it now. Not when this user is over its rate: the spool is no way around that.
bool is_for_the_spool(const core::Error& error) noexcept;

/// Throws `Exit` (74) that tells of both, why the daemon did not take the event and why the spool did not.
void write_to_spool(connection::Spool& spool, const api::SpoolHeader& header, std::string_view lines,
                    const core::Error& why);

/// The draft as a line of a spool file. Throws `denied` and `invalid` for what the daemon would refuse, as far
/// as that shows here.
std::string spool_line(const event::Draft& draft);

/// Throws what the daemon would say about lines that are no JSON or too long, as far as that shows here. The
/// error tells the line, from 1.
void check_lines(std::string_view lines);

/// The call's reply. While the daemon answers that this user is over its rate, waits as long as it says and
/// tries again, within the deadline.
connection::Reply call_within_rate(connection::Connection& connection, const connection::Request& request,
                                   const connection::Deadline& deadline,
                                   const std::function<void()>& meanwhile = {});

}  // namespace tocsin::cli::commands
