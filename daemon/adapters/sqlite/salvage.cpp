// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/salvage.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "common/core/exit_status.hpp"
#include "common/core/folder_lock.hpp"
#include "common/core/paths.hpp"
#include "daemon/adapters/sqlite/carver.hpp"
#include "daemon/adapters/sqlite/diagnosis.hpp"
#include "daemon/adapters/sqlite/file_bytes.hpp"
#include "daemon/adapters/sqlite/new_folder.hpp"
#include "daemon/adapters/sqlite/sequence_runs.hpp"
#include "daemon/adapters/sqlite/space_guard.hpp"
#include "daemon/adapters/sqlite/store.hpp"
#include "daemon/eventlog/retention_rule.hpp"

namespace tocsin::daemon::sqlite {
namespace {

using core::Code;
using core::Exit;
using core::ExitStatus;
using core::Seq;
using core::SequenceRange;
using Json = nlohmann::ordered_json;

/// The ids that names have in the new store: counted anew, since a dictionary may have no gap.
class NameTable {
 public:
    NameTable(SQLite::Database& database, const char* insert) : insert_(database, insert) {}

    NameId id_of(const std::string& name) {
        if (const auto known = names_.find(name)) return *known;
        const NameId id = names_.add(name);
        insert_.bind(1, id);
        insert_.bind(2, name);
        insert_.exec();
        insert_.reset();
        return id;
    }

 private:
    SQLite::Statement insert_;
    Dictionary names_;
};

/// The new database while it is filled.
class Target {
 public:
    explicit Target(const std::filesystem::path& folder)
        : database_(open_writer(folder / core::store_file)),
          event_(database_, std::string("INSERT OR IGNORE INTO event(") + row_columns +
                                ") VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
          types_(database_, "INSERT INTO type(id, name) VALUES(?, ?)"),
          sources_(database_, "INSERT INTO source(id, name) VALUES(?, ?)"),
          authors_(database_,
                   "INSERT INTO auth(id, kind, name) VALUES(?1, substr(?2, 1, instr(?2, char(10)) - 1), "
                   "substr(?2, instr(?2, char(10)) + 1))") {
        pragma(database_, "wal_autocheckpoint=1000");
        database_.exec("BEGIN");
    }

    void add(const CarvedEvent& event) {
        const RowFields& fields = event.fields;
        const auto place = [](Column column) { return static_cast<int>(column) + 1; };
        event_.bind(place(Column::seq), static_cast<std::int64_t>(fields.seq));
        event_.bind(place(Column::type), types_.id_of(*event.type));
        event_.bind(place(Column::recorded), fields.recorded);
        event_.bind(place(Column::sum), checksum(fields));
        event_.bind(place(Column::source), sources_.id_of(*event.source));
        event_.bind(place(Column::auth), authors_.id_of(*event.author));
        event_.bind(place(Column::minted), static_cast<int>(fields.id_origin));
        bind_bytes(place(Column::id), fields.id, fields.id_is_uuid ? Kind::binary : Kind::json);
        bind_bytes(place(Column::attrs), fields.attributes,
                   fields.attributes.empty() ? Kind::none : Kind::json);
        bind_bytes(place(Column::data), fields.data, fields.data_kind);
        event_.exec();
        event_.reset();
        if (++added_ % events_per_commit == 0) database_.exec("COMMIT; BEGIN");
    }

    void add(const KnownMissing& missing) {
        SQLite::Statement statement(database_,
                                    "INSERT OR IGNORE INTO missing(first, last, found) VALUES(?, ?, ?)");
        statement.bind(1, static_cast<std::int64_t>(missing.range.first));
        statement.bind(2, static_cast<std::int64_t>(missing.range.last));
        statement.bind(3, missing.found);
        statement.exec();
    }

    void note(const TrimMark& mark) { write_meta(database_, TrimMark::key, to_text(mark)); }

    SQLite::Database& commit() {
        database_.exec("COMMIT");
        return database_;
    }

 private:
    using Kind = event::Data::Kind;
    static constexpr std::size_t events_per_commit = 16'384;

    void bind_bytes(int place, std::string_view bytes, Kind kind) {
        if (kind == Kind::none)
            event_.bind(place);
        else if (kind == Kind::json)
            event_.bind(place, std::string(bytes));
        else  // an empty blob is not null
            event_.bind(place, bytes.empty() ? "" : static_cast<const void*>(bytes.data()),
                        static_cast<int>(bytes.size()));
    }

    SQLite::Database database_;
    SQLite::Statement event_;
    NameTable types_;
    NameTable sources_;
    NameTable authors_;
    std::size_t added_ = 0;
};

/// What the old files hold, wherever in them: each version of each page.
class Source {
 public:
    explicit Source(const std::filesystem::path& file)
        : file_(file), wal_(file.string() + "-wal"), pages_(file, wal_, wal_.written()), carver_(pages_) {}

