// SPDX-License-Identifier: Apache-2.0
// Calls whose refusal is an error of the command.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "cli/connection/connection.hpp"

namespace tocsin::cli::commands {

/// How long a question may take.
inline constexpr std::chrono::seconds question_limit{30};

/// The body of a 200; throws the daemon's problem document as the `core::Error` it describes.
std::string body_of(connection::Reply reply, const std::string& path);

/// `GET target`, within `question_limit`.
std::string fetch(connection::Connection& connection, const std::string& target,
                  std::string_view accept = "application/json");

/// `POST target` without a body, within `question_limit`.
std::string post(connection::Connection& connection, const std::string& target);

}  // namespace tocsin::cli::commands
