// SPDX-License-Identifier: Apache-2.0
// Writes what can be read of a damaged store into a new one. The old one is only read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/core/clock.hpp"
#include "common/core/sequence.hpp"

namespace tocsin::daemon::sqlite {

struct Salvaged {
    std::filesystem::path from;
    std::filesystem::path to;
    std::uint64_t events = 0;
    core::Seq first = 0;
    core::Seq head = 0;                        ///< where the new store goes on behind
    std::vector<core::SequenceRange> damaged;  ///< stored, and left out because their checksum does not match
    std::vector<core::SequenceRange> missing;  ///< every place without an event, the damaged ones among them
    std::string epoch;
};

/// Reads a state folder whose daemon does not run, or a single file, into `to`, which must be empty or not
/// there. `to` has all of it or nothing. Throws `core::Exit`: 75 when the daemon runs, 66 when there is
/// nothing to read, 73 when `to` can't be made, 70 when nothing of it is an event of Tocsin's, 74 on I/O
/// errors.
Salvaged salvage_store(const std::filesystem::path& folder, const std::filesystem::path& to,
                       const core::Clock& clock);
Salvaged salvage_file(const std::filesystem::path& file, const std::filesystem::path& to,
                      const core::Clock& clock);

std::string report_text(const Salvaged& salvaged);
/// One object on a line.
std::string report_json(const Salvaged& salvaged);

}  // namespace tocsin::daemon::sqlite
