// SPDX-License-Identifier: Apache-2.0
#include "cli/qr/qrencode/options.hpp"

#include <getopt.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <vector>

#include "cli/qr/qrencode/help.hpp"
#include "common/core/error.hpp"
#include "common/core/suggest.hpp"
#include "common/core/text.hpp"

namespace tocsin::cli::qr::qrencode {
namespace {

namespace encoding = tocsin::qr::encoding;
namespace drawing = tocsin::qr::drawing;

using core::Code;
using core::Error;

/// What options without a letter return; letters are below.
enum LongOnly : int {
    long_help = 256,
    rle,
    svg_path,
    inline_svg,
    strict_version,
    foreground,
    background,
    verbose,
    chomp
};

constexpr const char* letters = ":ho:r:l:s:v:m:d:t:Skci8MV";

// qrencode's names, so that its abbreviations stay what they are; then ours. `--c` is among them since
// `--chomp` would make it ambiguous.
constexpr std::array<option, 26> table{{
    {"help", no_argument, nullptr, long_help},
    {"output", required_argument, nullptr, 'o'},
    {"read-from", required_argument, nullptr, 'r'},
    {"level", required_argument, nullptr, 'l'},
    {"size", required_argument, nullptr, 's'},
    {"symversion", required_argument, nullptr, 'v'},
    {"margin", required_argument, nullptr, 'm'},
    {"dpi", required_argument, nullptr, 'd'},
    {"type", required_argument, nullptr, 't'},
    {"structured", no_argument, nullptr, 'S'},
    {"kanji", no_argument, nullptr, 'k'},
    {"casesensitive", no_argument, nullptr, 'c'},
    {"ignorecase", no_argument, nullptr, 'i'},
    {"8bit", no_argument, nullptr, '8'},
    {"micro", no_argument, nullptr, 'M'},
    {"rle", no_argument, nullptr, rle},
    {"svg-path", no_argument, nullptr, svg_path},
    {"inline", no_argument, nullptr, inline_svg},
    {"strict-version", no_argument, nullptr, strict_version},
    {"foreground", required_argument, nullptr, foreground},
    {"background", required_argument, nullptr, background},
    {"version", no_argument, nullptr, 'V'},
    {"verbose", no_argument, nullptr, verbose},
    {"chomp", no_argument, nullptr, chomp},
    {"c", no_argument, nullptr, 'c'},
    {nullptr, 0, nullptr, 0},
}};

constexpr const char* see_help = "see 'tocsin-qrencode --help'";

[[noreturn]] void misused(const std::string& what, const std::string& hint) {
    throw Error(Code::invalid, what, hint);
}

const option* entry_of(int value) noexcept {
    const auto* const end = table.end() - 1;
    const auto* const found =
        std::find_if(table.begin(), end, [&](const option& o) { return o.val == value; });
    return found == end ? nullptr : found;
}

/// `--size (-s)`
std::string name_of(int value) {
    const option* entry = entry_of(value);
    std::string name = entry == nullptr ? std::string() : "--" + std::string(entry->name);
    if (value < long_help) name += " (-" + std::string(1, static_cast<char>(value)) + ")";
    return name;
}

/// getopt wants words that it may put in another order, behind the program's name.
class Words {
 public:
    explicit Words(std::span<const char* const> words) : texts_{"tocsin-qrencode"} {
        texts_.insert(texts_.end(), words.begin(), words.end());
        for (std::string& text : texts_) pointers_.push_back(text.data());
        pointers_.push_back(nullptr);
        optind = 0;  // glibc: begin anew
        opterr = 0;  // errors are told here
    }

    /// The next option's value; -1 when only texts are left.
    int next() {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): this program has one thread
        return getopt_long(static_cast<int>(texts_.size()), pointers_.data(), letters, table.data(), nullptr);
    }

    std::string_view previous() const { return pointers_[static_cast<std::size_t>(optind) - 1]; }
    std::vector<std::string> rest() const { return {pointers_.begin() + optind, pointers_.end() - 1}; }

