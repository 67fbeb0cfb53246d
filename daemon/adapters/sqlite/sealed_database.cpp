// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/sealed_database.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "daemon/adapters/sqlite/connection.hpp"
#include "daemon/adapters/sqlite/file_bytes.hpp"

namespace tocsin::daemon::sqlite {
namespace {

/// What SQLite has in hand for an open file; it allocates the space itself.
struct OpenFile {
    sqlite3_file base;
    int descriptor;        // of the database; not owned
    std::string_view log;  // where there is no descriptor
};

OpenFile& of(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file); }

sqlite3_int64 size_of(const OpenFile& file) {
    if (file.descriptor < 0) return static_cast<sqlite3_int64>(file.log.size());
    struct stat info {};
    return fstat(file.descriptor, &info) == 0 ? info.st_size : 0;
}

/// How many bytes were there; less than 0 when the disk failed.
ssize_t take(const OpenFile& file, void* out, std::size_t bytes, sqlite3_int64 place) {
    if (file.descriptor >= 0) return pread(file.descriptor, out, bytes, place);
    const auto rest = file.log.substr(std::min(static_cast<std::size_t>(place), file.log.size()), bytes);
    std::memcpy(out, rest.data(), rest.size());
    return static_cast<ssize_t>(rest.size());
}

int read_file(sqlite3_file* file, void* out, int bytes, sqlite3_int64 place) {
    const auto wanted = static_cast<std::size_t>(bytes);
    const ssize_t count = take(of(file), out, wanted, place);
    if (count < 0) return SQLITE_IOERR_READ;
    const auto got = static_cast<std::size_t>(count);
    if (got == wanted) return SQLITE_OK;
    std::memset(static_cast<char*>(out) + got, 0, wanted - got);
    return SQLITE_IOERR_SHORT_READ;
}

int close_file(sqlite3_file*) { return SQLITE_OK; }
int refuse_write(sqlite3_file*, const void*, int, sqlite3_int64) { return SQLITE_READONLY; }
int refuse_truncate(sqlite3_file*, sqlite3_int64) { return SQLITE_READONLY; }
int grant(sqlite3_file*, int) { return SQLITE_OK; }
int device(sqlite3_file*) { return 0; }
/// Answers what `PRAGMA mmap_size` asks: nothing is mapped.
int control(sqlite3_file*, int what, void* value) {
    if (what != SQLITE_FCNTL_MMAP_SIZE) return SQLITE_NOTFOUND;
    *static_cast<sqlite3_int64*>(value) = 0;
    return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
    *size = size_of(of(file));
    return SQLITE_OK;
}

int nobody_reserved(sqlite3_file*, int* reserved) {
    *reserved = 0;
    return SQLITE_OK;
}

/// Version 1 has no shared memory: SQLite keeps the log's index on the heap.
constexpr sqlite3_io_methods methods{1,       close_file, read_file, refuse_write, refuse_truncate,
                                     grant,   file_size,  grant,     grant,        nobody_reserved,
                                     control, device,     device,    nullptr,      nullptr,
                                     nullptr, nullptr,    nullptr,   nullptr};

}  // namespace

struct SealedDatabase::Vfs {
    Vfs(const std::filesystem::path& file, const std::string& wal)
        : descriptor(open_to_read(file)), log(wal), standard(sqlite3_vfs_find(nullptr)), vfs(*standard) {
        name = "tocsin-sealed-" + std::to_string(reinterpret_cast<std::uintptr_t>(this));
        vfs.iVersion = 1;
        vfs.szOsFile = sizeof(OpenFile);
        vfs.pNext = nullptr;
        vfs.zName = name.c_str();
        vfs.pAppData = this;
        vfs.xOpen = open;
        vfs.xDelete = remove;
        vfs.xAccess = access;
        vfs.xFullPathname = full_path;
        sqlite3_vfs_register(&vfs, 0);
    }
    ~Vfs() { sqlite3_vfs_unregister(&vfs); }
    Vfs(const Vfs&) = delete;
    Vfs& operator=(const Vfs&) = delete;

    static Vfs& of(sqlite3_vfs* vfs) { return *static_cast<Vfs*>(vfs->pAppData); }

    static int open(sqlite3_vfs* vfs, const char*, sqlite3_file* file, int flags, int* given) {
        file->pMethods = nullptr;
        const bool is_log = (flags & SQLITE_OPEN_WAL) != 0;
        if (!is_log && (flags & SQLITE_OPEN_MAIN_DB) == 0) return SQLITE_CANTOPEN;
        OpenFile& opened = sqlite::of(file);
        opened.descriptor = is_log ? -1 : of(vfs).descriptor.number();
        opened.log = is_log ? std::string_view(of(vfs).log) : std::string_view();
        opened.base.pMethods = &methods;
        if (given != nullptr)
            *given = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
        return SQLITE_OK;
    }
    static int remove(sqlite3_vfs*, const char*, int) { return SQLITE_READONLY; }
    static int access(sqlite3_vfs* vfs, const char* path, int, int* found) {
        *found = std::string_view(path).ends_with("-wal") && !of(vfs).log.empty() ? 1 : 0;
        return SQLITE_OK;
    }
    static int full_path(sqlite3_vfs*, const char* path, int bytes, char* out) {
        sqlite3_snprintf(bytes, out, "%s", path);
        return SQLITE_OK;
    }

    Descriptor descriptor;
    const std::string& log;
    sqlite3_vfs* standard;
    sqlite3_vfs vfs;
    std::string name;
};

SealedDatabase::SealedDatabase(const std::filesystem::path& file, const std::string& wal)
    : vfs_(std::make_unique<Vfs>(file, wal)),
      database_(std::make_unique<SQLite::Database>(file.string(), SQLite::OPEN_READONLY, 0, vfs_->name)) {
    pragma(*database_, "locking_mode=EXCLUSIVE");  // before the first read: no shared memory then
    harden_reader(*database_);
}

SealedDatabase::~SealedDatabase() = default;

}  // namespace tocsin::daemon::sqlite
