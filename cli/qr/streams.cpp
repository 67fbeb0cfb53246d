// SPDX-License-Identifier: Apache-2.0
#include "cli/qr/streams.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "common/core/exit_status.hpp"
#include "common/core/uuid.hpp"

namespace tocsin::cli::qr {
namespace {

constexpr std::size_t max_input_bytes = 1 << 20;

std::string why(int error) { return std::generic_category().message(error); }

[[noreturn]] void failed(core::ExitStatus status, const std::string& what, int error, const char* hint) {
    throw core::Exit(status, core::Code::internal, what + ": " + why(error), hint);
}

/// 0, or the error.
int write_all(int descriptor, std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        const ssize_t written = write(descriptor, bytes.data(), bytes.size());
        if (written >= 0)
            bytes.remove_prefix(static_cast<std::size_t>(written));
        else if (errno != EINTR)
            return errno;
    }
    return 0;
}

/// A file under a passing name, gone with its owner unless it was published.
class Draft {
 public:
    explicit Draft(std::filesystem::path target) : target_(std::move(target)) {
        do {
            path_ = target_.parent_path() / (".tocsin-qr." + std::to_string(core::random_bits()));
            descriptor_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        } while (descriptor_ < 0 && errno == EEXIST);
        if (descriptor_ < 0) cant_create(errno);
    }
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;
    ~Draft() {
        if (descriptor_ >= 0) close(descriptor_);
        if (!path_.empty()) unlink(path_.c_str());
    }

    void fill(std::string_view bytes) {
        int error = write_all(descriptor_, bytes);
        if (error == 0 && fsync(descriptor_) != 0) error = errno;
        if (close(std::exchange(descriptor_, -1)) != 0 && error == 0) error = errno;
        if (error != 0)
            failed(core::ExitStatus::io, "can't write '" + target_.string() + "'", error,
                   "make room, or use another disk");
    }

    void publish() {
        if (rename(path_.c_str(), target_.c_str()) != 0) cant_create(errno);
        path_.clear();
    }

 private:
    [[noreturn]] void cant_create(int error) const {
        failed(core::ExitStatus::cant_create, "can't create '" + target_.string() + "'", error,
               "name a file in a folder that exists and that you may write to");
    }

    std::filesystem::path target_;
    std::filesystem::path path_;
    int descriptor_ = -1;
};

}  // namespace

std::string read_standard_input() {
    std::string text;
    std::array<char, 16384> part;
    while (true) {
        const ssize_t size = read(STDIN_FILENO, part.data(), part.size());
        if (size == 0) return text;
        if (size < 0 && errno == EINTR) continue;
        if (size < 0)
            failed(core::ExitStatus::io, "can't read standard input", errno, "give the text as an argument");
        text.append(part.data(), static_cast<std::size_t>(size));
        if (text.size() > max_input_bytes)
            throw core::Error(core::Code::too_large, "the text is too long for a QR code: over 1 MiB came in",
                              "shorten it");
    }
}

void write_standard_output(std::string_view bytes) {
    const int error = write_all(STDOUT_FILENO, bytes);
    if (error == 0) return;
    const auto status = error == EPIPE ? core::ExitStatus::broken_pipe : core::ExitStatus::io;
    failed(status, "can't write to standard output", error, "write a file with -o");
}

void write_file(const std::filesystem::path& file, std::string_view bytes) {
    Draft draft(file);
    draft.fill(bytes);
    draft.publish();
}

}  // namespace tocsin::cli::qr
