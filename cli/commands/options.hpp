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

#include "cli/commands/call.hpp"
#include "cli/output/console.hpp"
#include "common/core/exit_status.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own
class App;
}

namespace tocsin::cli::commands {

/// A usage error: exit 64, with a pointer to the verb's help.
core::Exit usage_error(std::string_view verb, const std::string& what);

struct Synopsis {
    std::string_view words;     ///< behind `tocsin VERB [OPTIONS]`
    std::string_view summary;   ///< a sentence
    std::string_view examples;  ///< and whatever else stands below the options
};

/// Thread rule: one thread. The targets must outlive `read`.
class Options {
 public:
    Options(const Call& call, const Synopsis& synopsis);
    ~Options();
    Options(const Options&) = delete;
    Options& operator=(const Options&) = delete;

    Options& flag(const std::string& name, bool& target, const std::string& help);
    Options& text(const std::string& name, const std::string& kind, std::optional<std::string>& target,
                  const std::string& help);
    Options& number(const std::string& name, std::optional<std::uint64_t>& target, const std::string& help);
    Options& duration(const std::string& name, std::chrono::milliseconds& target, const std::string& help);
    Options& json(output::Form& target, const std::string& help);

    /// The positional words; nothing when help was asked for, and has been given on stdout.
    /// Throws a usage error for what it does not know.
    std::optional<std::vector<std::string>> read(output::Console& console);

    /// For commands without positional words: false when help was given.
    bool read_no_words(output::Console& console);

    /// Where the daemon listens. After `read`.
    std::string socket() const;

 private:
    void parse();
    const Call& call_;
    std::unique_ptr<CLI::App> app_;
    std::optional<std::string> socket_;
    bool help_ = false;
};

}  // namespace tocsin::cli::commands
