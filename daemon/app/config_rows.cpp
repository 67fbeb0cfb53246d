// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/config_rows.hpp"

#include <optional>

#include "common/core/error.hpp"

namespace tocsin::daemon::app {
namespace {

using core::Code;
using core::Error;

api::Grants grants_in(const Row& row) {
    std::vector<api::Grant> grants;
    for (const std::string& text : row.texts("allow")) grants.push_back(api::Grant::parse(text));
    return api::Grants(grants);
}

std::optional<std::uint64_t> rate_in(const Row& row) {
    const std::int64_t* rate = row.number("rate");
    return rate == nullptr ? std::nullopt : std::optional(static_cast<std::uint64_t>(*rate));
}

}  // namespace

void add_access(Config& config, const Row& row) {
    using Subject = api::AccessRule::Kind;
    const std::string* user = row.text("user");
    const std::string* group = row.text("group");
    if ((user == nullptr) == (group == nullptr))
        throw Error(Code::invalid, "a row is for one user or one group", "write either 'user' or 'group'");
    const bool is_user = user != nullptr;
    config.access.rules.push_back(
        {is_user ? Subject::user : Subject::group, is_user ? *user : *group, grants_in(row), rate_in(row)});
}

void add_token(Config& config, const Row& row) {
    api::Token token{*row.text("name"), api::parse_digest(*row.text("sha256")), grants_in(row), rate_in(row)};
    for (const api::Token& other : config.access.tokens) {
        if (other.name == token.name)
            throw Error(Code::invalid, "there are two tokens '" + token.name + "'", "give each its own name");
        if (other.sha256 == token.sha256)
            throw Error(Code::invalid, "'" + other.name + "' and '" + token.name + "' are the same token",
                        "make another with 'tocsin token new'");
    }
    config.access.tokens.push_back(std::move(token));
}

}  // namespace tocsin::daemon::app
