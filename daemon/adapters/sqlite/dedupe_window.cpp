// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/dedupe_window.hpp"

#include <algorithm>
#include <utility>

namespace tocsin::daemon::sqlite {
namespace {

using core::Seq;

constexpr unsigned first_bits = 12;
constexpr std::size_t milestone_distance = 4096;

// A slot: the tag above, the sequence's distance from the base + 1 below; 0 is an empty slot.
std::uint64_t pack(std::uint32_t tag, std::uint64_t distance) {
    return std::uint64_t{tag} << 32 | (distance + 1);
}
std::uint32_t tag_in(std::uint64_t slot) { return static_cast<std::uint32_t>(slot >> 32); }
std::uint64_t distance_in(std::uint64_t slot) { return (slot & 0xFFFFFFFF) - 1; }

}  // namespace

bool DedupeWindow::Generation::fits(Seq seq) const noexcept { return size_ == 0 || seq - base_ < 0xFFFFFFFE; }

void DedupeWindow::Generation::place(std::uint64_t slot) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t i = start_of(tag_in(slot));
    while (slots_[i] != 0) i = (i + 1) & mask;
    slots_[i] = slot;
}

void DedupeWindow::Generation::grow() {
    bits_ = bits_ == 0 ? first_bits : bits_ + 1;
    std::vector<std::uint64_t> old =
        std::exchange(slots_, std::vector<std::uint64_t>(std::size_t{1} << bits_));
    for (const std::uint64_t slot : old)
        if (slot != 0) place(slot);
}

void DedupeWindow::Generation::insert(std::uint32_t tag, Seq seq) {
    if (size_ == 0) base_ = seq;
    if ((size_ + 1) * 5 > slots_.size() * 3) grow();
    place(pack(tag, seq - base_));
    ++size_;
}

void DedupeWindow::Generation::collect(std::uint32_t tag, std::vector<Seq>& found) const {
    if (slots_.empty()) return;
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t i = start_of(tag); slots_[i] != 0; i = (i + 1) & mask)
        if (tag_in(slots_[i]) == tag) found.push_back(base_ + distance_in(slots_[i]));
}

std::uint32_t DedupeWindow::tag_of(std::uint64_t hash) noexcept {
    return static_cast<std::uint32_t>(hash ^ hash >> 32) & ~1U;  // the lowest bit of a stored hash is a flag
}

void DedupeWindow::insert(std::uint64_t hash, Seq seq) {
    if (newer_.size() >= max_ids_ || !newer_.fits(seq)) older_ = std::exchange(newer_, Generation());
    newer_.insert(tag_of(hash), seq);
    if (inserted_++ % milestone_distance != 0) return;
    milestones_.push_back(seq);
    if (milestones_.size() > max_ids_ / milestone_distance + 2) milestones_.pop_front();
}

std::vector<Seq> DedupeWindow::candidates(std::uint64_t hash) const {
    std::vector<Seq> found;
    newer_.collect(tag_of(hash), found);
    older_.collect(tag_of(hash), found);
    const Seq horizon = milestones_.empty() ? 0 : milestones_.front();
    std::erase_if(found, [&](Seq seq) { return seq < horizon; });
    std::ranges::sort(found, std::greater<>());
    return found;
}

}  // namespace tocsin::daemon::sqlite
