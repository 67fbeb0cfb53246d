// SPDX-License-Identifier: Apache-2.0
// The event log in memory: the port's second implementation, as plain as can be.
#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "common/core/clock.hpp"
#include "daemon/eventlog/event_log.hpp"
#include "daemon/eventlog/watchers.hpp"

namespace tocsin::tests {

class MemoryEventLog final : public daemon::eventlog::EventLog {
 public:
    explicit MemoryEventLog(const core::Clock& clock) : clock_(clock) {}

    void append(daemon::eventlog::Batch batch, daemon::eventlog::Completion done) override;
    void flush() override;
    daemon::eventlog::Page read(const daemon::eventlog::Query& query) const override;
    std::optional<event::Event> get(core::Seq seq) const override;
    std::vector<event::Event> find(std::string_view id, std::size_t limit) const override;
    core::Seq seek(core::Timestamp time) const override;
    core::Seq head() const noexcept override;
    std::vector<event::TypeSummary> types() const override;
    daemon::eventlog::LogStatus status() const override;
    daemon::eventlog::LogExtent extent() const override;
    daemon::eventlog::Trimmed trim(const daemon::eventlog::Trim& what) override;
    /// It takes no room on a disk.
    std::uint64_t give_back(std::chrono::microseconds) override { return 0; }
    void back_up(daemon::eventlog::BackupDone done) const override;
    std::unique_ptr<daemon::eventlog::Watch> watch(std::function<void()> wake) const override;

 private:
    struct Stored {
        event::Event event;
        event::IdOrigin id_origin;
    };
    struct Waiting {
        daemon::eventlog::Batch batch;
        daemon::eventlog::Completion done;
    };

    daemon::eventlog::AppendResult store(const daemon::eventlog::Batch& batch);
    bool is_gone(const event::Event& event) const;
    const event::Event* find_same(const event::Author& author, const event::Draft& draft) const;

    const core::Clock& clock_;
    mutable std::mutex mutex_;
    std::vector<Stored> events_;  // trimmed ones too: they are passed over
    daemon::eventlog::Seq begins_ = 1;
    std::optional<core::Timestamp> kept_clock_;
    std::vector<Waiting> queue_;
    mutable daemon::eventlog::Watchers watchers_;
};

}  // namespace tocsin::tests
