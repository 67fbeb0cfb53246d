// SPDX-License-Identifier: Apache-2.0
#include "cli/qr/arguments.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "common/core/exit_status.hpp"

namespace tocsin::cli::qr {
namespace {

constexpr const char* description =
    "Makes a QR code: on the terminal, or as a PNG or SVG file. It needs no daemon.";

constexpr const char* footer =
    R"(The text is encoded exactly as given, with the line end that a pipe may bring.
At level M a code holds up to 2331 bytes.
On a terminal the code is black on white. With NO_COLOR set, or when the output
is no terminal, it is plain text whose blocks are the light parts: it can be
scanned where text is light on a dark background.

Examples:
  tocsin qr https://example.org
  tocsin qr https://example.org -o code.svg
  tocsin qr -l H -o label.png 'Machine 7'
  tocsin qr -- --help                  any word after -- is the text
  printf 'from a pipe' | tocsin qr -

Exit status: 0 done, 64 wrong usage, 65 no text or too much of it,
73 the file can't be created, 74 reading or writing failed.)";

constexpr const char* see_help = "see 'tocsin qr --help'";

[[noreturn]] void misused(const std::string& what, const std::string& hint) {
    throw core::Exit(core::ExitStatus::usage, core::Code::invalid, what, hint);
}

class Layout : public CLI::Formatter {
 public:
    std::string make_usage(const CLI::App*, std::string name) const override {
        return "Usage: " + name + " [OPTIONS] [--] TEXT\n";
    }
};

struct Words {
    std::string level = "M";
    std::string file;
    std::vector<std::string> texts;
};

void run_cli11(CLI::App& app, std::span<const char* const> words) {
    std::vector<std::string> reversed(words.rbegin(), words.rend());  // the order that CLI11 takes
    try {
        app.parse(std::move(reversed));
    } catch (const CLI::ExtrasError& error) {
        misused(std::string("wrong usage: ") + error.what(),
                "quote a text with spaces, and put -- before one that starts with '-'");
    } catch (const CLI::CallForHelp&) {
        throw;
    } catch (const CLI::ParseError& error) {
        misused(std::string("wrong usage: ") + error.what(), see_help);
    }
}

/// All that stands before the first `--`. Gives help when that was asked for.
std::optional<Help> read_options(std::span<const char* const> words, Words& into) {
    std::string text;
    CLI::App app(description, "tocsin qr");
    app.formatter(std::make_shared<Layout>());
    app.footer(footer);
    app.set_help_flag("-h,--help", "Show this help");
    app.add_option("-o,--output", into.file, "Write a file ending in .png or .svg")->type_name("FILE");
    app.add_option("-l,--level", into.level, "Error correction: restores 7, 15, 25 or 30 % (default M)")
        ->type_name("L|M|Q|H");
    const auto* positional = app.add_option("TEXT", text, "The text; - reads standard input")->type_name("");
    try {
        run_cli11(app, words);
    } catch (const CLI::CallForHelp&) {
        return Help{app.help()};
    }
    if (positional->count() > 0) into.texts.push_back(std::move(text));
    return std::nullopt;
}

tocsin::qr::Level level_of(const std::string& word) {
    if (const auto level = tocsin::qr::level_named(word)) return *level;
    misused("'" + word + "' is no level: it is none of L, M, Q and H", "use -l M, or leave it out");
}

Format format_of(const std::filesystem::path& file) {
    std::string ending = file.string();
    ending.erase(0, ending.size() - std::min<std::size_t>(ending.size(), 4));
    std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return std::tolower(c); });
    if (ending == ".png") return Format::png;
    if (ending == ".svg") return Format::svg;
    misused("can't tell the format of '" + file.string() + "': it ends in neither .png nor .svg",
            "give the file one of these two endings");
}

}  // namespace

std::variant<Job, Help> parse(int argc, const char* const* argv) {
    const std::span words(argv + 1, static_cast<std::size_t>(std::max(argc - 1, 0)));
    const auto dashes =
        std::ranges::find_if(words, [](const char* word) { return std::strcmp(word, "--") == 0; });
    Words read;
    if (auto help = read_options({words.begin(), dashes}, read)) return std::move(*help);

    Job job;
    if (read.texts.size() == 1 && read.texts[0] == "-") job.origin = Origin::standard_input;
    if (dashes != words.end()) read.texts.insert(read.texts.end(), dashes + 1, words.end());
    if (read.texts.empty()) misused("there is no text: a QR code needs one", see_help);
    if (read.texts.size() > 1)
        misused("there are " + std::to_string(read.texts.size()) + " texts: a QR code holds one",
                "put quotes around a text with spaces");
    job.word = std::move(read.texts[0]);
    job.level = level_of(read.level);
    job.file = read.file;
    if (!read.file.empty()) job.format = format_of(job.file);
    return job;
}

}  // namespace tocsin::cli::qr