 private:
    std::vector<std::string> texts_;
    std::vector<char*> pointers_;
};

[[noreturn]] void refuse_long(std::string_view word) {
    const std::string_view written = word.substr(2, word.find('=') - 2);
    std::vector<std::string_view> names;
    std::vector<std::string> begun;
    for (const option& entry : table) {
        if (entry.name == nullptr || entry.name == std::string_view("c")) continue;
        names.emplace_back(entry.name);
        if (names.back().starts_with(written)) begun.push_back("--" + std::string(names.back()));
    }
    const std::string shown = "'--" + std::string(written) + "'";
    if (begun.size() > 1) misused(shown + " may be " + core::joined(begun), "write more of its name");
    const auto near = core::nearest(written, names);
    misused("there is no option " + shown, near ? "use --" + std::string(*near) : std::string(see_help));
}

[[noreturn]] void refuse_option(int found, const Words& words) {
    if (found == ':')
        misused("the option " + name_of(optopt) + " lacks its value", "write it behind the option");
    if (optopt == 0) refuse_long(words.previous());
    if (entry_of(optopt) != nullptr)
        misused("the option " + name_of(optopt) + " takes no value", "leave out '=' and what follows");
    misused("there is no option '-" + std::string(1, static_cast<char>(optopt)) + "'", see_help);
}

struct Bounds {
    int least;
    int most;
};

[[noreturn]] void refuse_number(std::string_view word, int value, const Bounds& bounds) {
    misused("'" + std::string(word) + "' is no value of " + name_of(value),
            "use a whole number from " + std::to_string(bounds.least) + " to " + std::to_string(bounds.most));
}

int number_of(int value, const Bounds& bounds) {
    const auto number = core::parse_number<int>(optarg);
    if (!number || *number < bounds.least || *number > bounds.most) refuse_number(optarg, value, bounds);
    return *number;
}

encoding::Level level_of() {
    if (const auto level = encoding::level_named(optarg)) return *level;
    misused("'" + std::string(optarg) + "' is no value of " + name_of('l'), "use L, M, Q or H");
}

QrencodeType type_of() {
    if (const auto type = qrencode_type_named(optarg)) return *type;
    misused("'" + std::string(optarg) + "' is no value of " + name_of('t'), "use " + qrencode_type_names());
}

drawing::Colour colour_of(int value) {
    try {
        return drawing::parse_colour(optarg);
    } catch (const Error& error) {
        misused("'" + std::string(optarg) + "' is no value of " + name_of(value), error.hint());
    }
}

/// Options about what is encoded. False when it is none of them.
bool take_encoding(int value, QrencodeJob& job) {
    encoding::GreedyOptions& options = job.encoding;
    switch (value) {
        case 'l': options.level = level_of(); return true;
        case 'v': options.version = number_of(value, {0, std::numeric_limits<int>::max()}); return true;
        case 'M': options.family = encoding::Family::micro; return true;
        case 'k': options.kanji = encoding::Kanji::on; return true;
        case 'c': options.letters = encoding::Case::kept; return true;
        case 'i': options.letters = encoding::Case::capitals; return true;
        case '8': options.cut = encoding::Cut::one_byte; return true;
        case strict_version: options.growth = encoding::Growth::refused; return true;
        case 'S': job.symbols = QrencodeJob::Symbols::structured; return true;
        default: return false;
    }
}

/// Options about how it is drawn. False when it is none of them.
bool take_look(int value, QrencodeLook& look) {
    switch (value) {
        case 't': look.type = type_of(); return true;
        case 's': look.module_pixels = number_of(value, {1, 1'000'000}); return true;
        case 'm': look.margin = number_of(value, {0, 4'000}); return true;
        case 'd': look.dpi = number_of(value, {0, 1'000'000}); return true;
        case rle: look.runs = QrencodeLook::Runs::joined; return true;
        case svg_path: look.element = QrencodeLook::Element::path; return true;
        case inline_svg: look.prolog = QrencodeLook::Prolog::without; return true;
        case foreground: look.foreground = colour_of(value); return true;
        case background: look.background = colour_of(value); return true;
        default: return false;
    }
}

/// Options about where it comes from and goes to.
void take_files(int value, QrencodeJob& job) {
    switch (value) {
        case 'o': job.output = optarg; break;
        case 'r': job.read_from = optarg; break;
        case verbose: job.talk = QrencodeJob::Talk::files; break;
        case chomp: job.line_end = QrencodeJob::LineEnd::dropped; break;
        default: throw Error(Code::internal, "an option is not known", "please report it");
    }
}

/// What no single option shows.
void check(const QrencodeJob& job) {
    // a later --micro changes the bounds, a later -v the version
    const int last = encoding::last_version(job.encoding.family);
    if (job.encoding.version > last) refuse_number(std::to_string(job.encoding.version), 'v', {0, last});
    const bool structured = job.symbols == QrencodeJob::Symbols::structured;
    if (structured && job.encoding.family == encoding::Family::micro)
        misused("Micro QR codes can't be structured", "leave out one of --micro (-M) and --structured (-S)");
    if (structured && job.encoding.version == 0)
        misused("structured symbols need a version",
                "give the version of all of them with --symversion (-v)");
    if (structured && (!job.output || *job.output == "-"))
        misused("structured symbols need a file name",
                "give one with --output (-o): NAME.png makes NAME-01.png, …");
    if (!job.output && needs_output_name(job.look.type))
        misused("a PNG needs a file name", "give one with --output (-o); - is standard output");
}

void take_text(std::vector<std::string> rest, QrencodeJob& job) {
    if (rest.size() > 1)
        misused("there is a second text, '" + rest[1] + "'", "put quotes around a text with spaces");
    if (!rest.empty()) job.text = std::move(rest[0]);
}

}  // namespace

std::variant<QrencodeJob, QrencodeText> parse_qrencode(std::span<const char* const> words) {
    if (words.empty()) misused("there is nothing to do", see_help);
    QrencodeJob job;
    Words reader(words);
    for (int value = reader.next(); value != -1; value = reader.next()) {
        if (value == '?' || value == ':') refuse_option(value, reader);
        if (value == 'h') return QrencodeText{qrencode_short_help()};
        if (value == long_help) return QrencodeText{qrencode_help()};
        if (value == 'V') return QrencodeText{qrencode_version()};
        if (!take_encoding(value, job) && !take_look(value, job.look)) take_files(value, job);
    }
    take_text(reader.rest(), job);
    check(job);
    return job;
}

}  // namespace tocsin::cli::qr::qrencode
