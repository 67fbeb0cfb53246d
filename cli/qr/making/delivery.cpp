// SPDX-License-Identifier: Apache-2.0
#include "cli/qr/making/delivery.hpp"

#include <algorithm>
#include <filesystem>

#include "cli/output/files.hpp"
#include "cli/qr/making/info.hpp"
#include "cli/qr/reading/verify.hpp"

namespace tocsin::cli::qr::making {
namespace {

using core::Code;
using core::Error;
using drawing::Format;
using words::usage_error;

/// What a terminal would show as noise.
bool is_binary(Format format) {
    return format == Format::png || format == Format::pdf || format == Format::pbm || format == Format::ppm;
}

Format format_for_stdout(const output::Console& console) {
    // half blocks in colours of their own are right on dark and on light terminals; plain ones want a dark
    // one
    return console.paint().off.empty() ? Format::utf8 : Format::ansi256_utf8;
}

Format choose_format(std::string_view command, const Design& design, const std::optional<std::string>& file,
                     const output::Console& console, std::string_view output) {
    if (design.format) return *design.format;
    if (!file) return format_for_stdout(console);
    if (const auto format = drawing::format_of_file(*file)) return *format;
    throw usage_error(command, "can't tell the format of '" + std::string(output) +
                                   "' by its ending; name it with -t: " + drawing::format_names());
}

/// The way back from the modules: what a camera would read.
void verify(const std::vector<drawing::Picture>& pictures, std::string_view text) {
    std::vector<reading::Reading> found;
    std::vector<reading::Traits> meant;
    reading::Compare compare = reading::Compare::bytes;
    for (const drawing::Picture& picture : pictures) {
        meant.push_back(reading::traits_of(picture.symbol()));
        for (reading::Reading& reading : reading::read_back(drawing::draw(picture, {.format = Format::png})))
            found.push_back(std::move(reading));
        for (const encoding::Segment& segment : picture.symbol().content().segments)
            if (segment.mode == encoding::Mode::kanji) compare = reading::Compare::text;
    }
    if (const auto how = reading::difference(found, meant, text, compare))
        throw Error(Code::internal, "the code can't be verified: " + *how,
                    "change its design, or leave --verify out");
}

std::size_t columns_of(const drawing::Picture& picture, Format format) {
    const bool wide = format == Format::ascii || format == Format::ascii_inverted || format == Format::ansi ||
                      format == Format::ansi256;
    return static_cast<std::size_t>(picture.across()) * (wide ? 2 : 1);
}

/// `label.png`, or of several `label-01.png` and so on.
std::string numbered(const std::filesystem::path& file, std::size_t number, std::size_t count) {
    if (count == 1) return file.string();
    const std::string digits = (number < 10 ? "-0" : "-") + std::to_string(number);
    return (file.parent_path() / (file.stem().string() + digits + file.extension().string())).string();
}

void write_to_files(const std::string& name, std::vector<std::string> drawn) {
    std::vector<output::NamedBytes> files;
    files.reserve(drawn.size());
    for (std::string& bytes : drawn)
        files.push_back({numbered(name, files.size() + 1, drawn.size()), std::move(bytes)});
    output::write_files(files);
}

}  // namespace

void judge(const std::vector<drawing::Fault>& faults, Unscannable unscannable, output::Console& console) {
    for (const drawing::Fault& fault : faults) {
        if (unscannable == Unscannable::refuse)
            throw Error(Code::invalid, "this would not scan: " + fault.what, fault.hint + ", or use --force");
        console.say("qr", "warning: this may not scan: " + fault.what);
    }
}

void declare_delivery(words::Options& options, DeliveryWords& into) {
    options.group("Output")
        .text("-o,--output", "FILE", into.output, "Its ending tells the format; - is standard output")
        .text("--parts", "N|auto", into.parts, "Split over 2 to 16 codes: FILE-01, FILE-02, …")
        .flag("--verify", into.verify, "Decode what was made, and fail when it differs")
        .flag("--info", into.info, "Tell version, level, mask, modes, and what is left");
}

Delivery::Delivery(std::string_view command, const DesignWords& design_words, const DeliveryWords& words,
                   output::Console& console)
    : command_(command),
      design_words_(design_words),
      words_(words),
      console_(console),
      design_(design_of(design_words, command)) {
    if (words.output && *words.output != "-") file_ = words.output;
    if (words.output && words.output->empty()) throw usage_error(command, "-o has no file name");
    format_ = choose_format(command, design_, file_, console, words.output.value_or("-"));
    check_format(design_words, format_, command);
    if (words.info && !file_ && (words.output || design_.format))
        throw usage_error(command, "--info and the picture can't both go to standard output; use -o FILE");
    if (!file_ && is_binary(format_) && console.out().is_terminal())
        throw usage_error(command, std::string(drawing::name_of(format_)) +
                                       " is not for a terminal; use -o FILE, or a pipe");
}

std::vector<drawing::Picture> Delivery::pictures_of(std::string_view text) const {
    std::vector<encoding::Symbol> symbols;
    if (words_.parts) {
        std::optional<int> count;
        if (*words_.parts != "auto") count = whole_number(command_, "--parts", *words_.parts, 2, 16);
        symbols = encoding::encode_parts(text, design_.encoding, count);
    } else {
        symbols.push_back(encoding::Symbol::encode(text, design_.encoding));
    }
    std::vector<drawing::Picture> pictures;
    pictures.reserve(symbols.size());
    const drawing::Drawing drawing{.format = format_, .scale = design_.scale, .svg = design_.svg};
    for (encoding::Symbol& symbol : symbols)
        pictures.push_back(drawing::with_harmless_logo({std::move(symbol), design_.style}, drawing));
    return pictures;
}

void Delivery::deliver(std::string_view given) {
    const std::string text = payload::with_case(given, design_.url_case);
    const std::vector<drawing::Picture> pictures = pictures_of(text);
    const drawing::Drawing drawing{.format = format_, .scale = design_.scale, .svg = design_.svg};
    judge(drawing::faults_of(pictures.front(), drawing), design_.unscannable, console_);
    if (words_.verify) verify(pictures, text);
    if (!words_.info || file_) write(pictures);
    if (words_.info)
        for (const drawing::Picture& picture : pictures) {
            if (&picture != pictures.data()) console_.out().write("\n");
            console_.out().write(info_of(picture.symbol()));
        }
}

void Delivery::write(const std::vector<drawing::Picture>& pictures) {
    const drawing::Drawing drawing{.format = format_, .scale = design_.scale, .svg = design_.svg};
    std::vector<std::string> drawn;
    drawn.reserve(pictures.size());
    for (const drawing::Picture& picture : pictures) drawn.push_back(drawing::draw(picture, drawing));
    if (file_) return write_to_files(*file_, std::move(drawn));
    write_to_stdout(drawn, format_);
    const std::size_t columns = console_.out().columns();
    const std::size_t needed = columns_of(pictures.front(), format_);
    if (drawing::is_text(format_) && columns != 0 && columns < needed)
        console_.say("qr", "the code can't be scanned: it is " + std::to_string(needed) +
                               " columns wide, the terminal " + std::to_string(columns) +
                               "; widen the terminal, or write a file with -o");
}

void Delivery::write_to_stdout(const std::vector<std::string>& files, Format format) {
    if (files.size() > 1 && !drawing::is_text(format))
        throw usage_error(command_, std::to_string(files.size()) + " pictures don't fit into one " +
                                        std::string(drawing::name_of(format)) + "; use -o FILE");
    for (const std::string& file : files) {
        if (&file != files.data()) console_.out().write("\n");
        console_.out().write(file);
    }
    console_.out().flush();
}

}  // namespace tocsin::cli::qr::making
