// SPDX-License-Identifier: Apache-2.0
// Keeps room on the store's disk: a ballast file that is given up when the disk is full, a low-water mark
// below which nothing is taken in, and the way back from both.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "common/core/clock.hpp"
#include "common/core/error.hpp"
#include "daemon/metrics/metrics.hpp"

namespace tocsin::daemon::sqlite {

struct SpaceOptions {
    std::uint64_t min_free_bytes = 64U << 20;  ///< nothing is taken in while less is free,
    unsigned min_free_percent = 2;             ///< or less than this share of the file system
    std::uint64_t ballast_bytes = 16U << 20;   ///< 0: no ballast
    std::chrono::milliseconds look_period{20};
    std::chrono::milliseconds probe_period{500};
};

/// Thread rule: any thread, but `check`, which belongs to whoever commits.
class SpaceGuard {
 public:
    /// Gives up a ballast that an earlier run left when hardly more is free: a start needs room as well.
    /// Throws `core::Exit` (I/O) when the folder can't be opened.
    SpaceGuard(const std::filesystem::path& folder, const SpaceOptions& options, const core::Clock& clock,
               metrics::Metrics& metrics);
    ~SpaceGuard();
    SpaceGuard(const SpaceGuard&) = delete;
    SpaceGuard& operator=(const SpaceGuard&) = delete;

    /// Once the store is open: makes the ballast, and begins to refuse when there is too little room.
    void begin();

    /// Why nothing is taken in now (`unavailable`, `store_full`), or nothing. Does not look at the disk.
    std::optional<core::Error> refusal() const;

    /// Before a commit: the same, but looks at the disk when the last look is older than `look_period`.
    std::optional<core::Error> check();

    /// The store met a full disk. Refuses from now on, until there is room. True when there was a ballast to
    /// give up, so that what failed may be tried once more.
    bool note_full();

    /// True when so many bytes can be taken without coming to the low-water mark.
    bool has_room_for(std::uint64_t bytes) const;

    /// True when less is free than twice what has to stay free.
    bool is_low() const;

    /// Bytes that the store may still take from its file system, the low-water mark's included.
    std::uint64_t free_bytes() const;
    std::optional<core::Timestamp> full_since() const;

 private:
    struct Space {
        std::uint64_t free_bytes = 0;
        std::uint64_t low_water = 0;
    };
    enum class Made { yes, no_room };

    Space look() const;
    Made make_ballast();
    bool drop_ballast();
    bool ballast_is_missing() const;
    void refuse(const std::string& why);
    void run(const std::stop_token& stop);
    void probe();

    const SpaceOptions options_;
    const core::Clock& clock_;
    metrics::Metrics& metrics_;
    int folder_ = -1;
    std::atomic<bool> refusing_{false};
    core::SteadyTime next_look_{};  // the committing thread's

    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable_any wake_;
    std::string why_;
    core::Timestamp since_{};
    std::uint64_t ballast_ = 0;  // bytes that the file holds
    bool ballast_is_possible_ = true;
    std::jthread thread_;
};

}  // namespace tocsin::daemon::sqlite
