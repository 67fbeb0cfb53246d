// SPDX-License-Identifier: Apache-2.0
// A command's options and help. Positional words pass by untouched: CLI11 2.1 takes the brackets off `[1,2]`.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/output/console.hpp"
#include "common/core/exit_status.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own
class App;
}

namespace tocsin::cli::words {

/// What a command was given: everything behind its name.
struct Line {
    std::string command;                              ///< behind `tocsin`: `emit`, `qr batch`
    std::vector<std::string> words;                   ///< up to the first `--`
    std::optional<std::vector<std::string>> literal;  ///< behind the first `--`: never options
};

/// A usage error: exit 64, with a pointer to the command's help.
core::Exit usage_error(std::string_view command, const std::string& what);

struct Synopsis {
    std::string_view words;     ///< behind `tocsin COMMAND [OPTIONS]`
    std::string_view summary;   ///< a sentence
    std::string_view examples;  ///< and whatever else stands below the options
};

/// Thread rule: one thread. The line and the targets must outlive `read`.
class Options {
 public:
    Options(const Line& line, const Synopsis& synopsis);
    ~Options();
    Options(const Options&) = delete;
    Options& operator=(const Options&) = delete;

    /// The heading in the help under which the options that follow stand.
    Options& group(const std::string& name);

    Options& flag(const std::string& name, bool& target, const std::string& help);
    Options& text(const std::string& name, const std::string& kind, std::optional<std::string>& target,
                  const std::string& help);
    /// An option that may be given several times.
    Options& texts(const std::string& name, const std::string& kind, std::vector<std::string>& target,
                   const std::string& help);
    Options& number(const std::string& name, std::optional<std::uint64_t>& target, const std::string& help);
    Options& duration(const std::string& name, std::chrono::milliseconds& target, const std::string& help);
    Options& json(output::Form& target, const std::string& help);

    /// The positional words; nothing when help was asked for, and has been given on stdout.
    /// Throws a usage error for what it does not know.
    std::optional<std::vector<std::string>> read(output::Console& console);

    /// For commands without positional words: false when help was given.
    bool read_no_words(output::Console& console);

 private:
    void parse();

    const Line& line_;
    std::unique_ptr<CLI::App> app_;
    std::string group_ = "Options";
    bool help_ = false;
};

}  // namespace tocsin::cli::words
