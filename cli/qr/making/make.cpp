// SPDX-License-Identifier: Apache-2.0
#include "cli/qr/making/make.hpp"

#include <algorithm>
#include <memory>

#include "cli/output/files.hpp"
#include "cli/qr/forms/payload_forms.hpp"
#include "cli/qr/making/delivery.hpp"
#include "cli/qr/making/design.hpp"
#include "common/core/text.hpp"

namespace tocsin::cli::qr::making {
namespace {

using core::ExitStatus;
using words::usage_error;

/// Far more than any number of codes holds.
constexpr std::size_t max_text_bytes = 1U << 20;

constexpr std::string_view examples =
    R"(Types: png svg eps pdf xpm pbm ppm; for a terminal ascii ansi ansi256 utf8 ansiutf8
ansi256utf8, asciii utf8i ansiutf8i (dark and light exchanged), sixel, kitty.
Without -o and -t a terminal gets half blocks in black on white, a pipe utf8.

The text is encoded byte for byte, with the line end that a pipe may bring.

For texts of a known kind: tocsin qr PAYLOAD --help, where PAYLOAD is one of
  wifi vcard mecard geo sms tel mail otpauth epc event
For many codes: tocsin qr batch --help, tocsin qr sheet --help.
A text that is one of these words stands behind --.

Examples:
  tocsin qr https://example.org
  tocsin qr https://example.org -o code.svg --verify
  tocsin qr https://example.org --logo logo.png -o code.png
  tocsin qr 'Machine 7' -o label.pdf --width 30mm
  tocsin qr wifi --ssid Guests --password-file wifi.txt -o wifi.png
  tocsin qr -- --help                  any word after -- is the text
  printf 'from a pipe' | tocsin qr -

Exit status: 0 done, 64 wrong usage, 65 no text, too much of it, or a code that
would not scan, 66 no such file, 73 the file can't be created, 74 reading or
writing failed.
)";

std::string text_of(const std::vector<std::string>& positional, const words::Line& line, bool chomped) {
    if (positional.empty()) throw usage_error(line.command, "there is no text: a QR code needs one");
    if (positional.size() > 1)
        throw usage_error(line.command, "there are " + std::to_string(positional.size()) +
                                            " texts, and a QR code holds one: quote a text with spaces");
    const bool literal = line.literal && !line.literal->empty();
    std::string text =
        positional[0] == "-" && !literal ? output::read_standard_input(max_text_bytes) : positional[0];
    return chomped ? std::string(core::without_line_end(text)) : text;
}

/// Narrows the encoding to what the form's document says. Throws a usage error where an option says
/// otherwise.
void meet(const payload::Demands& demands, const DesignWords& given, std::string_view command,
          encoding::Options& options) {
    const std::string source = " (" + std::string(demands.source) + ")";
    const auto level = encoding::level_named(std::string_view(&demands.level, 1));
    if (given.level && level != options.level)
        throw usage_error(command, "--level must be " + std::string(1, demands.level) + source);
    if (options.family == encoding::Family::micro)
        throw usage_error(command, "--micro is not allowed" + source);
    if (options.max_version.value_or(1) > demands.max_version)
        throw usage_error(command,
                          "--max-version is at most " + std::to_string(demands.max_version) + source);
    options.level = level.value_or(options.level);
    options.boost = encoding::Boost::off;
    options.max_version = options.max_version.value_or(demands.max_version);
}

}  // namespace

ExitStatus make_code(const words::Line& line, output::Console& console) {
    DesignWords design;
    DeliveryWords delivery;
    bool chomped = false;
    words::Options options(line,
                           {.words = "TEXT",
                            .summary = "Makes a QR code, on the terminal or as a file. It needs no daemon.",
                            .examples = examples});
    options.flag("--chomp", chomped, "Drop one line end at the end of the text");
    declare_delivery(options, delivery);
    declare_encoding(options, design);
    declare_format(options, design);
    declare_style(options, design);
    const auto positional = options.read(console);
    if (!positional) return ExitStatus::ok;
    Delivery codes(line.command, design, delivery, console);
    codes.deliver(text_of(*positional, line, chomped));
    return ExitStatus::ok;
}

ExitStatus make_payload(const words::Line& line, std::string_view builder, output::Console& console) {
    const auto rows = forms::payload_rows();
    const auto row = std::ranges::find(rows, builder, &forms::PayloadRow::name);
    if (row == rows.end()) throw usage_error("qr", "there is no payload '" + std::string(builder) + "'");
    DesignWords design;
    DeliveryWords delivery;
    bool print = false;
    const std::string example = "Example:\n  " + std::string(row->example) + "\n";
    words::Options options(line, {.words = "", .summary = row->summary, .examples = example});
    const std::unique_ptr<forms::PayloadForm> form = row->make();
    form->declare(options);
    options.group("Output").flag("--print-payload", print, "Print the text that the code would hold");
    declare_delivery(options, delivery);
    declare_encoding(options, design);
    declare_format(options, design);
    declare_style(options, design);
    if (!options.read_no_words(console)) return ExitStatus::ok;
    const payload::Payload made = form->payload();
    if (print) {
        console.out().line(made.text);
        return ExitStatus::ok;
    }
    Delivery codes(line.command, design, delivery, console);
    if (made.demands) meet(*made.demands, design, line.command, codes.design().encoding);
    codes.deliver(made.text);
    return ExitStatus::ok;
}

}  // namespace tocsin::cli::qr::making