    void read_into(Target& target) {
        each_page([&](std::string_view page, std::uint32_t number) { carver_.learn(page, number); });
        const Carver::Visitor visitor{
            .event =
                [&](const CarvedEvent& event) {
                    if (is_trimmed(event.fields.seq, *event.type)) return;
                    found_.add(event.fields.seq);
                    target.add(event);
                },
            .damaged =
                [&](Seq seq, std::uint32_t) {
                    if (seq > 0) damaged_.add(seq);
                },
            .missing = [&](const CarvedMissing& row) { told_.push_back(row); },
            .block = [&](Seq first) { lowest_block_ = std::min(lowest_block_, first); }};
        each_page([&](std::string_view page, std::uint32_t number) { carver_.carve(page, number, visitor); });
    }

    SequenceRuns& found() noexcept { return found_; }
    const std::optional<TrimMark>& trimmed() const noexcept { return carver_.trimmed(); }

    std::vector<SequenceRange> damaged() {
        std::vector<SequenceRange> left;
        for (const SequenceRange& range : damaged_.runs())
            for (const SequenceRange& gap : found_.gaps(range)) left.push_back(gap);
        return left;
    }

    /// Places that earlier starts have told of as missing, but for those that hold events.
    std::vector<KnownMissing> told(Seq head) {
        std::vector<KnownMissing> ranges;
        for (const CarvedMissing& row : told_)
            if (row.range.first > 0 && row.range.last <= head)
                for (const SequenceRange& gap : found_.gaps(row.range)) ranges.push_back({gap, row.found});
        return ranges;
    }

    /// Where the log began. Where the note of it is lost, the oldest block tells.
    Seq lowest() const noexcept {
        if (trimmed()) return trimmed()->before;
        return lowest_block_ == core::max_sequence ? 1 : lowest_block_;
    }

 private:
    Seq begins() const noexcept { return trimmed() ? trimmed()->before : 1; }

    /// Older versions of pages hold events that retention has removed since: they do not come back.
    bool is_trimmed(Seq seq, const std::string& type) const noexcept {
        return seq < begins() && !eventlog::is_kept(type);
    }

    template <class Work>
    void each_page(Work&& work) {
        const std::vector<bool> free = pages_.free_pages();
        for (std::uint32_t number = 1; number <= pages_.count(); ++number)
            if (!free[number]) work(pages_.page_of_file(number), number);
        for (std::size_t i = 0; i < wal_.written(); ++i) work(wal_.page_of(i), wal_.frames()[i].page);
    }

