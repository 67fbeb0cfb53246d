// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/helper_program.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "common/core/exit_status.hpp"

namespace tocsin::cli::commands {

std::string own_folder() {
    std::array<char, 4096> path{};
    const ssize_t length = readlink("/proc/self/exe", path.data(), path.size() - 1);
    if (length <= 0) return "/usr/bin";
    const std::string self(path.data(), static_cast<std::size_t>(length));
    return self.substr(0, self.rfind('/'));
}

void become(const std::vector<std::string>& programs, std::string_view name, std::vector<std::string> words,
            const Call& call, std::string_view package) {
    words.insert(words.begin(), std::string(name));
    words.insert(words.end(), call.words.begin(), call.words.end());
    if (call.literal) {
        words.emplace_back("--");
        words.insert(words.end(), call.literal->begin(), call.literal->end());
    }
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    for (const std::string& program : programs) execv(program.c_str(), arguments.data());
    throw core::Exit(core::ExitStatus::no_service, core::Code::unavailable,
                     "can't run " + programs.back() + " (" + std::generic_category().message(errno) + ")",
                     "install the package " + std::string(package) + ", which brings it");
}

void become_tocsind(const Call& call) {
    const std::string folder = own_folder();  // both lie in one folder as built
    become({folder + "/tocsind", folder + "/../sbin/tocsind"}, "tocsin", {call.verb}, call, "tocsind");
}

}  // namespace tocsin::cli::commands
