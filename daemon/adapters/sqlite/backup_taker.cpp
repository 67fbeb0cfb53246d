// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/backup_taker.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>
#include <utility>

#include "common/core/paths.hpp"
#include "daemon/adapters/sqlite/connection.hpp"
#include "daemon/adapters/sqlite/file_bytes.hpp"

namespace tocsin::daemon::sqlite {
namespace {

using core::Error;
using core::Reason;
using eventlog::Backup;
using eventlog::BackupResult;

constexpr int pages_per_step = 128;
/// After each step the copy rests for as long as the step took, and not less than this.
constexpr std::chrono::microseconds least_rest{500};

Error io_error(const std::string& what, int number) {
    return Error::unavailable(Reason::store_io, what + ": " + std::generic_category().message(number),
                              "look at the disk, then try again");
}

/// An open file without a name.
class FileBackup final : public Backup {
 public:
    explicit FileBackup(const std::filesystem::path& file)
        : file_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
        struct stat info {};
        if (!file_ || fstat(file_.number(), &info) != 0) throw io_error("the backup can't be opened", errno);
        size_ = static_cast<std::uint64_t>(info.st_size);
    }

    std::uint64_t size_bytes() const noexcept override { return size_; }

    void read(std::uint64_t place, std::size_t bytes, std::string& out) const override {
        const std::size_t start = out.size();
        const std::size_t wanted = std::min<std::uint64_t>(bytes, size_ - std::min(place, size_));
        out.resize(start + wanted);
        // The reader's thread serves others too: what it needs next comes into memory meanwhile.
        const auto next = static_cast<off_t>(place + wanted);
        posix_fadvise(file_.number(), next, static_cast<off_t>(4 * wanted), POSIX_FADV_WILLNEED);
        const ssize_t got = pread(file_.number(), out.data() + start, wanted, static_cast<off_t>(place));
        if (got != static_cast<ssize_t>(wanted))
            throw io_error("the backup can't be read", got < 0 ? errno : EIO);
    }

 private:
    Descriptor file_;
    std::uint64_t size_ = 0;
};

/// A file that is removed with this object.
class PassingFile {
 public:
    explicit PassingFile(std::filesystem::path file) : file_(std::move(file)) { remove(); }
    ~PassingFile() { remove(); }
    PassingFile(const PassingFile&) = delete;
    PassingFile& operator=(const PassingFile&) = delete;

 private:
    void remove() {
        std::error_code ignored;
        std::filesystem::remove(file_, ignored);
    }
    std::filesystem::path file_;
};

/// SQLite's own copying of pages, ended in every case.
class PageCopy {
 public:
    PageCopy(SQLite::Database& to, SQLite::Database& from)
        : to_(to.getHandle()), copy_(sqlite3_backup_init(to_, "main", from.getHandle(), "main")) {
        if (copy_ == nullptr) throw SQLite::Exception(to_, sqlite3_errcode(to_));
    }
    ~PageCopy() { sqlite3_backup_finish(copy_); }
    PageCopy(const PageCopy&) = delete;
    PageCopy& operator=(const PageCopy&) = delete;

    /// False when all pages are copied.
    bool step() {
        const int result = sqlite3_backup_step(copy_, pages_per_step);
        if (result != SQLITE_OK && result != SQLITE_DONE) throw SQLite::Exception(to_, result);
        return result == SQLITE_OK;
    }

 private:
    sqlite3* to_;
    sqlite3_backup* copy_;
};

}  // namespace

BackupTaker::BackupTaker(const std::filesystem::path& folder, const SpaceGuard& space)
    : space_(space), store_(folder / core::store_file), file_(folder / core::backup_file) {
    const PassingFile leftover(file_);
}

BackupTaker::~BackupTaker() { stop(); }

void BackupTaker::stop() {
    stopping_ = true;
    std::thread thread;
    {
        const std::lock_guard lock(mutex_);
        thread.swap(thread_);
    }
    if (thread.joinable()) thread.join();
}

void BackupTaker::take(eventlog::BackupDone done) {
    std::unique_lock lock(mutex_);
    if (stopping_ || running_ || !last_.expired()) {
        lock.unlock();
        return done(
            stopping_ ? Error::unavailable(Reason::stopping, "the daemon is stopping", "try again later")
                      : Error::unavailable(Reason::busy, "another backup is under way", "wait for its end"));
    }
    if (thread_.joinable()) thread_.join();  // the last one's, which has ended but for its last words
    running_ = true;
    thread_ = std::thread([this, done = std::move(done)]() noexcept {
        BackupResult result = copy();
        {
            const std::lock_guard running(mutex_);
            running_ = false;
            if (const auto* backup = std::get_if<std::shared_ptr<const Backup>>(&result)) last_ = *backup;
        }
        done(std::move(result));
    });
    pthread_setname_np(thread_.native_handle(), "backup");
}

/// What a backup takes must not keep events out.
void BackupTaker::require_room(std::uint64_t bytes) const {
    if (space_.has_room_for(bytes)) return;
    throw Error::unavailable(
        Reason::store_full,
        "a backup needs " + std::to_string(bytes >> 20) +
            " MiB beside the store for a while, above what has to stay free; there are " +
            std::to_string(space_.free_bytes() >> 20) + " MiB",
        "make room on the disk of the state folder");
}

BackupResult BackupTaker::copy() try { return copy_pages(); } catch (const SQLite::Exception& failure) {
    return to_error(failure, "the backup failed");
} catch (const Error& error) {
    return error;
} catch (const std::exception& error) {
    return Error(core::Code::internal, std::string("the backup failed: ") + error.what());
}

std::shared_ptr<const Backup> BackupTaker::copy_pages() {
    const PassingFile passing(file_);
    {
        SQLite::Database from = open_reader(store_);
        from.exec("BEGIN");  // one moment for all pages; SQLite would begin anew with each commit
        const std::uint64_t bytes =
            std::stoull(pragma(from, "page_count")) * std::stoull(pragma(from, "page_size"));
        require_room(bytes);
        SQLite::Database to(file_.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        for (const char* setting : {"journal_mode=OFF", "synchronous=OFF"}) pragma(to, setting);
        PageCopy pages(to, from);
        using Clock = std::chrono::steady_clock;
        for (auto start = Clock::now(); pages.step(); start = Clock::now()) {
            if (stopping_)
                throw Error::unavailable(Reason::stopping, "the daemon is stopping", "try again later");
            require_room(0);
            std::this_thread::sleep_for(std::max<Clock::duration>(Clock::now() - start, least_rest));
        }
    }
    return std::make_shared<FileBackup>(file_);
}

}  // namespace tocsin::daemon::sqlite
