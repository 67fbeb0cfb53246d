// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/file_bytes.hpp"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>
#include <vector>

#include "common/core/exit_status.hpp"

namespace tocsin::daemon::sqlite {
namespace {

using core::Code;
using core::Exit;
using core::ExitStatus;

std::string reason(int number) { return std::generic_category().message(number); }

Exit failed(const std::string& what, const std::filesystem::path& file, int number) {
    return {ExitStatus::io, Code::unavailable, "can't " + what + " " + file.string() + ": " + reason(number),
            "check the disk, its free space and the file's permissions"};
}

void write_all(int descriptor, std::string_view bytes, const std::filesystem::path& file) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
        if (count >= 0)
            bytes.remove_prefix(static_cast<std::size_t>(count));
        else if (errno != EINTR)
            throw failed("write", file, errno);
    }
}

/// How many bytes came; 0 at the end.
std::size_t read_some(int descriptor, char* space, std::size_t bytes, const std::filesystem::path& file) {
    while (true) {
        const ssize_t count = ::read(descriptor, space, bytes);
        if (count >= 0) return static_cast<std::size_t>(count);
        if (errno != EINTR) throw failed("read", file, errno);
    }
}

}  // namespace

Descriptor open_to_read(const std::filesystem::path& file) {
    Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (descriptor) return descriptor;
    if (errno == ENOENT || errno == ENOTDIR)
        throw Exit(ExitStatus::no_input, Code::not_found, "there is no " + file.string(),
                   "name the right one; --state names the folder of a store");
    throw failed("open", file, errno);
}

std::string read_file(const std::filesystem::path& file, IfMissing if_missing) {
    std::error_code error;
    if (if_missing == IfMissing::empty && !std::filesystem::exists(file, error) && !error) return {};
    const Descriptor descriptor = open_to_read(file);
    constexpr std::size_t piece = 1U << 20;
    std::string bytes;
    while (true) {
        const std::size_t size = bytes.size();
        bytes.resize(size + piece);
        const std::size_t count = read_some(descriptor.number(), bytes.data() + size, piece, file);
        bytes.resize(size + count);
        if (count == 0) return bytes;
    }
}

void copy_to_new_file(int from, const std::filesystem::path& from_name, const std::filesystem::path& to) {
    const Descriptor out(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!out) throw failed("create", to, errno);
    std::vector<char> piece(1U << 20);
    while (const std::size_t count = read_some(from, piece.data(), piece.size(), from_name))
        write_all(out.number(), {piece.data(), count}, to);
    if (::fsync(out.number()) != 0) throw failed("sync", to, errno);
}

void sync_folder(const std::filesystem::path& folder) {
    const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!descriptor || ::fsync(descriptor.number()) != 0) throw failed("sync", folder, errno);
}

std::uint64_t free_bytes_at(const std::filesystem::path& path) {
    struct statvfs info {};
    if (statvfs(path.c_str(), &info) != 0) throw failed("look at the file system of", path, errno);
    return std::uint64_t{info.f_bavail} * info.f_frsize;
}

void require_room_for_copy(const std::filesystem::path& file, const std::filesystem::path& folder,
                           const std::string& what, const std::string& hint) {
    std::error_code error;
    const auto bytes = std::filesystem::file_size(file, error);
    if (error || free_bytes_at(folder) >= bytes) return;
    throw Exit(
        ExitStatus::io, Code::unavailable,
        what + " " + std::to_string(bytes) + " bytes, and " + folder.string() + " has no room for them",
        hint);
}

}  // namespace tocsin::daemon::sqlite
