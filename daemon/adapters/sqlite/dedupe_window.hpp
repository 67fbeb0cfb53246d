// SPDX-License-Identifier: Apache-2.0
// Which client-chosen ids were stored lately: hashes that nominate rows, never a proof.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "common/core/sequence.hpp"

namespace tocsin::daemon::sqlite {

/// Two generations of an open-addressing table, 8 bytes a slot: 32 bits of hash, 32 bits of sequence. When
/// the newer one is full the older is dropped. Thread rule: one thread at a time.
class DedupeWindow {
 public:
    /// `max_ids`: how many ids back a duplicate is still found (to within two milestones).
    explicit DedupeWindow(std::size_t max_ids) : max_ids_(max_ids) {}

    void insert(std::uint64_t hash, core::Seq seq);

    /// Sequences whose hash agrees, newest first. Compare the rows: different ids can share a hash.
    std::vector<core::Seq> candidates(std::uint64_t hash) const;

 private:
    class Generation {
     public:
        bool fits(core::Seq seq) const noexcept;
        void insert(std::uint32_t tag, core::Seq seq);
        void collect(std::uint32_t tag, std::vector<core::Seq>& found) const;
        std::size_t size() const noexcept { return size_; }

     private:
        void grow();
        void place(std::uint64_t slot);
        std::size_t start_of(std::uint32_t tag) const noexcept { return tag >> (32 - bits_); }

        std::vector<std::uint64_t> slots_;
        unsigned bits_ = 0;
        std::size_t size_ = 0;
        core::Seq base_ = 0;
    };

    static std::uint32_t tag_of(std::uint64_t hash) noexcept;

    std::size_t max_ids_;
    Generation newer_;
    Generation older_;
    std::size_t inserted_ = 0;
    std::deque<core::Seq> milestones_;  // the sequence of every 4096th id
};

}  // namespace tocsin::daemon::sqlite
