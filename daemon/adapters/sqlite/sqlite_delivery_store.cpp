// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/sqlite_delivery_store.hpp"

#include <future>
#include <utility>

#include "daemon/adapters/sqlite/connection.hpp"
#include "daemon/adapters/sqlite/cursor_text.hpp"
#include "daemon/adapters/sqlite/delivery_tables.hpp"

namespace tocsin::daemon::sqlite {
namespace {

using core::Error;
using core::Timestamp;
using pipeline::DeadLetter;
using pipeline::DeadQuery;
using pipeline::Kept;
using pipeline::Run;
using pipeline::Settlement;

constexpr const char* pipelines_sql =
    "SELECT name, position, aside, settled, state, reason, since, delivered, dead, skipped, retried, "
    "(SELECT count(*) FROM dead_letter WHERE pipeline = p.id) FROM pipeline p ORDER BY name";

constexpr const char* letter_columns =
    "l.id, p.name, seq, attempts, l.since, first_failed, first_result, last_failed, last_result, last_run, "
    "output, errors, type, source, event, recorded, authtype, authid, attrs, data";

constexpr const char* run_columns =
    "r.id, p.name, seq, event, messages, attempt, started, duration, verdict, result";

constexpr std::size_t page_max_bytes = 8U << 20;

/// Reads columns one after another.
class Columns {
 public:
    explicit Columns(SQLite::Statement& statement) : statement_(statement) {}
    std::uint64_t number() { return static_cast<std::uint64_t>(next().getInt64()); }
    std::uint32_t small() { return static_cast<std::uint32_t>(next().getInt64()); }
    Timestamp time() { return core::from_microseconds(next().getInt64()); }
    std::string text() { return next().getString(); }
    SQLite::Column next() { return statement_.getColumn(place_++); }

