// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/options.hpp"
#include "cli/commands/verbs.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Synopsis synopsis{"", "Print the version of this program; tocsin status tells the daemon's.",
                            R"(Examples:
  tocsin version
  tocsin version --json
)"};

}  // namespace

core::ExitStatus version(const Call& call, output::Console& console) {
    output::Form form = output::Form::human;
    Options options(call, synopsis);
    options.json(form, "Print it as JSON");
    if (!options.read_no_words(console)) return core::ExitStatus::ok;
    console.out().line(form == output::Form::json ? R"({"version":")" TOCSIN_VERSION R"("})"
                                                  : "tocsin " TOCSIN_VERSION);
    return core::ExitStatus::ok;
}

}  // namespace tocsin::cli::commands
