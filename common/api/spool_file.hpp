// SPDX-License-Identifier: Apache-2.0
// A spool file, as the command line writes it and the daemon takes it in: a header of one line of JSON, then
// events as they would have been sent (application/x-ndjson). tocsin-protocol(7) describes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/core/timestamp.hpp"
#include "common/event/event.hpp"

namespace tocsin::api {

/// What is said once for all events of a file. Empty texts stand for what is not said.
struct SpoolHeader {
    core::Timestamp time = {};      ///< when it was spooled: the `time` of events that carry none
    std::string default_type = {};  ///< the type of events that carry none
    std::string batch = {};         ///< names events without an id, as the parameter of POST /v1/events does
    std::string traceparent = {};
    std::string tracestate = {};
};

struct SpoolFile {
    SpoolHeader header;
    std::string_view lines;  ///< a part of the text that was parsed
};

/// A header may have this many bytes, its line's end included.
inline constexpr std::size_t max_spool_header_bytes = 8192;
inline constexpr std::size_t max_spool_file_bytes = event::max_message_bytes + max_spool_header_bytes;

/// The header's line. It says how many bytes follow, so that a torn file shows.
std::string spool_header(const SpoolHeader& header, std::size_t lines_bytes);

/// Throws `invalid` when the text is no whole spool file. What the lines hold is not looked at.
SpoolFile parse_spool_file(std::string_view text);

/// When a file was spooled, so that files of one user order as they were written, also when the wall clock
/// was set back: within one boot by the time since then, boots by the wall clock.
struct SpoolMoment {
    std::uint64_t wall_microseconds = 0;
    std::string boot;                          ///< the first eight digits of the kernel's boot id
    std::uint64_t since_boot_nanoseconds = 0;  ///< CLOCK_BOOTTIME
};

/// The file's name: `WALL-BOOT-SINCE-UNIQUE`, 16, 8, 18 and 8 characters.
std::string spool_name(const SpoolMoment& moment, std::uint32_t unique);

/// Nothing when the name is not one of those.
std::optional<SpoolMoment> parse_spool_name(std::string_view name);

}  // namespace tocsin::api
