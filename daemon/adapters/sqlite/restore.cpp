// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/restore.hpp"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cerrno>

#include "common/core/exit_status.hpp"
#include "common/core/folder_lock.hpp"
#include "common/core/paths.hpp"
#include "common/core/uuid.hpp"
#include "daemon/adapters/sqlite/doctor.hpp"
#include "daemon/adapters/sqlite/file_bytes.hpp"
#include "daemon/adapters/sqlite/new_folder.hpp"
#include "daemon/adapters/sqlite/state_folder.hpp"
#include "daemon/adapters/sqlite/store.hpp"

namespace tocsin::daemon::sqlite {
namespace {

using core::Code;
using core::Exit;
using core::ExitStatus;
using core::Seq;
using Json = nlohmann::ordered_json;

const std::array<std::string, 3> files_of_a_store{
    std::string(core::store_file), std::string(core::store_file) + "-wal", std::string(core::mark_file)};

bool holds_store(const std::filesystem::path& folder) {
    return std::ranges::any_of(
        files_of_a_store, [&](const std::string& name) { return std::filesystem::exists(folder / name); });
}

/// A copy of the backup: what was checked is what is put in place, whatever happens to the file meanwhile.
void copy_backup(const std::filesystem::path& backup, const std::filesystem::path& to) {
    if (backup == "-") return copy_to_new_file(STDIN_FILENO, "standard input", to);
    const Descriptor from = open_to_read(backup);
    require_room_for_copy(backup, to.parent_path(), "the backup has", "make room there");
    copy_to_new_file(from.number(), backup, to);
}

Diagnosis check(const std::filesystem::path& copy, const std::filesystem::path& backup) {
    Diagnosis diagnosis;
    try {
        diagnosis = examine_backup(copy, Depth::deep);
    } catch (const Exit& refusal) {
        if (refusal.status() != ExitStatus::config) throw;
        throw Exit(ExitStatus::config, Code::conflict,
                   backup.string() + " can't be restored: " + refusal.what(),
                   "name a file that 'tocsin backup' has written");
    }
    diagnosis.file = backup;
    if (!diagnosis.is_whole())
        throw Exit(ExitStatus::software, Code::internal,
                   backup.string() + " is damaged: " + diagnosis.findings.front(),
                   "'tocsin doctor --file' tells more; use another backup, or save what can be read of this "
                   "one with "
                   "'tocsin salvage --file'");
    return diagnosis;
}

Seq head_of(const Diagnosis& diagnosis) {
    Seq head = diagnosis.head;
    for (const KnownMissing& known : diagnosis.known_missing) head = std::max(head, known.range.last);
    return head;
}

/// Makes a store of the copy: epoch, mark, and what the log has passed over since.
void make_store(const std::filesystem::path& folder, Seq head, Seq used, Restored& restored,
                core::Timestamp now) {
    const std::uint64_t epoch = core::random_bits();
    {
        SQLite::Database database = open_writer(folder / core::store_file);
        SQLite::Transaction transaction(database);
        write_meta(database, "epoch", epoch_text(epoch));
        if (used > head) {
            SQLite::Statement statement(database, "INSERT INTO missing(first, last, found) VALUES(?, ?, ?)");
            statement.bind(1, static_cast<std::int64_t>(head + 1));
            statement.bind(2, static_cast<std::int64_t>(used));
            statement.bind(3, core::to_microseconds(now));
            statement.exec();
        }
        transaction.commit();
    }  // closing it moves the write-ahead log into the database
    restored.head = std::max(head, used);
    restored.epoch = epoch_text(epoch);
    HighWaterMark mark(folder / core::mark_file);
    mark.write({restored.head, epoch});
    mark.sync();
}

/// Into a folder without a store: the database's coming is the step that counts, the mark may be missing for
/// a moment.
void move_in(const NewFolder& from, const std::filesystem::path& folder) {
    for (const auto name : {core::store_file, core::mark_file})
        std::filesystem::rename(from.path() / name, folder / name);
    sync_folder(folder);
}

/// A new folder in a store's place, with a lock of its own that is held until all is done.
std::filesystem::path replace(NewFolder& with, const std::filesystem::path& folder) {
    const core::FolderLock lock(with.path() / core::state_lock);
    with.adopt_rights_of(folder);
    return with.exchange();
}

/// A user's spool lies within the state folder: what waits there waits for the new store. What was spooled
/// since the exchange stays.
void move_spool(const std::filesystem::path& from, const std::filesystem::path& folder) {
    const auto waiting = std::filesystem::path(core::spool_folder) / core::spool_new;
    std::error_code none;
    if (!std::filesystem::is_directory(from / waiting, none)) return;
    std::filesystem::rename(from / core::spool_folder, folder / core::spool_folder, none);
    if (none)
        for (const auto& entry : std::filesystem::directory_iterator(from / waiting))
            std::filesystem::rename(entry.path(), folder / waiting / entry.path().filename());
    sync_folder(folder / waiting);
    sync_folder(folder);
}

Restored restore_into(const std::filesystem::path& backup, const std::filesystem::path& folder,
                      IfThere if_there, const core::Clock& clock) {
    const StateFolder state(folder);
    const bool there = holds_store(folder);
    if (there && if_there == IfThere::refuse)
        throw Exit(ExitStatus::cant_create, Code::conflict, folder.string() + " holds a store already",
                   "'--replace' sets it aside under another name; or name another folder with --state");
    // A new store is filled within the folder where it can stay, since that may be a mount point.
    NewFolder filled(there ? folder : folder / "store", "restore");
    copy_backup(backup, filled.path() / core::store_file);
    Restored restored{.backup = check(filled.path() / core::store_file, backup),
                      .folder = folder,
                      .aside = {},
                      .epoch = {}};
    const auto mark = HighWaterMark::inspect(folder / core::mark_file).mark;
    make_store(filled.path(), head_of(restored.backup), mark ? mark->seq : 0, restored, clock.now());
    if (there) {
        restored.aside = replace(filled, folder);
        move_spool(restored.aside, folder);
    } else {
        filled.adopt_rights_of(folder);
        move_in(filled, folder);
    }
    return restored;
}

std::string line(std::string_view name, const std::string& text) {
    std::string out(name);
    out.append(11 - name.size(), ' ');
    return out + text + '\n';
}

}  // namespace

Restored restore(const std::filesystem::path& backup, const std::filesystem::path& folder, IfThere if_there,
                 const core::Clock& clock) {
    try {
        return restore_into(backup, folder, if_there, clock);
    } catch (const SQLite::Exception& failure) {
        throw to_start_error(failure, folder);
    } catch (const std::filesystem::filesystem_error& failure) {
        throw Exit(ExitStatus::io, Code::unavailable, failure.what(),
                   "check the disk and the folder's permissions");
    }
}

std::string report_text(const Restored& restored) {
    const Diagnosis& backup = restored.backup;
    std::string text = line("store", (restored.folder / core::store_file).string());
    text += line("from", backup.file.string() + ", epoch " + backup.epoch);
    text += line("events",
                 std::to_string(backup.events) +
                     (backup.events == 0 ? "" : ", in places " + range_text({backup.first, backup.head})));
    text += line("epoch", restored.epoch + ", a new one");
    text += line("goes on", "at " + std::to_string(restored.head + 1));
    if (!restored.aside.empty())
        text += line("replaced", "what was there lies in " + restored.aside.string());
    return text;
}

std::string report_json(const Restored& restored) {
    Json json{{"store", (restored.folder / core::store_file).string()},
              {"from", restored.backup.file.string()},
              {"events", restored.backup.events},
              {"first", core::to_text(restored.backup.first)},
              {"head", core::to_text(restored.head)},
              {"epoch", restored.epoch}};
    if (!restored.aside.empty()) json["replaced"] = restored.aside.string();
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace tocsin::daemon::sqlite
