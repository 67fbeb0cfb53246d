// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/helper_program.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "common/core/exit_status.hpp"
#include "common/core/paths.hpp"

namespace tocsin::cli::commands {

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
    const std::string folder = core::program_folder();  // both lie in one folder as built
    become({folder + "/tocsind", folder + "/../sbin/tocsind"}, "tocsin", {call.verb}, call, "tocsind");
}

}  // namespace tocsin::cli::commands
