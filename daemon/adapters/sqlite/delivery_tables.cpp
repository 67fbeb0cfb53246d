// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/delivery_tables.hpp"

#include "daemon/adapters/sqlite/cursor_text.hpp"

namespace tocsin::daemon::sqlite {
namespace {

using pipeline::DeadLetter;
using pipeline::Run;
using pipeline::Settlement;

constexpr const char* put_pipeline_sql =
    "INSERT INTO pipeline(name, position, aside, settled, state, reason, since, delivered, dead, skipped, "
    "retried) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(name) DO UPDATE SET "
    "position = excluded.position, aside = excluded.aside, settled = excluded.settled, "
    "state = excluded.state, reason = excluded.reason, since = excluded.since, "
    "delivered = excluded.delivered, dead = excluded.dead, skipped = excluded.skipped, "
    "retried = excluded.retried";

constexpr const char* insert_run_sql =
    "INSERT INTO run(pipeline, id, seq, event, messages, attempt, started, duration, verdict, result, "
    "output, errors) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

constexpr const char* prune_runs_sql =
    "DELETE FROM run WHERE pipeline = ?1 AND number <= (SELECT number FROM run WHERE pipeline = ?1 "
    "ORDER BY number DESC LIMIT 1 OFFSET ?2)";

constexpr const char* insert_letter_sql =
    "INSERT INTO dead_letter(pipeline, seq, attempts, since, first_failed, first_result, last_failed, "
    "last_result, last_run, output, errors, type, source, event, recorded, authtype, authid, attrs, data) "
    "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

constexpr const char* update_letter_sql =
    "UPDATE dead_letter SET attempts = attempts + ?2, since = ?3, last_failed = ?4, last_result = ?5, "
    "last_run = ?6, output = ?7, errors = ?8 WHERE id = ?1";

/// Binds values one after another.
class Binder {
 public:
    explicit Binder(SQLite::Statement& statement) : statement_(statement) { statement_.reset(); }
    Binder& number(std::uint64_t value) {
        statement_.bind(++place_, static_cast<std::int64_t>(value));
        return *this;
    }
    Binder& time(core::Timestamp value) {
        statement_.bind(++place_, core::to_microseconds(value));
        return *this;
    }
    Binder& text(const std::string& value) {
        statement_.bindNoCopy(++place_, value);
        return *this;
    }
    Binder& bytes(const std::string& value) {
        statement_.bindNoCopy(++place_, value.data(), static_cast<int>(value.size()));
        return *this;
    }
    Binder& nothing() {
        statement_.bind(++place_);
        return *this;
    }
    void run() {
        statement_.exec();
        statement_.reset();
        statement_.clearBindings();
    }

 private:
    SQLite::Statement& statement_;
    int place_ = 0;
};

}  // namespace

DeliveryTables::DeliveryTables(SQLite::Database& database)
    : put_pipeline_(database, put_pipeline_sql),
      find_pipeline_(database, "SELECT id FROM pipeline WHERE name = ?"),
      insert_run_(database, insert_run_sql),
      prune_runs_(database, prune_runs_sql),
      insert_letter_(database, insert_letter_sql),
      update_letter_(database, update_letter_sql),
      delete_letter_(database, "DELETE FROM dead_letter WHERE id = ?") {}

void DeliveryTables::write(const Settlement& settlement) {
    constexpr std::size_t runs_between_prunes = 100;
    const std::int64_t pipeline = write_pipeline(settlement);
    for (const Run& run : settlement.runs) write_run(pipeline, run);
    std::size_t& runs = runs_since_prune_[settlement.pipeline];
    runs += settlement.runs.size();
    if (runs >= runs_between_prunes) {
        Binder(prune_runs_).number(static_cast<std::uint64_t>(pipeline)).number(pipeline::kept_runs).run();
        runs = 0;
    }
    for (const DeadLetter& letter : settlement.dead) write_letter(pipeline, letter);
    for (const pipeline::DeadId id : settlement.redelivered) Binder(delete_letter_).number(id).run();
}

std::int64_t DeliveryTables::write_pipeline(const Settlement& settlement) {
    const std::string aside = to_text(settlement.cursor.aside);
    const std::string settled = to_text(settlement.cursor.settled);
    Binder(put_pipeline_)
        .text(settlement.pipeline)
        .number(settlement.cursor.position)
        .text(aside)
        .text(settled)
        .number(static_cast<std::uint64_t>(settlement.standing.state))
        .text(settlement.standing.reason)
        .time(settlement.standing.since)
        .number(settlement.totals.delivered)
        .number(settlement.totals.dead)
        .number(settlement.totals.skipped)
        .number(settlement.totals.retried)
        .run();
    find_pipeline_.reset();
    find_pipeline_.bindNoCopy(1, settlement.pipeline);
    find_pipeline_.executeStep();
    const std::int64_t id = find_pipeline_.getColumn(0).getInt64();
    find_pipeline_.reset();
    return id;
}

void DeliveryTables::write_run(std::int64_t pipeline, const Run& run) {
    Binder(insert_run_)
        .number(static_cast<std::uint64_t>(pipeline))
        .text(run.id)
        .number(run.seq)
        .text(run.event_id)
        .number(run.messages)
        .number(run.attempt)
        .time(run.started)
        .number(static_cast<std::uint64_t>(run.duration.count()))
        .text(run.verdict)
        .text(run.result)
        .bytes(run.output)
        .bytes(run.errors)
        .run();
}

void DeliveryTables::write_letter(std::int64_t pipeline, const DeadLetter& letter) {
    if (letter.id != 0)
        return Binder(update_letter_)
            .number(letter.id)
            .number(letter.attempts)
            .time(letter.since)
            .time(letter.last.time)
            .text(letter.last.result)
            .text(letter.last.run)
            .bytes(letter.last.output)
            .bytes(letter.last.errors)
            .run();
    const event::Event& event = *letter.event;
    Binder row(insert_letter_);
    row.number(static_cast<std::uint64_t>(pipeline))
        .number(letter.seq)
        .number(letter.attempts)
        .time(letter.since)
        .time(letter.first_failed)
        .text(letter.first_result)
        .time(letter.last.time)
        .text(letter.last.result)
        .text(letter.last.run)
        .bytes(letter.last.output)
        .bytes(letter.last.errors)
        .text(event.type.name())
        .text(event.source)
        .text(event.id)
        .time(event.recorded)
        .text(event.author.kind)
        .text(event.author.name)
        .text(event.attributes.json());
    switch (event.data.kind) {
        case event::Data::Kind::none: row.nothing(); break;
        case event::Data::Kind::json: row.text(event.data.bytes); break;
        case event::Data::Kind::binary: row.bytes(event.data.bytes); break;
    }
    row.run();
}

}  // namespace tocsin::daemon::sqlite
