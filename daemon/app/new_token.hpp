// SPDX-License-Identifier: Apache-2.0
// Makes bearer tokens: the daemon's configuration gets the digest, whoever uses it the token.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::daemon::app {

struct TokenRequest {
    std::string name;
    std::vector<std::string> allow;  ///< rights, as `emit:order.>`
    std::optional<std::uint64_t> rate;
};

struct NewToken {
    std::string token;
    std::string stanza;  ///< a `[[token]]` row, to be put into the configuration
    std::string json;    ///< all of it, as one line
};

/// Throws `invalid` for a name or a right that is none.
NewToken new_token(const TokenRequest& request);

}  // namespace tocsin::daemon::app
