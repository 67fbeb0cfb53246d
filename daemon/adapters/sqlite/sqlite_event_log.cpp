// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/sqlite_event_log.hpp"

#include <utility>

#include "common/core/paths.hpp"

namespace tocsin::daemon::sqlite {
namespace {

std::uint64_t size_of(const std::filesystem::path& file) {
    std::error_code error;
    const auto bytes = std::filesystem::file_size(file, error);
    return error ? 0 : bytes;
}

template <class Work>
auto reading(ReaderPool& readers, Work&& work) {
    try {
        return readers.with(std::forward<Work>(work));
    } catch (const SQLite::Exception& failure) {
        throw to_read_error(failure);
    }
}

}  // namespace

SqliteEventLog::SqliteEventLog(const std::filesystem::path& folder, const Options& options,
                               const core::Clock& clock, metrics::Metrics& metrics,
                               Writer::OnFailure on_failure)
    : options_(options),
      folder_(folder),
      space_(folder_.path(), options_.space, clock, metrics),
      mark_(folder_.path() / core::mark_file),
      database_(open_store(folder_.path(), mark_)),
      recovered_(recover(database_, mark_, shared_, space_, options_, clock)),
      epoch_(epoch_text(recovered_.tail.epoch)),
      hasher_(recovered_.hash_secret),
      readers_(folder_.path() / core::store_file, shared_, hasher_),
      backups_(folder_.path(), space_),
      kept_clock_(recovered_.tail.trimmed.clock),
      writer_(
          database_, mark_, shared_, recovered_, space_, options_, clock, metrics,
          [this] { watchers_.notify(); }, std::move(on_failure)) {
    try {
        readers_.with([](Reader& reader) { return reader.last_time(); });
    } catch (const SQLite::Exception& failure) {
        throw to_start_error(failure, folder_.path() / core::store_file);
    }
    space_.begin();
}

void SqliteEventLog::append(eventlog::Batch batch, eventlog::Completion done) {
    writer_.append(std::move(batch), std::move(done));
}

void SqliteEventLog::flush() { writer_.flush(); }

eventlog::Page SqliteEventLog::read(const eventlog::Query& query) const {
    return reading(readers_, [&](Reader& reader) { return reader.read(query, head()); });
}

std::optional<event::Event> SqliteEventLog::get(core::Seq seq) const {
    return reading(readers_, [&](Reader& reader) { return reader.get(seq); });
}

std::vector<event::Event> SqliteEventLog::find(std::string_view id, std::size_t limit) const {
    return reading(readers_, [&](Reader& reader) { return reader.find(id, limit, head()); });
}

core::Seq SqliteEventLog::seek(core::Timestamp time) const {
    return reading(readers_, [&](Reader& reader) { return reader.seek(time, head()); });
}

core::Seq SqliteEventLog::head() const noexcept { return writer_.head(); }

std::vector<event::TypeSummary> SqliteEventLog::types() const {
    return shared_.types.summaries(shared_.names.types);
}

eventlog::LogStatus SqliteEventLog::status() const {
    const std::filesystem::path file = folder_.path() / core::store_file;
    eventlog::LogStatus status;
    status.epoch = epoch_;
    const auto first = reading(readers_, [&](Reader& reader) { return reader.time_from(shared_.begins); });
    status.first = first ? first->first : 0;
    status.head = head();
    status.kept = shared_.kept;
    status.events = shared_.types.events();
    status.missing = recovered_.missing;
    status.path = file.string();
    status.database_bytes = size_of(file);
    status.wal_bytes = size_of(file.string() + "-wal");
    status.free_bytes = space_.free_bytes();
    status.full_since = space_.full_since();
    return status;
}

eventlog::LogExtent SqliteEventLog::extent() const {
    eventlog::LogExtent extent;
    extent.head = head();
    extent.first = shared_.begins.load(std::memory_order_acquire);
    reading(readers_, [&](Reader& reader) {
        const Reader::PageCounts pages = reader.pages();
        extent.file_bytes = pages.all * pages.bytes_each;
        extent.bytes = (pages.all - pages.free) * pages.bytes_each;
        const auto first = reader.time_from(extent.first);
        if (first) extent.oldest = first->second;
        extent.first = first ? first->first : extent.head + 1;
        extent.newest = reader.last_time().value_or(core::Timestamp());
        return 0;
    });
    if (space_.is_low()) extent.room = eventlog::Room::low;
    if (kept_clock_ > 0) extent.clock = core::from_microseconds(kept_clock_);
    return extent;
}

eventlog::Trimmed SqliteEventLog::trim(const eventlog::Trim& what) {
    const eventlog::Trimmed trimmed = writer_.trim(what);
    kept_clock_ = core::to_microseconds(what.clock);
    return trimmed;
}

/// New events need room as well: a sixteenth of the log stays, so that what trimming frees is filled again in
/// its place instead of being moved.
std::uint64_t SqliteEventLog::give_back(std::chrono::microseconds patience) {
    constexpr std::uint64_t most_reserve = 64U << 20;
    constexpr std::uint64_t pages_per_step = 256;
    settle_types();
    const auto pages = reading(readers_, [](Reader& reader) { return reader.pages(); });
    const std::uint64_t used = pages.all - pages.free;
    const std::uint64_t reserve = space_.is_low() ? 0 : std::min(used / 16, most_reserve / pages.bytes_each);
    std::uint64_t given = 0;
    if (pages.free > reserve + pages_per_step || (reserve == 0 && pages.free > 0))
        given = writer_.give_back(std::min(pages.free - reserve, pages_per_step), patience);
    // A reader may have kept the last checkpoint from cutting the file: then it is tried again.
    if (given == 0 && size_of(folder_.path() / core::store_file) > pages.all * pages.bytes_each)
        writer_.ask_for_checkpoint();
    return given;
}

/// Where a type's first event was trimmed, its next one is looked for.
void SqliteEventLog::settle_types() {
    auto unsettled = shared_.types.unsettled();
    if (unsettled.empty()) return;
    const auto found =
        reading(readers_, [&](Reader& reader) { return reader.first_of(std::move(unsettled), head()); });
    for (const TypeShrink& type : found) shared_.types.settle(type);
}

void SqliteEventLog::back_up(eventlog::BackupDone done) const { backups_.take(std::move(done)); }

void SqliteEventLog::stop() {
    backups_.stop();
    writer_.stop();
}

std::unique_ptr<eventlog::Watch> SqliteEventLog::watch(std::function<void()> wake) const {
    return watchers_.add(std::move(wake));
}

}  // namespace tocsin::daemon::sqlite
