// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/pipeline_path.hpp"

#include "cli/commands/client.hpp"
#include "cli/connection/target.hpp"

namespace tocsin::cli::commands {

std::string pipeline_path(std::string_view name, std::string_view action) {
    std::string path = "/v1/pipelines/";
    connection::append_percent_encoded(name, path);
    if (!action.empty()) path += "/" + std::string(action);
    return path;
}

void expect_pipeline(connection::Connection& connection, std::string_view name) {
    fetch(connection, pipeline_path(name));
}

}  // namespace tocsin::cli::commands
