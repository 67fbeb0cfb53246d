// SPDX-License-Identifier: Apache-2.0
// The event log in one SQLite file. share/doc/adr/ says why it lies there as it does.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/core/paths.hpp"
#include "daemon/adapters/sqlite/backup_taker.hpp"
#include "daemon/adapters/sqlite/reader.hpp"
#include "daemon/adapters/sqlite/state_folder.hpp"
#include "daemon/adapters/sqlite/writer.hpp"
#include "daemon/eventlog/event_log.hpp"
#include "daemon/eventlog/watchers.hpp"

namespace tocsin::daemon::sqlite {

class SqliteEventLog final : public eventlog::EventLog {
 public:
    /// Opens the store in the folder, or begins one. Throws `core::Exit` when it must not be used.
    /// `on_failure` is told, on the committing thread, when the daemon has to be restarted.
    SqliteEventLog(const std::filesystem::path& folder, const Options& options, const core::Clock& clock,
                   metrics::Metrics& metrics, Writer::OnFailure on_failure);

    void append(eventlog::Batch batch, eventlog::Completion done) override;
    void flush() override;
    eventlog::Page read(const eventlog::Query& query) const override;
    std::optional<event::Event> get(core::Seq seq) const override;
    std::vector<event::Event> find(std::string_view id, std::size_t limit) const override;
    core::Seq seek(core::Timestamp time) const override;
    core::Seq head() const noexcept override;
    std::vector<event::TypeSummary> types() const override;
    eventlog::LogStatus status() const override;
    eventlog::LogExtent extent() const override;
    eventlog::Trimmed trim(const eventlog::Trim& what) override;
    std::uint64_t give_back(std::chrono::microseconds patience) override;
    void back_up(eventlog::BackupDone done) const override;
    std::unique_ptr<eventlog::Watch> watch(std::function<void()> wake) const override;

    /// See `Writer::join`.
    void join(CommitPart part) { writer_.join(std::move(part)); }
    /// The database, for who reads other tables of it.
    std::filesystem::path file() const { return folder_.path() / core::store_file; }

    /// Refuses what comes from now on, and returns when all that waits is committed and answered.
    void stop();

    /// True while the disk is waited for: who appends may wait as well.
    bool is_busy() const noexcept { return writer_.is_busy(); }

    /// What the start found that an operator must hear of.
    const std::vector<std::string>& warnings() const noexcept { return recovered_.warnings; }

 private:
    void settle_types();

    Options options_;
    StateFolder folder_;
    SpaceGuard space_;
    HighWaterMark mark_;
    SQLite::Database database_;
    Shared shared_;
    Recovered recovered_;
    std::string epoch_;
    IdHasher hasher_;
    mutable eventlog::Watchers watchers_;
    mutable ReaderPool readers_;
    mutable BackupTaker backups_;
    std::atomic<std::int64_t> kept_clock_;  // microseconds since 1970, 0 for none
    Writer writer_;                         // last: its thread stops before what it uses
};

}  // namespace tocsin::daemon::sqlite
