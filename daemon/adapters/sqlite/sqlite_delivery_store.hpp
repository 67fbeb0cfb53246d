// SPDX-License-Identifier: Apache-2.0
// What pipelines keep, in the log's database: written in the log's commits, read on a connection of its own.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/adapters/sqlite/sqlite_event_log.hpp"
#include "daemon/pipeline/delivery_store.hpp"

namespace tocsin::daemon::sqlite {

class DeliveryTables;

/// Must not outlive the log.
class SqliteDeliveryStore final : public pipeline::DeliveryStore {
 public:
    explicit SqliteDeliveryStore(SqliteEventLog& log);
    ~SqliteDeliveryStore() override;
    SqliteDeliveryStore(const SqliteDeliveryStore&) = delete;
    SqliteDeliveryStore& operator=(const SqliteDeliveryStore&) = delete;

    std::vector<pipeline::Kept> pipelines() const override;
    void settle(pipeline::Settlement settlement, pipeline::Settled done) override;
    std::vector<pipeline::DeadLetter> dead_letters(const pipeline::DeadQuery& query) const override;
    std::uint64_t count(const pipeline::DeadQuery& query) const override;
    std::uint64_t drop(const pipeline::DeadQuery& query) override;
    std::vector<pipeline::Run> runs(std::string_view pipeline, std::size_t limit) const override;
    std::optional<pipeline::Run> run(std::string_view id) const override;

 private:
    template <class Work>
    auto reading(Work&& work) const;

    SqliteEventLog& log_;
    std::unique_ptr<DeliveryTables> tables_;  // within commits only
    mutable std::mutex mutex_;                // guards the reader
    mutable std::unique_ptr<SQLite::Database> reader_;
};

}  // namespace tocsin::daemon::sqlite
