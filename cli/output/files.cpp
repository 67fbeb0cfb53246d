// SPDX-License-Identifier: Apache-2.0
#include "cli/output/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>

#include "cli/output/new_file.hpp"
#include "common/core/descriptor.hpp"
#include "common/core/exit_status.hpp"

namespace tocsin::cli::output {
namespace {

using core::Code;
using core::Exit;
using core::ExitStatus;

std::string why(int number) { return std::generic_category().message(number); }

std::string size_text(std::size_t bytes) { return std::to_string(bytes >> 20U) + " MiB"; }

std::string read_all(int descriptor, const std::string& name, std::size_t max_bytes) {
    std::string text;
    std::array<char, 65536> part;
    while (true) {
        const ssize_t size = read(descriptor, part.data(), part.size());
        if (size == 0) return text;
        if (size < 0 && errno == EINTR) continue;
        if (size < 0)
            throw Exit(ExitStatus::io, Code::internal, "can't read " + name + " (" + why(errno) + ")",
                       "name a file that can be read");
        text.append(part.data(), static_cast<std::size_t>(size));
        if (text.size() > max_bytes)
            throw core::Error(Code::too_large,
                              name + " is too long: more than " + size_text(max_bytes) + " came",
                              "shorten it");
    }
}

bool is_no_plain_file(const std::filesystem::path& file) {
    struct stat status {};
    return stat(file.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

void write_to(const std::filesystem::path& file, std::string_view bytes) {
    const core::Descriptor descriptor(open(file.c_str(), O_WRONLY | O_CLOEXEC));
    if (!descriptor)
        throw Exit(ExitStatus::cant_create, Code::internal,
                   "can't open '" + file.string() + "' (" + why(errno) + ")",
                   "name a file that you may write to");
    while (!bytes.empty()) {
        const ssize_t written = write(descriptor.number(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0)
            throw Exit(errno == EPIPE ? ExitStatus::broken_pipe : ExitStatus::io, Code::internal,
                       "can't write to '" + file.string() + "' (" + why(errno) + ")",
                       "make room, or use another file");
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace

std::string read_standard_input(std::size_t max_bytes) {
    return read_all(STDIN_FILENO, "standard input", max_bytes);
}

std::string read_file(const std::string& name, std::size_t max_bytes) {
    if (name == "-") return read_standard_input(max_bytes);
    const core::Descriptor file(open(name.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file)
        throw Exit(ExitStatus::no_input, Code::not_found, "can't open '" + name + "' (" + why(errno) + ")",
                   "name a file that you may read");
    return read_all(file.number(), "'" + name + "'", max_bytes);
}

void write_files(const std::vector<NamedBytes>& files) {
    std::vector<std::unique_ptr<NewFile>> made;
    for (const auto& [file, bytes] : files) {
        if (is_no_plain_file(file)) {
            write_to(file, bytes);
            continue;
        }
        made.push_back(std::make_unique<NewFile>(file, NewFile::Access::by_umask));
        made.back()->write(bytes);
    }
    for (const auto& file : made) file->publish(NewFile::Sync::no);
}

}  // namespace tocsin::cli::output
