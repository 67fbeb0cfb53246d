// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "cli/commands/verbs.hpp"

namespace tocsin::cli::commands {
namespace {

using core::Code;
using core::ExitStatus;

/// `libexec/tocsin/tocsin-qr` beside the folder of this program, as installed and as built.
std::string helper_path() {
    std::array<char, 4096> path{};
    const ssize_t length = readlink("/proc/self/exe", path.data(), path.size() - 1);
    if (length <= 0) return "/usr/libexec/tocsin/tocsin-qr";
    const std::string self(path.data(), static_cast<std::size_t>(length));
    return self.substr(0, self.rfind('/')) + "/../libexec/tocsin/tocsin-qr";
}

}  // namespace

/// The helper reads the words itself: pictures need libraries that this program does not load.
ExitStatus qr(const Call& call, output::Console&) {
    std::vector<std::string> words{helper_path()};
    words.insert(words.end(), call.words.begin(), call.words.end());
    if (call.literal) {
        words.emplace_back("--");
        words.insert(words.end(), call.literal->begin(), call.literal->end());
    }
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    execv(words.front().c_str(), arguments.data());
    throw core::Exit(ExitStatus::no_service, Code::unavailable,
                     "can't run " + words.front() + " (" + std::generic_category().message(errno) + ")",
                     "install the package tocsin, which brings it");
}

}  // namespace tocsin::cli::commands
