// SPDX-License-Identifier: Apache-2.0
// What a look at a store has found, for people and for programs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/core/sequence.hpp"
#include "daemon/adapters/sqlite/high_water_mark.hpp"

namespace tocsin::daemon::sqlite {

enum class Depth { quick, deep };

/// A range that a start of the daemon has found missing and told of.
struct KnownMissing {
    core::SequenceRange range;
    std::int64_t found = 0;  ///< microseconds since 1970
};

struct Diagnosis {
    std::filesystem::path file;
    Depth depth = Depth::quick;
    bool is_backup = false;  ///< a file by itself: no mark and no write-ahead log belong to it
    std::uint64_t database_bytes = 0;
    std::uint64_t wal_bytes = 0;
    std::uint64_t events = 0;  ///< whose checksum holds
    core::Seq first = 0;
    core::Seq head = 0;
    core::Seq begins = 1;  ///< retention has passed everything in front of it
    std::string epoch;
    std::optional<HighWaterMark::Mark> mark;
    std::vector<KnownMissing> known_missing;
    std::vector<core::SequenceRange> missing;  ///< nobody has told of these yet
    std::vector<core::SequenceRange> damaged;  ///< stored, and not as they were
    std::vector<std::string> findings;  ///< what is wrong, a sentence each; empty when the store is whole
    std::vector<std::string> notes;     ///< what is worth to know and not wrong

    bool is_whole() const noexcept { return findings.empty(); }
};

/// `12`, or `12 to 34`.
std::string range_text(core::SequenceRange range);

std::string report_text(const Diagnosis& diagnosis);
/// One object on a line.
std::string report_json(const Diagnosis& diagnosis);

}  // namespace tocsin::daemon::sqlite
