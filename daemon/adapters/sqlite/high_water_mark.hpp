// SPDX-License-Identifier: Apache-2.0
// The last acknowledged sequence, kept outside the database: what the store must still hold at the next
// start.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "common/core/sequence.hpp"

namespace tocsin::daemon::sqlite {

/// A file of two slots, written in turn with one `pwrite` each, so that a torn write leaves the other one.
/// Thread rule: one thread at a time.
class HighWaterMark {
 public:
    struct Mark {
        core::Seq seq = 0;
        std::uint64_t epoch = 0;
    };

    /// Opens the file if it is there; the first `write` makes it. Throws `core::Exit` (I/O) when it can't.
    explicit HighWaterMark(const std::filesystem::path& file);
    ~HighWaterMark();
    HighWaterMark(const HighWaterMark&) = delete;
    HighWaterMark& operator=(const HighWaterMark&) = delete;

    /// The newer readable slot; nothing when neither can be read.
    std::optional<Mark> read() const;

    /// What a mark file holds, read without a change to it. A slot is damaged when it was written and its
    /// checksum is wrong. Throws `core::Exit` (I/O) when the file can't be read.
    struct Inspection {
        bool exists = false;
        std::optional<Mark> mark;
        int damaged_slots = 0;
    };
    static Inspection inspect(const std::filesystem::path& file);

    /// Throws `unavailable` (`store_io`) when the mark can't be written.
    void write(Mark mark);
    void sync() const;

 private:
    void open(int flags);
    void create();

    std::filesystem::path file_;
    int descriptor_ = -1;
    std::uint64_t turn_ = 0;
};

}  // namespace tocsin::daemon::sqlite
