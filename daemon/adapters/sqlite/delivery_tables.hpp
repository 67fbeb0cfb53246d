// SPDX-License-Identifier: Apache-2.0
// The tables of delivery as they are written. Thread rule: within commits, so one thread at a time.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <map>
#include <string>

#include "daemon/pipeline/delivery_store.hpp"

namespace tocsin::daemon::sqlite {

class DeliveryTables {
 public:
    explicit DeliveryTables(SQLite::Database& database);

    void write(const pipeline::Settlement& settlement);

 private:
    std::int64_t write_pipeline(const pipeline::Settlement& settlement);
    void write_run(std::int64_t pipeline, const pipeline::Run& run);
    void write_letter(std::int64_t pipeline, const pipeline::DeadLetter& letter);

    std::map<std::string, std::size_t, std::less<>> runs_since_prune_;
    SQLite::Statement put_pipeline_;
    SQLite::Statement find_pipeline_;
    SQLite::Statement insert_run_;
    SQLite::Statement prune_runs_;
    SQLite::Statement insert_letter_;
    SQLite::Statement update_letter_;
    SQLite::Statement delete_letter_;
};

}  // namespace tocsin::daemon::sqlite
