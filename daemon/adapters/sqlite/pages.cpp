// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/pages.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "common/core/exit_status.hpp"

namespace tocsin::daemon::sqlite {
namespace {

constexpr std::size_t read_bytes = 256 * page_bytes;

/// Fields of the database's header (https://sqlite.org/fileformat2.html, section 1.3).
constexpr std::size_t first_free_field = 32;

}  // namespace

Pages::Pages(const std::filesystem::path& database, const WalFile& wal, std::size_t frames)
    : file_(open_to_read(database)), name_(database), wal_(wal) {
    file_bytes_ = std::filesystem::file_size(database);
    count_ = static_cast<std::uint32_t>((file_bytes_ + page_bytes - 1) / page_bytes);
    for (std::size_t i = 0; i < frames; ++i) frame_of_[wal.frames()[i].page] = i;
    for (std::size_t i = frames; i-- > 0;) {
        if (wal.frames()[i].database_pages == 0) continue;
        count_ = std::max(count_, wal.frames()[i].database_pages);
        break;
    }
}

bool Pages::holds(std::uint32_t number) const {
    return frame_of_.contains(number) || std::uint64_t{number} * page_bytes <= file_bytes_;
}

std::string_view Pages::page(std::uint32_t number) {
    const auto frame = frame_of_.find(number);
    return frame == frame_of_.end() ? page_of_file(number) : wal_.page_of(frame->second);
}

std::string_view Pages::page_of_file(std::uint32_t number) {
    if (number == 0) return {};
    const std::uint64_t place = (std::uint64_t{number} - 1) * page_bytes;
    const bool is_here = place >= ahead_start_ && place + page_bytes <= ahead_start_ + ahead_.size();
    if (!is_here) {
        ahead_.resize(read_bytes);
        ssize_t count = pread(file_.number(), ahead_.data(), ahead_.size(), static_cast<off_t>(place));
        // What a disk can't read any more is damage like any other, and ends with its page.
        if (count < 0) count = pread(file_.number(), ahead_.data(), page_bytes, static_cast<off_t>(place));
        ahead_.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        ahead_start_ = place;
    }
    const std::string_view bytes(ahead_);
    return bytes.substr(std::min<std::size_t>(place - ahead_start_, bytes.size()), page_bytes);
}

bool Pages::append(std::uint32_t number, std::size_t skip, std::size_t bytes, std::string& out) const {
    if (number == 0 || number > count_ || skip + bytes > page_bytes) return false;
    if (const auto frame = frame_of_.find(number); frame != frame_of_.end()) {
        out += wal_.page_of(frame->second).substr(skip, bytes);
        return true;
    }
    const std::size_t size = out.size();
    out.resize(size + bytes);
    const auto place = static_cast<off_t>((std::uint64_t{number} - 1) * page_bytes + skip);
    return pread(file_.number(), out.data() + size, bytes, place) == static_cast<ssize_t>(bytes);
}

std::vector<bool> Pages::free_pages() {
    std::vector<bool> free(count_ + 1);
    const std::string_view head = page(1);
    std::uint32_t trunk = head.size() < 100 ? 0 : big_endian(head, first_free_field);
    while (trunk > 1 && trunk <= count_ && !free[trunk]) {
        free[trunk] = true;
        const std::string_view list = page(trunk);
        if (list.size() < page_bytes) break;
        const std::uint32_t next = big_endian(list, 0);
        const std::uint32_t leaves = std::min<std::uint32_t>(big_endian(list, 4), page_bytes / 4 - 2);
        for (std::uint32_t i = 0; i < leaves; ++i)
            if (const std::uint32_t leaf = big_endian(list, 8 + 4 * i); leaf <= count_) free[leaf] = true;
        trunk = next;
    }
    return free;
}

}  // namespace tocsin::daemon::sqlite
