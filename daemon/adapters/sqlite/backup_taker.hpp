// SPDX-License-Identifier: Apache-2.0
// Takes backups beside the running store, one at a time, on a thread of its own.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>

#include "daemon/adapters/sqlite/space_guard.hpp"
#include "daemon/eventlog/event_log.hpp"

namespace tocsin::daemon::sqlite {

/// Copies pages within one read transaction on a read-only connection of its own, a piece at a time and with
/// a rest after each, so that commits find the disk and the processor free. The copy lies in the state folder
/// and has no name any more when it is handed out. Thread rule: any thread.
class BackupTaker {
 public:
    /// Removes what a killed daemon left behind. The folder must be locked; `space` must outlive this.
    BackupTaker(const std::filesystem::path& folder, const SpaceGuard& space);
    ~BackupTaker();
    BackupTaker(const BackupTaker&) = delete;
    BackupTaker& operator=(const BackupTaker&) = delete;

    void take(eventlog::BackupDone done);
    /// Breaks off and refuses what comes from now on. Nothing completes after it has returned.
    void stop();

 private:
    eventlog::BackupResult copy();
    std::shared_ptr<const eventlog::Backup> copy_pages();

    void require_room(std::uint64_t bytes) const;

    const SpaceGuard& space_;
    std::filesystem::path store_;
    std::filesystem::path file_;
    std::atomic<bool> stopping_{false};
    std::mutex mutex_;  // guards what follows
    bool running_ = false;
    std::weak_ptr<const eventlog::Backup> last_;
    std::thread thread_;
};

}  // namespace tocsin::daemon::sqlite
