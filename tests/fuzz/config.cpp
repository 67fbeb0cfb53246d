// SPDX-License-Identifier: Apache-2.0
// A configuration file: read without harm, and what `config show` prints of it means the same.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/core/error.hpp"
#include "daemon/app/config_reader.hpp"
#include "daemon/app/config_show.hpp"
#include "tests/fuzz/check.hpp"

namespace {

using namespace tocsin;
using daemon::app::Reading;

/// A file in memory, with a path by which it can be opened.
class MemoryFile {
 public:
    explicit MemoryFile(std::string_view text) : descriptor_(memfd_create("config", MFD_CLOEXEC)) {
        const bool written =
            write(descriptor_, text.data(), text.size()) == static_cast<ssize_t>(text.size());
        fuzz::check(written, "the file is made");
    }
    ~MemoryFile() { close(descriptor_); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
    int descriptor_;
};

Reading read(std::string_view text) {
    const MemoryFile file(text);
    return daemon::app::read_config({.file = file.path()});
}

/// Settings as `key = value` lines, without where they come from.
std::string values(const Reading& reading) {
    std::string lines;
    for (const auto& [key, setting] : reading.settings)
        lines += key + " = " + daemon::app::to_toml(setting.value) + "\n";
    return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Reading reading = read({reinterpret_cast<const char*>(data), size});
    for (const auto& mistake : reading.mistakes)
        fuzz::check(!mistake.message.empty(), "a mistake says what is wrong");
    if (!reading.mistakes.empty()) return 0;
    const std::string shown = daemon::app::show_toml(reading);
    if (shown.find("***") != std::string::npos) return 0;  // secrets are masked, and can't be read back
    const Reading again = read(shown);
    fuzz::check(again.mistakes.empty(), "what is shown can be read", shown);
    fuzz::check(values(reading) == values(again), "what is shown means the same", shown);
    return 0;
}
