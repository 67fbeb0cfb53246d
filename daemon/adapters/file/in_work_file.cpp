// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/file/in_work_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <system_error>

#include "common/core/descriptor.hpp"

namespace tocsin::daemon::file {
namespace {

constexpr std::size_t slot_count = 1024;
constexpr mode_t file_mode = 0600;

}  // namespace

/// `seq` is written last and cleared first: a slot without one is free.
struct InWorkFile::Slot {
    std::atomic<std::uint64_t> seq;
    std::uint64_t name_bytes;
    std::array<char, 112> name;
};

InWorkFile::InWorkFile(const std::filesystem::path& path) {
    static_assert(sizeof(Slot) == 128);
    constexpr std::size_t bytes = slot_count * sizeof(Slot);
    const core::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, file_mode));
    // The room is taken now: a full disk would end the process at the first write into a hole.
    const int error = !file ? errno : posix_fallocate(file.number(), 0, bytes);
    void* map =
        error == 0 ? mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.number(), 0) : MAP_FAILED;
    if (map == MAP_FAILED) {
        trouble_ = path.string() + ": " + std::generic_category().message(error != 0 ? error : errno);
        return;
    }
    slots_ = static_cast<Slot*>(map);
    take_over();
}

InWorkFile::~InWorkFile() {
    if (slots_ != nullptr) munmap(slots_, slot_count * sizeof(Slot));
}

void InWorkFile::take_over() {
    for (std::size_t place = slot_count; place-- > 0;) {
        Slot& slot = slots_[place];
        if (const core::Seq seq = slot.seq.exchange(0); seq != 0 && slot.name_bytes <= slot.name.size())
            found_.push_back({std::string(slot.name.data(), slot.name_bytes), seq});
        free_.push_back(place);
    }
}

std::size_t InWorkFile::begin(std::string_view pipeline, core::Seq seq) noexcept {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return slot_count;
    const std::size_t place = free_.back();
    free_.pop_back();
    Slot& slot = slots_[place];
    slot.name_bytes = std::min(pipeline.size(), slot.name.size());
    std::copy_n(pipeline.data(), slot.name_bytes, slot.name.data());
    slot.seq.store(seq, std::memory_order_release);
    return place;
}

void InWorkFile::end(std::size_t place) noexcept {
    if (place >= slot_count) return;
    slots_[place].seq.store(0, std::memory_order_release);
    const std::lock_guard lock(mutex_);
    free_.push_back(place);
}

}  // namespace tocsin::daemon::file
