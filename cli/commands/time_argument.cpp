// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/time_argument.hpp"

#include <algorithm>

#include "cli/commands/options.hpp"
#include "common/core/sequence.hpp"

namespace tocsin::cli::commands {
namespace {

std::optional<core::Timestamp> time_of(std::string_view text, core::Timestamp now) {
    if (const auto span = core::parse_duration(text)) return std::max(now - *span, core::Timestamp());
    return core::parse_rfc3339(text);
}

TimeArgument parse(std::string_view option, std::string_view text, core::Timestamp now) {
    if (const auto seq = core::parse_sequence(text)) return {core::to_text(*seq), std::nullopt};
    if (const auto time = time_of(text, now)) return {core::to_rfc3339(*time), *time};
    throw usage_error("tail", std::string(option) + " '" + std::string(text) +
                                  "' is no duration (1h), RFC 3339 time (2026-11-22T10:00:00Z) or sequence");
}

}  // namespace

TimeArgument parse_since(std::string_view text, core::Timestamp now) {
    if (text == "beginning") return {"beginning", std::nullopt};
    return parse("--since", text, now);
}

TimeArgument parse_until(std::string_view text, core::Timestamp now) { return parse("--until", text, now); }

core::Timestamp parse_time(std::string_view verb, std::string_view text, core::Timestamp now) {
    if (const auto time = time_of(text, now)) return *time;
    throw usage_error(verb, "--since '" + std::string(text) +
                                "' is no duration (1h) or RFC 3339 time (2026-11-22T10:00:00Z)");
}

}  // namespace tocsin::cli::commands
