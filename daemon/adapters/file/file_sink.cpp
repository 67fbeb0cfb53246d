// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/file/file_sink.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace tocsin::daemon::file {
namespace {

using pipeline::Delivery;
using pipeline::Verdict;

constexpr mode_t file_mode = 0640;

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// Behind the last line's end, looked for from the file's end.
std::uint64_t end_of_whole_lines(int file, std::uint64_t size) {
    std::array<char, 4096> part{};
    for (std::uint64_t end = size; end > 0;) {
        const std::uint64_t begin = end > part.size() ? end - part.size() : 0;
        const ssize_t count = pread(file, part.data(), end - begin, static_cast<off_t>(begin));
        if (count != static_cast<ssize_t>(end - begin)) fail("read");
        const std::string_view text(part.data(), static_cast<std::size_t>(count));
        if (const std::size_t line_end = text.rfind('\n'); line_end != std::string_view::npos)
            return begin + line_end + 1;
        end = begin;
    }
    return 0;
}

std::filesystem::path numbered(const std::filesystem::path& path, std::uint32_t number) {
    return path.string() + "." + std::to_string(number);
}

/// When the file was made, as the file system remembers; the epoch's begin where it does not.
core::Timestamp birth_of(int file) {
    struct statx info {};
    if (statx(file, "", AT_EMPTY_PATH, STATX_BTIME, &info) != 0 || (info.stx_mask & STATX_BTIME) == 0)
        return {};
    return core::from_microseconds(info.stx_btime.tv_sec * 1'000'000 + info.stx_btime.tv_nsec / 1000);
}

void sync_folder(const std::filesystem::path& path) {
    const core::Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder) fsync(folder.number());
}

}  // namespace

FileSink::FileSink(Options options, const core::Clock& clock) : options_(std::move(options)), clock_(clock) {}

Delivery FileSink::deliver(std::span<const pipeline::Message> messages, const pipeline::Occasion&,
                           std::stop_token) {
    std::string lines;
    for (const pipeline::Message& message : messages) (lines += message.body) += '\n';
    const std::lock_guard lock(mutex_);
    try {
        if (is_stale_.exchange(false) || !file_) open();
        rotate_if_due(lines.size());
        write(lines);
    } catch (const std::system_error& error) {
        file_.close();
        return {.verdict = Verdict::sink_down,
                .result = options_.path.string() + ": " + error.what(),
                .output = {},
                .errors = {}};
    }
    return {.verdict = Verdict::delivered, .result = "written", .output = {}, .errors = {}};
}

void FileSink::open() {
    core::Descriptor file(::open(options_.path.c_str(),
                                 O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, file_mode));
    if (!file) fail("open");
    struct stat info {};
    if (fstat(file.number(), &info) != 0) fail("stat");
    if (!S_ISREG(info.st_mode)) {
        errno = EINVAL;
        fail("it is no regular file");
    }
    const auto size = static_cast<std::uint64_t>(info.st_size);
    const std::uint64_t whole = end_of_whole_lines(file.number(), size);
    if (whole < size && ftruncate(file.number(), static_cast<off_t>(whole)) != 0) fail("truncate");
    if (size == 0) fchmod(file.number(), file_mode);  // whatever the umask is just now
    if (whole == 0 && options_.sync) sync_folder(options_.path.parent_path());
    begun_ = whole == 0 ? clock_.now() : birth_of(file.number());
    size_bytes_ = whole;
    file_ = std::move(file);
}

/// PATH.1 becomes PATH.2 and so on; what is beyond `keep` goes.
void FileSink::rotate_if_due(std::uint64_t more_bytes) {
    const bool is_large = options_.rotate_bytes > 0 && size_bytes_ + more_bytes > options_.rotate_bytes;
    const bool is_old = options_.rotate_age.count() > 0 && clock_.now() - begun_ >= options_.rotate_age;
    if (size_bytes_ == 0 || (!is_large && !is_old)) return;
    std::error_code none;
    for (std::uint32_t number = options_.keep; number > 1; --number)
        std::filesystem::rename(numbered(options_.path, number - 1), numbered(options_.path, number), none);
    if (options_.keep > 0) {
        std::filesystem::rename(options_.path, numbered(options_.path, 1));
    } else {
        std::filesystem::remove(options_.path);
    }
    open();
}

/// All lines, or the file as it was.
void FileSink::write(std::string_view lines) {
    for (std::string_view rest = lines; !rest.empty();) {
        const ssize_t count = ::write(file_.number(), rest.data(), rest.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            const int why = errno;
            if (ftruncate(file_.number(), static_cast<off_t>(size_bytes_)) != 0) file_.close();
            errno = why;
            fail("write");
        }
        rest.remove_prefix(static_cast<std::size_t>(count));
    }
    if (options_.sync && fdatasync(file_.number()) != 0) fail("sync");
    size_bytes_ += lines.size();
}

}  // namespace tocsin::daemon::file
