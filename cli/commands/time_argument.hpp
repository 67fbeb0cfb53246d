// SPDX-License-Identifier: Apache-2.0
// --since and --until: 1h, an RFC 3339 time, a sequence, `beginning`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/core/timestamp.hpp"

namespace tocsin::cli::commands {

struct TimeArgument {
    std::string query;                    ///< as the API takes it
    std::optional<core::Timestamp> time;  ///< unless it is a place in the log
};

/// Throws a usage error that names the option and the forms it takes.
TimeArgument parse_since(std::string_view text, core::Timestamp now);
TimeArgument parse_until(std::string_view text, core::Timestamp now);

/// For verbs whose --since can only be a time: 1h, an RFC 3339 time. Throws a usage error of the verb.
core::Timestamp parse_time(std::string_view verb, std::string_view text, core::Timestamp now);

}  // namespace tocsin::cli::commands
