// SPDX-License-Identifier: Apache-2.0
// Pipelines by the names that a user writes.
#pragma once

#include <string>
#include <string_view>

#include "cli/connection/connection.hpp"

namespace tocsin::cli::commands {

/// `/v1/pipelines/NAME`, or `/v1/pipelines/NAME/ACTION`.
std::string pipeline_path(std::string_view name, std::string_view action = {});

/// Throws `not_found` when the configuration has no such pipeline: "there are none" is no answer to a name
/// that is misspelt.
void expect_pipeline(connection::Connection& connection, std::string_view name);

}  // namespace tocsin::cli::commands