    std::filesystem::path file_;
    WalFile wal_;
    Pages pages_;
    Carver carver_;
    SequenceRuns found_;
    SequenceRuns damaged_;
    std::vector<CarvedMissing> told_;
    Seq lowest_block_ = core::max_sequence;
};

/// Blocks, missing ranges and the mark are made as a start makes them.
Recovered finish(Target& target, const std::filesystem::path& folder, Seq acknowledged,
                 const core::Clock& clock) {
    HighWaterMark mark(folder / core::mark_file);
    if (acknowledged > 0) mark.write({acknowledged, 0});
    Options options;
    options.wal_bytes = 0;
    options.space.ballast_bytes = 0;
    metrics::Metrics nobody_reads;
    const SpaceGuard space(folder, options.space, clock, nobody_reads);
    Shared shared;
    return recover(target.commit(), mark, shared, space, options, clock);
}

struct Job {
    std::filesystem::path file;
    std::filesystem::path model;  ///< whose owner and mode the new folder gets; empty for none
    Seq acknowledged = 0;         ///< the mark of the old store, 0 when there is none
    std::filesystem::path to;
};

Salvaged run(const Job& job, const core::Clock& clock) {
    const auto& [file, model, acknowledged, to] = job;
    Source source(file);
    std::error_code error;
    if (std::filesystem::exists(to, error) && !std::filesystem::is_empty(to, error))
        throw Exit(ExitStatus::cant_create, Code::conflict, to.string() + " is there already and not empty",
                   "name a folder that is empty or does not exist yet");
    NewFolder folder(to, "salvage");
    require_room_for_copy(file, folder.path(), "the new store needs up to", "name a folder on another disk");
    Salvaged salvaged{.from = file, .to = to, .damaged = {}, .missing = {}, .epoch = {}};
    {
        Target target(folder.path());
        source.read_into(target);
        if (source.trimmed()) target.note(*source.trimmed());
        if (source.found().empty())
            throw Exit(ExitStatus::software, Code::internal,
                       file.string() + " holds no event that can be read",
                       "put a backup in place with 'tocsin restore'");
        const Seq last = source.found().runs().back().last;
        for (const KnownMissing& range : source.told(std::max(last, acknowledged))) target.add(range);
        for (const SequenceRange& gap :
             source.found().gaps({source.lowest(), source.found().runs().front().first}))
            target.add(KnownMissing{gap, core::to_microseconds(clock.now())});
        const Recovered recovered = finish(target, folder.path(), acknowledged, clock);
        salvaged.head = recovered.tail.head;
        salvaged.epoch = epoch_text(recovered.tail.epoch);
    }
    for (const SequenceRange& run : source.found().runs()) salvaged.events += run.last - run.first + 1;
    salvaged.first = source.found().runs().front().first;
    salvaged.damaged = source.damaged();
    salvaged.missing = source.found().gaps({source.lowest(), salvaged.head});
    folder.adopt_rights_of(model);
    folder.publish();
    return salvaged;
}

Salvaged run_or_tell(const Job& job, const core::Clock& clock) {
    try {
        return run(job, clock);
    } catch (const SQLite::Exception& failure) {
        throw to_start_error(failure, job.to);
    }
}

std::string line(std::string_view name, const std::string& text) {
    std::string out(name);
    out.append(11 - name.size(), ' ');
    return out + text + '\n';
}

Json ranges_json(const std::vector<SequenceRange>& ranges) {
    Json list = Json::array();
    for (const SequenceRange& range : ranges)
        list.push_back({{"first", core::to_text(range.first)}, {"last", core::to_text(range.last)}});
    return list;
}

}  // namespace

Salvaged salvage_store(const std::filesystem::path& folder, const std::filesystem::path& to,
                       const core::Clock& clock) {
    const core::FolderHold hold(folder / core::state_lock);
    const auto mark = HighWaterMark::inspect(folder / core::mark_file).mark;
    return run_or_tell({folder / core::store_file, folder, mark ? mark->seq : 0, to}, clock);
}

Salvaged salvage_file(const std::filesystem::path& file, const std::filesystem::path& to,
                      const core::Clock& clock) {
    return run_or_tell({file, {}, 0, to}, clock);
}

std::string report_text(const Salvaged& salvaged) {
    std::string text = line("from", salvaged.from.string()) + line("to", salvaged.to.string());
    text += line("events", std::to_string(salvaged.events) + ", in places " +
                               range_text({salvaged.first, salvaged.head}));
    for (const SequenceRange& range : salvaged.damaged)
        text += line("damaged", range_text(range) + ", left out: the checksum does not match");
    for (const SequenceRange& range : salvaged.missing) text += line("missing", range_text(range));
    text += line("epoch", salvaged.epoch + ", a new one");
    return text += line("to do", "look at it with 'tocsin doctor --state " + salvaged.to.string() +
                                     "', then put it in the old one's place while tocsind is stopped");
}

std::string report_json(const Salvaged& salvaged) {
    const Json json{{"from", salvaged.from.string()},
                    {"to", salvaged.to.string()},
                    {"events", salvaged.events},
                    {"first", core::to_text(salvaged.first)},
                    {"head", core::to_text(salvaged.head)},
                    {"epoch", salvaged.epoch},
                    {"damaged", ranges_json(salvaged.damaged)},
                    {"missing", ranges_json(salvaged.missing)}};
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace tocsin::daemon::sqlite
