// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/client.hpp"

#include "cli/connection/failure.hpp"
#include "common/api/problem.hpp"

namespace tocsin::cli::commands {

std::string body_of(connection::Reply reply, const std::string& path) {
    if (reply.status == 200) return std::move(reply.body);
    if (!reply.content_type.starts_with(api::problem_media_type))
        throw connection::not_understood(path, "HTTP status " + std::to_string(reply.status));
    throw api::parse_problem(reply.body);
}

std::string fetch(connection::Connection& connection, const std::string& target, std::string_view accept) {
    const connection::Request request{"GET", target, {{"Accept", std::string(accept)}}, {}};
    return body_of(connection.call(request, connection::Deadline::in(question_limit)), connection.path());
}

std::string post(connection::Connection& connection, const std::string& target) {
    const connection::Request request{"POST", target, {}, {}};
    return body_of(connection.call(request, connection::Deadline::in(question_limit)), connection.path());
}

}  // namespace tocsin::cli::commands