 private:
    SQLite::Statement& statement_;
    int place_ = 0;
};

event::Data data_of(const SQLite::Column& column) {
    using Kind = event::Data::Kind;
    if (column.isNull()) return {};
    return {column.isText() ? Kind::json : Kind::binary, column.getString()};
}

Kept read_pipeline(SQLite::Statement& statement) {
    Columns columns(statement);
    Kept kept;
    kept.name = columns.text();
    kept.cursor.position = columns.number();
    kept.cursor.aside = parse_aside(columns.text());
    kept.cursor.settled = parse_ranges(columns.text());
    kept.standing.state = static_cast<pipeline::Standing::State>(columns.number());
    kept.standing.reason = columns.text();
    kept.standing.since = columns.time();
    kept.totals.delivered = columns.number();
    kept.totals.dead = columns.number();
    kept.totals.skipped = columns.number();
    kept.totals.retried = columns.number();
    kept.dead_letters = columns.number();
    return kept;
}

DeadLetter read_letter(SQLite::Statement& statement) {
    Columns columns(statement);
    DeadLetter letter;
    letter.id = columns.number();
    letter.pipeline = columns.text();
    letter.seq = columns.number();
    letter.attempts = columns.small();
    letter.since = columns.time();
    letter.first_failed = columns.time();
    letter.first_result = columns.text();
    letter.last.time = columns.time();
    letter.last.result = columns.text();
    letter.last.run = columns.text();
    letter.last.output = columns.text();
    letter.last.errors = columns.text();
    auto type = event::Topic::trusted(columns.text());
    std::string source = columns.text();
    std::string id = columns.text();
    const Timestamp recorded = columns.time();
    std::string kind = columns.text();
    std::string name = columns.text();
    std::string attributes = columns.text();
    letter.event = event::Event{.seq = letter.seq,
                                .type = std::move(type),
                                .source = std::move(source),
                                .id = std::move(id),
                                .recorded = recorded,
                                .author = {std::move(kind), std::move(name)},
                                .attributes = event::Attributes::trusted(std::move(attributes)),
                                .data = data_of(columns.next())};
    return letter;
}

Run read_run(SQLite::Statement& statement) {
    Columns columns(statement);
    Run run;
    run.id = columns.text();
    run.pipeline = columns.text();
    run.seq = columns.number();
    run.event_id = columns.text();
    run.messages = columns.small();
    run.attempt = columns.small();
    run.started = columns.time();
    run.duration = std::chrono::microseconds(columns.number());
    run.verdict = columns.text();
    run.result = columns.text();
    if (statement.getColumnCount() > 10) {
        run.output = columns.text();
        run.errors = columns.text();
    }
    return run;
}

std::size_t bytes_of(const DeadLetter& letter) {
    return letter.event->size_bytes() + letter.last.output.size() + letter.last.errors.size();
}

/// The condition of a query on `dead_letter l JOIN pipeline p`; numbers stand in the text, the name is bound.
std::string condition_of(const DeadQuery& query) {
    std::string text = " l.id > " + std::to_string(query.after);
    if (!query.pipeline.empty()) text += " AND p.name = :name";
    if (query.since) text += " AND l.since >= " + std::to_string(core::to_microseconds(*query.since));
    if (query.ids.empty()) return text;
    text += " AND l.id IN (";
    for (const pipeline::DeadId id : query.ids) (text += std::to_string(id)) += ',';
    text.back() = ')';
    return text;
}

SQLite::Statement statement_for(SQLite::Database& database, const DeadQuery& query, const std::string& before,
                                const std::string& behind) {
    SQLite::Statement statement(database, before + condition_of(query) + behind);
    if (!query.pipeline.empty()) statement.bind(":name", query.pipeline);
    return statement;
}

constexpr const char* from_letters = " FROM dead_letter l JOIN pipeline p ON p.id = l.pipeline WHERE";

}  // namespace

SqliteDeliveryStore::SqliteDeliveryStore(SqliteEventLog& log) : log_(log) {}
SqliteDeliveryStore::~SqliteDeliveryStore() = default;

template <class Work>
auto SqliteDeliveryStore::reading(Work&& work) const {
    const std::lock_guard lock(mutex_);
    try {
        if (!reader_) reader_ = std::make_unique<SQLite::Database>(open_reader(log_.file()));
        return work(*reader_);
    } catch (const SQLite::Exception& failure) {
        reader_.reset();
        throw to_read_error(failure);
    }
}

std::vector<Kept> SqliteDeliveryStore::pipelines() const {
    return reading([](SQLite::Database& database) {
        SQLite::Statement statement(database, pipelines_sql);
        std::vector<Kept> pipelines;
        while (statement.executeStep()) pipelines.push_back(read_pipeline(statement));
        return pipelines;
    });
}

void SqliteDeliveryStore::settle(Settlement settlement, pipeline::Settled done) {
    // Shared by the two halves of the part, which are copied.
    const auto kept = std::make_shared<Settlement>(std::move(settlement));
    log_.join({.write =
                   [this, kept](SQLite::Database& database) {
                       if (!tables_) tables_ = std::make_unique<DeliveryTables>(database);
                       tables_->write(*kept);
                   },
               .done = [kept, done = std::move(done)](
                           const std::optional<Error>& error) { done(std::move(*kept), error); }});
}

std::vector<DeadLetter> SqliteDeliveryStore::dead_letters(const DeadQuery& query) const {
    return reading([&](SQLite::Database& database) {
        SQLite::Statement statement =
            statement_for(database, query, std::string("SELECT ") + letter_columns + from_letters,
                          " ORDER BY l.id LIMIT " + std::to_string(query.limit));
        std::vector<DeadLetter> letters;
        for (std::size_t bytes = 0; bytes < page_max_bytes && statement.executeStep();) {
            letters.push_back(read_letter(statement));
            bytes += bytes_of(letters.back());
        }
        return letters;
    });
}

std::uint64_t SqliteDeliveryStore::count(const DeadQuery& query) const {
    return reading([&](SQLite::Database& database) {
        SQLite::Statement statement =
            statement_for(database, query, std::string("SELECT count(*)") + from_letters, "");
        statement.executeStep();
        return static_cast<std::uint64_t>(statement.getColumn(0).getInt64());
    });
}

std::uint64_t SqliteDeliveryStore::drop(const DeadQuery& query) {
    std::promise<std::uint64_t> dropped;
    std::uint64_t count = 0;
    log_.join({.write =
                   [&](SQLite::Database& database) {
                       SQLite::Statement statement = statement_for(
                           database, query,
                           "DELETE FROM dead_letter WHERE id IN (SELECT l.id" + std::string(from_letters),
                           ")");
                       count = static_cast<std::uint64_t>(statement.exec());
                   },
               .done =
                   [&](const std::optional<Error>& error) {
                       if (error)
                           dropped.set_exception(std::make_exception_ptr(*error));
                       else
                           dropped.set_value(count);
                   }});
    return dropped.get_future().get();
}

std::vector<Run> SqliteDeliveryStore::runs(std::string_view pipeline, std::size_t limit) const {
    return reading([&](SQLite::Database& database) {
        SQLite::Statement statement(database, std::string("SELECT ") + run_columns +
                                                  " FROM run r JOIN pipeline p ON p.id = r.pipeline WHERE "
                                                  ":name = '' OR p.name = :name ORDER BY number DESC LIMIT " +
                                                  std::to_string(limit));
        statement.bind(":name", std::string(pipeline));
        std::vector<Run> runs;
        while (statement.executeStep()) runs.push_back(read_run(statement));
        return runs;
    });
}

std::optional<Run> SqliteDeliveryStore::run(std::string_view id) const {
    return reading([&](SQLite::Database& database) {
        SQLite::Statement statement(database, std::string("SELECT ") + run_columns +
                                                  ", output, errors FROM run r JOIN pipeline p ON p.id = "
                                                  "r.pipeline WHERE r.id = ?");
        statement.bind(1, std::string(id));
        return statement.executeStep() ? std::optional(read_run(statement)) : std::nullopt;
    });
}

}  // namespace tocsin::daemon::sqlite
