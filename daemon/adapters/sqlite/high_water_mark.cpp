// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/high_water_mark.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>

#include "common/core/exit_status.hpp"
#include "daemon/adapters/sqlite/file_bytes.hpp"

namespace tocsin::daemon::sqlite {
namespace {

using core::Code;
using core::Error;

constexpr std::uint64_t magic = 0x31304B52414D4354;  // "TCMARK01"
constexpr off_t slot_distance = 512;                 // a sector each: a torn write can't reach both

struct Slot {
    std::uint64_t magic_number;
    std::uint64_t turn;
    std::uint64_t seq;
    std::uint64_t epoch;
    std::uint64_t sum;
};

std::uint64_t sum_of(const Slot& slot) { return XXH3_64bits(&slot, offsetof(Slot, sum)); }

std::optional<Slot> read_slot(int descriptor, off_t place) {
    Slot slot{};
    if (pread(descriptor, &slot, sizeof slot, place) != static_cast<ssize_t>(sizeof slot))
        return std::nullopt;
    if (slot.magic_number != magic || slot.sum != sum_of(slot)) return std::nullopt;
    return slot;
}

std::optional<Slot> newest(int descriptor) {
    const auto first = read_slot(descriptor, 0);
    const auto second = read_slot(descriptor, slot_distance);
    if (!first || (second && second->turn > first->turn)) return second;
    return first;
}

std::string reason() { return std::generic_category().message(errno); }

}  // namespace

HighWaterMark::HighWaterMark(const std::filesystem::path& file) : file_(file) {
    open(0);
    if (const auto slot = newest(descriptor_)) turn_ = slot->turn;
}

HighWaterMark::~HighWaterMark() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

void HighWaterMark::open(int flags) {
    descriptor_ = ::open(file_.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
    if (descriptor_ >= 0 || (errno == ENOENT && flags == 0)) return;
    throw core::Exit(core::ExitStatus::io, Code::unavailable,
                     "can't open " + file_.string() + ": " + reason(),
                     "check the state folder's permissions");
}

std::optional<HighWaterMark::Mark> HighWaterMark::read() const {
    const auto slot = newest(descriptor_);
    if (!slot) return std::nullopt;
    return Mark{slot->seq, slot->epoch};
}

/// Makes the file and its name durable: a mark that a power cut takes away would end the epoch.
void HighWaterMark::create() {
    open(O_CREAT);
    sync_folder(file_.parent_path());
}

HighWaterMark::Inspection HighWaterMark::inspect(const std::filesystem::path& file) {
    Inspection found;
    const std::string bytes = read_file(file, IfMissing::empty);
    std::uint64_t turn = 0;
    for (const std::size_t place : {std::size_t{0}, static_cast<std::size_t>(slot_distance)}) {
        const std::string_view rest =
            std::string_view(bytes).substr(std::min(place, bytes.size()), sizeof(Slot));
        if (rest.find_first_not_of('\0') == std::string_view::npos) continue;  // never written
        Slot slot{};
        std::memcpy(&slot, rest.data(), rest.size());
        if (rest.size() < sizeof slot || slot.magic_number != magic || slot.sum != sum_of(slot)) {
            ++found.damaged_slots;
        } else if (!found.mark || slot.turn > turn) {
            found.mark = {slot.seq, slot.epoch};
            turn = slot.turn;
        }
    }
    found.exists = !bytes.empty();
    return found;
}

void HighWaterMark::write(Mark mark) {
    if (descriptor_ < 0) create();
    Slot slot{magic, turn_ + 1, mark.seq, mark.epoch, 0};
    slot.sum = sum_of(slot);
    const off_t place = slot.turn % 2 == 0 ? 0 : slot_distance;
    if (pwrite(descriptor_, &slot, sizeof slot, place) != static_cast<ssize_t>(sizeof slot))
        throw Error::unavailable(core::Reason::store_io, "the high-water mark can't be written: " + reason(),
                                 "the outcome is unknown: send it again with the same id");
    turn_ = slot.turn;
}

void HighWaterMark::sync() const {
    if (fdatasync(descriptor_) != 0)
        throw Error::unavailable(core::Reason::store_io, "the high-water mark can't be synced: " + reason());
}

}  // namespace tocsin::daemon::sqlite
