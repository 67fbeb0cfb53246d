// SPDX-License-Identifier: Apache-2.0
#include "cli/qr/qrencode/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "common/core/descriptor.hpp"
#include "common/core/exit_status.hpp"

namespace tocsin::cli::qr::qrencode {
namespace {

using core::Code;
using core::Exit;
using core::ExitStatus;

std::string why(int number) { return std::generic_category().message(number); }

void write_over(const output::NamedBytes& file) {
    core::Descriptor descriptor(open(file.file.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
    if (!descriptor)
        throw Exit(ExitStatus::cant_create, Code::internal,
                   "can't open '" + file.file.string() + "' (" + why(errno) + ")",
                   "name a file that you may write to");
    std::string_view rest = file.bytes;
    ssize_t written = 0;
    while (!rest.empty() && (written >= 0 || errno == EINTR)) {
        written = write(descriptor.number(), rest.data(), rest.size());
        rest.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
    }
    if (written < 0 || !descriptor.close())
        throw Exit(errno == EPIPE ? ExitStatus::broken_pipe : ExitStatus::io, Code::internal,
                   "can't write to '" + file.file.string() + "' (" + why(errno) + ")",
                   "make room, or use another file");
}

/// Names of open descriptors may lead to a file, and whoever opened it would be left with the old one.
bool names_descriptor(const std::string& name) noexcept {
    return name.starts_with("/dev/fd/") || name.starts_with("/dev/std") || name.starts_with("/proc/");
}

bool must_be_written_over(const std::filesystem::path& file) {
    if (names_descriptor(file.string())) return true;
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) return false;
    const auto target = std::filesystem::canonical(file, error);
    return !error && access(target.parent_path().c_str(), W_OK | X_OK) != 0;
}

/// Narrows the umask so that no file gets permissions that the one before did not have.
class Permissions {
 public:
    explicit Permissions(const std::vector<output::NamedBytes>& files) : before_(umask(0)) {
        mode_t common = ~before_ & 0777U;
        bool found = false;
        for (const output::NamedBytes& file : files) {
            struct stat status {};
            if (stat(file.file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
            common = found ? common & status.st_mode : status.st_mode;
            found = true;
        }
        umask(~common & 0777U);
    }
    ~Permissions() { umask(before_); }
    Permissions(const Permissions&) = delete;
    Permissions& operator=(const Permissions&) = delete;

 private:
    mode_t before_;
};

}  // namespace

void write_as_qrencode(const std::vector<output::NamedBytes>& files) {
    std::vector<output::NamedBytes> new_files;
    for (const output::NamedBytes& file : files) {
        if (file.file.empty())
            throw Exit(ExitStatus::cant_create, Code::internal, "can't create '' (it is no name)",
                       "give a name, or - for standard output");
        if (must_be_written_over(file.file))
            write_over(file);
        else
            new_files.push_back(file);
    }
    const Permissions permissions(new_files);
    output::write_files(new_files);
}

std::string numbered_name(const std::string& name, std::string_view ending, int number) {
    const std::string mark = (number < 10 ? "-0" : "-") + std::to_string(number);
    if (name.size() <= ending.size()) return name + mark;
    const std::size_t stem = name.size() - ending.size();
    const bool same = std::ranges::equal(
        ending, std::string_view(name).substr(stem),
        [](unsigned char wanted, unsigned char found) { return wanted == std::tolower(found); });
    return same ? name.substr(0, stem) + mark + name.substr(stem) : name + mark;
}

}  // namespace tocsin::cli::qr::qrencode
