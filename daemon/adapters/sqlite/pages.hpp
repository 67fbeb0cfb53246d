// SPDX-License-Identifier: Apache-2.0
// The pages of a store as they lie on disk: the database file, and over it the frames of its write-ahead log.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "daemon/adapters/sqlite/file_bytes.hpp"
#include "daemon/adapters/sqlite/wal_file.hpp"

namespace tocsin::daemon::sqlite {

/// The page size of every store, and so of its frames.
inline constexpr std::size_t page_bytes = 4096;

inline std::uint32_t big_endian(std::string_view bytes, std::size_t place) noexcept {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<std::uint8_t>(bytes[place + i]);
    return value;
}

/// Thread rule: one thread. The write-ahead log must outlive it.
class Pages {
 public:
    /// Lays the first `frames` of the log over the file. Throws as `open_to_read` does.
    Pages(const std::filesystem::path& database, const WalFile& wal, std::size_t frames);

    /// True when the log or the file has all of the page.
    bool holds(std::uint32_t number) const;

    /// Pages are numbered from 1; this is the last one that either place holds.
    std::uint32_t count() const noexcept { return count_; }
    /// A page as the log and the file have it; shorter than a page where the file is cut. Valid until the
    /// next call of this kind.
    std::string_view page(std::uint32_t number);
    /// A page as the file alone has it.
    std::string_view page_of_file(std::uint32_t number);

    /// Appends at most `bytes` from `skip` on of a page, wherever that lies; false when it can't be read.
    /// What `page` gave stays valid.
    bool append(std::uint32_t number, std::size_t skip, std::size_t bytes, std::string& out) const;

    /// The pages that belong to nothing: rows of theirs were removed. As far as the list can be followed.
    std::vector<bool> free_pages();

 private:
    Descriptor file_;
    std::filesystem::path name_;
    const WalFile& wal_;
    std::unordered_map<std::uint32_t, std::size_t> frame_of_;
    std::uint64_t file_bytes_ = 0;
    std::uint32_t count_ = 0;
    std::string ahead_;              // a run of pages, read at once
    std::uint64_t ahead_start_ = 0;  // where it lies in the file
};

}  // namespace tocsin::daemon::sqlite
