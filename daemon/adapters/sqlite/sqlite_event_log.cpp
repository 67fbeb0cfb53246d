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
      writer_(
          database_, mark_, shared_, recovered_, space_, options_, clock, metrics,
          [this] { watchers_.notify(); }, std::move(on_failure)) {
    try {
        readers_.with([](Reader& reader) { return reader.first(); });
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
    status.first = reading(readers_, [](Reader& reader) { return reader.first(); });
    status.head = head();
    status.events = shared_.types.events();
    status.missing = recovered_.missing;
    status.path = file.string();
    status.database_bytes = size_of(file);
    status.wal_bytes = size_of(file.string() + "-wal");
    status.free_bytes = space_.free_bytes();
    status.full_since = space_.full_since();
    return status;
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
