// SPDX-License-Identifier: Apache-2.0
// The event logs that the contract runs over: in memory and in SQLite.
#include "daemon/adapters/sqlite/sqlite_event_log.hpp"
#include "tests/contract/event_log_contract.hpp"
#include "tests/support/memory_event_log.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tocsin::tests {
namespace {

class MemoryLog final : public LogUnderTest {
 public:
    explicit MemoryLog(const core::Clock& clock) : log_(clock) {}
    daemon::eventlog::EventLog& log() override { return log_; }

 private:
    MemoryEventLog log_;
};

class SqliteLog final : public LogUnderTest {
 public:
    explicit SqliteLog(const core::Clock& clock)
        : log_(folder_.path(), {.wal_bytes = 0}, clock, metrics_,
               [](const core::Error& error) { ADD_FAILURE() << "the store failed: " << error.what(); }) {}
    daemon::eventlog::EventLog& log() override { return log_; }

 private:
    TemporaryFolder folder_;
    daemon::metrics::Metrics metrics_;
    daemon::sqlite::SqliteEventLog log_;
};

}  // namespace

std::vector<Implementation> implementations() {
    return {{"Memory", [](const core::Clock& clock) { return std::make_unique<MemoryLog>(clock); }},
            {"Sqlite", [](const core::Clock& clock) { return std::make_unique<SqliteLog>(clock); }}};
}

}  // namespace tocsin::tests
