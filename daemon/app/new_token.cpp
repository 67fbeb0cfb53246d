// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/new_token.hpp"

#include "common/core/error.hpp"
#include "common/event/json_text.hpp"
#include "daemon/adapters/openssl/crypto.hpp"
#include "daemon/api/rate_limit.hpp"

namespace tocsin::daemon::app {
namespace {

using core::Code;
using core::Error;

/// For TOML as well as for JSON: both escape visible ASCII in the same way.
std::string quoted_list(const std::vector<std::string>& texts) {
    std::string list = "[";
    for (const std::string& text : texts) {
        if (list.size() > 1) list += ", ";
        event::append_json_string(text, list);
    }
    return list += ']';
}

std::vector<std::string> checked(const std::vector<std::string>& allow) {
    if (allow.empty()) throw Error(Code::invalid, "a token needs a right", "name one, as emit:order.>");
    std::vector<std::string> rights;
    for (const std::string& text : allow) rights.push_back(api::Grant::parse(text).text());
    return rights;
}

}  // namespace

NewToken new_token(const TokenRequest& request) {
    const std::string name = api::checked_token_name(request.name);
    const std::string rights = quoted_list(checked(request.allow));
    const auto& rate = request.rate;
    if (rate && (*rate == 0 || *rate > api::RateLimit::max_per_second))
        throw Error(Code::invalid, "a rate of " + std::to_string(*rate) + " can't be",
                    "write 1 to " + std::to_string(api::RateLimit::max_per_second));
    NewToken made{openssl::new_token(), {}, {}};
    const std::string digest = api::to_hex(openssl::sha256(made.token));
    made.stanza = "[[token]]\nname = \"" + name + "\"\nsha256 = \"" + digest + "\"\nallow = " + rights + "\n";
    if (rate) made.stanza += "rate = " + std::to_string(*rate) + "\n";
    made.json = "{\"name\":\"" + name + "\",\"token\":\"" + made.token + "\",\"sha256\":\"" + digest +
                "\",\"allow\":" + rights;
    if (rate) made.json += ",\"rate\":" + std::to_string(*rate);
    made.json += ",\"stanza\":";
    event::append_json_string(made.stanza, made.json);
    made.json += "}\n";
    return made;
}

}  // namespace tocsin::daemon::app
