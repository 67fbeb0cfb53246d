// SPDX-License-Identifier: Apache-2.0
// What is told about the daemon's configuration: mistakes, a reload's outcome, the log level.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/error.hpp"

namespace tocsin::api {

/// One thing that is wrong with a configuration, and where.
struct Mistake {
    std::string file;
    unsigned line = 0;  ///< 0 when no place within the file is meant
    unsigned column = 0;
    std::string message;  ///< what is wrong; what to write instead

    /// `FILE:LINE:COLUMN: MESSAGE`, or `FILE: MESSAGE`.
    std::string text() const;
};

/// `3 mistakes in 2 files`.
std::string count_text(const std::vector<Mistake>& mistakes);

/// What a reload has changed.
struct Reloaded {
    std::vector<std::string> changed;  ///< keys, and `[[name]]` for lists of tables
    std::vector<std::string> files;    ///< in the order in which they were read
};

/// `{"changed":[…],"files":[…]}`
std::string reloaded_json(const Reloaded& reloaded);
Reloaded parse_reloaded(std::string_view json);

/// A problem document (RFC 9457) with the extension member `mistakes`.
std::string problem_json(const core::Error& error, int status, const std::vector<Mistake>& mistakes);
/// The mistakes of a problem document; none when it has no such member.
std::vector<Mistake> parse_mistakes(std::string_view json);

/// From the most talkative to the most quiet one.
inline constexpr std::array<std::string_view, 4> log_levels{"debug", "info", "warning", "error"};

/// `{"level":…}`
std::string log_level_json(std::string_view level);
/// Throws `invalid` when the text is something else, or the level is none of `log_levels`.
std::string parse_log_level(std::string_view json);

}  // namespace tocsin::api
