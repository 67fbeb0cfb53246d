// SPDX-License-Identifier: Apache-2.0
// A write-ahead log as it lies on disk, read without SQLite: which frames SQLite takes, and which follow
// behind one that is broken (https://sqlite.org/fileformat2.html, section 4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::daemon::sqlite {

/// SQLite takes the first frame that fails its checksum for the end of the log. Each checksum builds on the
/// one before, as it is stored, so a frame behind a broken one can still be told from a leftover: it fits.
/// Thread rule: a value; const methods from any thread.
class WalFile {
 public:
    struct Frame {
        std::uint32_t page = 0;
        std::uint32_t database_pages = 0;  ///< of a commit's last frame; else 0
        bool whole = false;                ///< its checksum and its salts are right
    };

    WalFile() = default;
    /// Reads the file; none or an empty one has no frames. Throws `core::Exit` (I/O) when it can't be read.
    explicit WalFile(const std::filesystem::path& file);

    const std::string& bytes() const noexcept { return bytes_; }
    const std::vector<Frame>& frames() const noexcept { return frames_; }
    std::string_view page_of(std::size_t frame) const noexcept;

    /// How many frames SQLite takes: those up to the last commit in front of the first broken one.
    std::size_t taken() const noexcept { return taken_; }
    /// How many frames there are up to the last commit, broken ones among them.
    std::size_t written() const noexcept { return written_; }
    /// The broken frames among those written, from 0; the header counts as broken by itself.
    std::vector<std::size_t> broken() const;
    bool header_is_broken() const noexcept { return written_ > 0 && !header_whole_; }

 private:
    void read_frames();

    std::string bytes_;
    std::vector<Frame> frames_;
    bool header_whole_ = false;
    std::size_t taken_ = 0;
    std::size_t written_ = 0;
};

}  // namespace tocsin::daemon::sqlite
