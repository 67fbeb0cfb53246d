// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/wal_file.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <deque>

#include "daemon/adapters/sqlite/file_bytes.hpp"
#include "daemon/adapters/sqlite/pages.hpp"

namespace tocsin::daemon::sqlite {
namespace {

constexpr std::size_t header_bytes = 32;
constexpr std::size_t frame_header_bytes = 24;
constexpr std::size_t frame_bytes = frame_header_bytes + page_bytes;
/// Of the checksum's words; the other magic number stands for big-endian ones, which Tocsin never writes.
constexpr std::uint32_t little_endian_magic = 0x377F0682;
constexpr std::uint32_t version = 3007000;
/// How many ways over broken frames are followed.
constexpr std::size_t max_ways = 4;

struct Sum {
    std::uint32_t first = 0;
    std::uint32_t second = 0;
    friend bool operator==(const Sum&, const Sum&) = default;
};

/// Section 4.2, "Checksum Algorithm"; goes on from `sum`.
Sum add(Sum sum, std::string_view bytes) noexcept {
    static_assert(std::endian::native == std::endian::little);
    for (std::size_t place = 0; place + 8 <= bytes.size(); place += 8) {
        std::uint32_t words[2];
        std::memcpy(words, bytes.data() + place, sizeof words);
        sum.first += words[0] + sum.second;
        sum.second += words[1] + sum.first;
    }
    return sum;
}

Sum stored_sum(std::string_view bytes, std::size_t place) noexcept {
    return {big_endian(bytes, place), big_endian(bytes, place + 4)};
}

/// The header, and the sums that the first frame may build on.
struct Header {
    bool whole = false;
    std::string_view salts;
    std::deque<Sum> ways;

    explicit Header(std::string_view bytes)
        : salts(bytes.substr(16, 8)), ways{stored_sum(bytes, 24), add({}, bytes.substr(0, 24))} {
        whole = big_endian(bytes, 0) == little_endian_magic && big_endian(bytes, 4) == version &&
                big_endian(bytes, 8) == page_bytes && ways[0] == ways[1];
        if (!whole && bytes.size() >= header_bytes + frame_bytes) salts = bytes.substr(header_bytes + 8, 8);
    }
};

/// Steps over one frame: true when it builds on one of the ways, which then are its own sum alone.
bool step(std::string_view frame, std::deque<Sum>& ways) {
    const Sum stored = stored_sum(frame, 16);
    std::deque<Sum> next{stored};
    for (const Sum& way : ways) {
        const Sum sum = add(add(way, frame.substr(0, 8)), frame.substr(frame_header_bytes));
        if (sum == stored) {
            ways = {stored};
            return true;
        }
        if (next.size() < max_ways) next.push_back(sum);
    }
    ways = std::move(next);
    return false;
}

}  // namespace

WalFile::WalFile(const std::filesystem::path& file) : bytes_(read_file(file, IfMissing::empty)) {
    if (bytes_.size() >= header_bytes) read_frames();
}

std::string_view WalFile::page_of(std::size_t frame) const noexcept {
    return std::string_view(bytes_).substr(header_bytes + frame * frame_bytes + frame_header_bytes,
                                           page_bytes);
}

void WalFile::read_frames() {
    const std::string_view bytes(bytes_);
    Header header(bytes);
    header_whole_ = header.whole;
    bool taking = header_whole_;
    for (std::size_t place = header_bytes; place + frame_bytes <= bytes.size(); place += frame_bytes) {
        const std::string_view frame = bytes.substr(place, frame_bytes);
        Frame found{big_endian(frame, 0), big_endian(frame, 4), false};
        found.whole = step(frame, header.ways) && frame.substr(8, 8) == header.salts;
        frames_.push_back(found);
        taking = taking && found.whole;
        // A rolled-back transaction leaves frames that fit each other, but none of them ends a commit.
        if (found.whole && found.database_pages > 0) written_ = frames_.size();
        if (taking && found.database_pages > 0) taken_ = frames_.size();
    }
}

std::vector<std::size_t> WalFile::broken() const {
    std::vector<std::size_t> broken;
    for (std::size_t i = 0; i < written_; ++i)
        if (!frames_[i].whole) broken.push_back(i);
    return broken;
}

}  // namespace tocsin::daemon::sqlite
