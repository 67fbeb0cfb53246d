// SPDX-License-Identifier: Apache-2.0
#include "cli/output/new_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "common/core/exit_status.hpp"
#include "common/core/uuid.hpp"

namespace tocsin::cli::output {
namespace {

using core::Code;
using core::Exit;
using core::ExitStatus;

/// Written back as it grows: a sync of all at the end would keep the disk from others for long.
constexpr std::uint64_t write_back_bytes = 4U << 20;

std::string why(int number) { return std::generic_category().message(number); }

Exit cant_create(const std::filesystem::path& file, const std::string& reason) {
    return {ExitStatus::cant_create, Code::internal, "can't create '" + file.string() + "' (" + reason + ")",
            "name a file in a folder that exists and that you may write to, or - for standard output"};
}

Exit cant_write(const std::filesystem::path& file, int number) {
    return {ExitStatus::io, Code::internal, "can't write '" + file.string() + "' (" + why(number) + ")",
            "make room, or use another disk"};
}

/// What a link names, which takes the file's place.
std::filesystem::path behind_link(const std::filesystem::path& target) {
    std::error_code error;
    auto file = std::filesystem::weakly_canonical(target, error);
    if (error) throw cant_create(target, error.message());
    return file;
}

void expect_plain_file(const std::filesystem::path& target) {
    std::error_code error;
    const auto kind = std::filesystem::status(target, error).type();
    if (kind == std::filesystem::file_type::directory) throw cant_create(target, "it is a folder");
    if (kind != std::filesystem::file_type::not_found && kind != std::filesystem::file_type::regular &&
        !error)
        throw cant_create(target, "it is there, and no plain file");
}

/// An absolute path's, or that of a name alone.
std::filesystem::path folder_of(const std::filesystem::path& target) {
    return target.has_parent_path() ? target.parent_path() : ".";
}

std::filesystem::path passing_name(const std::filesystem::path& target) {
    return target.parent_path() / (".tocsin." + std::to_string(core::random_bits()));
}

}  // namespace

NewFile::NewFile(const std::filesystem::path& target, Access access) {
    if (!target.has_filename()) throw cant_create(target, "it is a folder");
    std::error_code unknown;  // then the file can't be made either, which says why
    target_ = std::filesystem::is_symlink(target, unknown) ? behind_link(target) : target;
    expect_plain_file(target_);
    make(access);
}

NewFile::~NewFile() {
    if (descriptor_ >= 0) close(descriptor_);
    if (!passing_.empty()) unlink(passing_.c_str());
}

void NewFile::make(Access access) {
    const mode_t mode = access == Access::owner ? 0600 : 0666;
    descriptor_ = open(folder_of(target_).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
    const bool cannot = descriptor_ < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL);
    if (cannot) {
        passing_ = passing_name(target_);
        descriptor_ = open(passing_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    }
    if (descriptor_ >= 0) return;
    passing_.clear();
    throw cant_create(target_, why(errno));
}

void NewFile::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw cant_write(target_, errno);
        bytes.remove_prefix(static_cast<std::size_t>(count));
        size_ += static_cast<std::uint64_t>(count);
    }
    if (size_ - given_back_ >= 2 * write_back_bytes) write_back();
}

/// Starts writing the newest part and waits for the one before. Errors come back at the sync.
void NewFile::write_back() {
    const auto from = static_cast<off_t>(given_back_);
    const auto part = static_cast<off_t>(write_back_bytes);
    sync_file_range(descriptor_, from + part, part, SYNC_FILE_RANGE_WRITE);
    sync_file_range(descriptor_, from, part,
                    SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
    given_back_ += write_back_bytes;
}

void NewFile::publish(Sync sync) {
    if (sync == Sync::yes && fsync(descriptor_) != 0) throw cant_write(target_, errno);
    if (!passing_.empty() || link_to(target_) != 0) take_place();
    if (sync == Sync::yes) sync_folder();
}

/// What has the name already can only be replaced by a rename.
void NewFile::take_place() {
    if (passing_.empty()) {
        const std::filesystem::path name = passing_name(target_);
        if (const int number = link_to(name); number != 0) throw cant_create(target_, why(number));
        passing_ = name;
    }
    if (rename(passing_.c_str(), target_.c_str()) != 0) throw cant_create(target_, why(errno));
    passing_.clear();
}

/// Gives the file without a name this one. 0, or the error.
int NewFile::link_to(const std::filesystem::path& name) const {
    const std::string self = "/proc/self/fd/" + std::to_string(descriptor_);
    return linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
}

void NewFile::sync_folder() const {
    const int folder = open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = folder >= 0 && fsync(folder) == 0;
    const int number = errno;
    if (folder >= 0) close(folder);
    if (!synced) throw cant_write(target_, number);
}

}  // namespace tocsin::cli::output
