// SPDX-License-Identifier: Apache-2.0
#include "common/core/paths.hpp"

#include <unistd.h>

#include <array>

namespace tocsin::core {

std::string host_name() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
    return name.data();
}

std::string program_folder() {
    std::array<char, 4096> path{};
    const ssize_t length = readlink("/proc/self/exe", path.data(), path.size() - 1);
    if (length <= 0) return "/usr/bin";
    const std::string self(path.data(), static_cast<std::size_t>(length));
    return self.substr(0, self.rfind('/'));
}

std::string default_source(std::string_view user, std::string_view program) {
    static const std::string host = host_name();
    std::string source = "//" + host + "/";
    source += user;
    if (!program.empty()) {
        source += '/';
        source += program;
    }
    return source;
}

}  // namespace tocsin::core
