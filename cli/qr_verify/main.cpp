// SPDX-License-Identifier: Apache-2.0
// The helper of `tocsin qr --verify`: a picture in, what a reader sees in it out.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ZX_USE_UTF8  // text as UTF-8, as it will be in the library's next version
#include <ZXing/ReadBarcode.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <system_error>

#include "cli/output/console.hpp"
#include "cli/qr_verify/picture.hpp"
#include "common/core/descriptor.hpp"
#include "common/core/exit_status.hpp"

namespace tocsin::cli::qr_verify {
namespace {

using core::Code;
using core::Exit;
using core::ExitStatus;

constexpr std::string_view verb = "qr-verify";
constexpr std::size_t max_file_bytes = 256U << 20;

constexpr std::string_view help = R"(Reads QR codes and Micro QR codes, for 'tocsin qr --verify'.
Usage: tocsin-qr-verify < FILE.png

Prints a line for each code that is found, as JSON. Text and bytes are hexadecimal: the text in UTF-8, the
bytes as the code holds them. A code that is part of a sequence tells its index (from 0), the sequence's count
and parity. 'eci' is the character set that it announces, or null.

Exit status: 0 found, 64 wrong usage, 65 no PNG, or a picture of more than 40000 pixels a side or 400
megapixels, 66 nothing found, 74 reading or writing failed.
)";

std::string read_standard_input() {
    std::string file;
    std::array<char, 64U << 10> part;  // NOLINT(cppcoreguidelines-pro-type-member-init): read fills it
    while (true) {
        const ssize_t size = read(STDIN_FILENO, part.data(), part.size());
        if (size == 0) return file;
        if (size < 0 && errno == EINTR) continue;
        if (size < 0)
            throw Exit(ExitStatus::io, Code::internal,
                       "can't read standard input: " + std::generic_category().message(errno),
                       "give a PNG file");
        file.append(part.data(), static_cast<std::size_t>(size));
        if (file.size() > max_file_bytes)
            throw core::Error(Code::too_large, "the file is too large: over 256 MiB came in",
                              "give a smaller picture");
    }
}

/// How the library is asked to look at a picture.
struct Look {
    ZXing::Binarizer binarizer;
    bool is_downscaled;  ///< also at fractions of the picture's size
    bool is_pure;        ///< as at a grid of modules that nothing distorts
};

constexpr std::array<Look, 5> looks{{{ZXing::Binarizer::LocalAverage, false, false},
                                     {ZXing::Binarizer::GlobalHistogram, false, false},
                                     {ZXing::Binarizer::LocalAverage, true, false},
                                     {ZXing::Binarizer::LocalAverage, false, true},
                                     {ZXing::Binarizer::GlobalHistogram, false, true}}};

template <typename Bytes>
std::string hexadecimal(const Bytes& bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const auto byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        (text += digits[value >> 4U]) += digits[value & 15U];
    }
    return text;
}

/// The first number in the form that AIM's protocol has for bytes with character sets: `]Q2\000026...`.
std::string eci_of(const ZXing::Result& result) {
    const auto bytes = result.bytesECI();
    if (!result.hasECI() || bytes.size() < 10 || bytes[3] != '\\') return "null";
    return std::to_string(std::stoi(std::string(bytes.begin() + 4, bytes.begin() + 10)));
}

std::string json_of(const ZXing::Result& result) {
    const bool is_micro = result.format() == ZXing::BarcodeFormat::MicroQRCode;
    const bool is_part = result.isPartOfSequence();
    std::string json = R"({"format":")" + std::string(is_micro ? "micro" : "qr");
    json += R"(","level":")" + result.ecLevel();
    json += R"(","eci":)" + eci_of(result);
    json += R"(,"index":)" + std::to_string(is_part ? result.sequenceIndex() : 0);
    json += R"(,"count":)" + std::to_string(is_part ? result.sequenceSize() : 1);
    json += R"(,"parity":)" + (is_part ? result.sequenceId() : "0");
    json += R"(,"bytes":")" + hexadecimal(result.bytes());
    json += R"(","text":")" + hexadecimal(result.text());
    return json += "\"}";
}

/// What goes wrong is told, and becomes a status.
template <typename Action>
ExitStatus reported(output::Console& console, const Action& action) try {
    const ExitStatus status = action();
    console.out().flush();
    return status;
} catch (const core::Error& error) {
    const ExitStatus status = core::exit_status_of(error);
    if (status != ExitStatus::broken_pipe) console.fail(verb, error);
    return status;
} catch (const std::exception& error) {
    console.fail(verb, core::Error(Code::internal, std::string("unexpected: ") + error.what(),
                                   "report this as a bug"));
    return ExitStatus::software;
}

/// Nothing is found where the library ends the program, as it does when an assertion of its own fails.
void end_silently(int) { _exit(core::to_int(ExitStatus::no_input)); }

/// Prints what is found in a process of its own.
template <typename Action>
ExitStatus apart(output::Console& console, const Action& action) {
    const pid_t child = fork();
    if (child < 0)
        throw Exit(ExitStatus::try_again, Code::internal,
                   "can't start a process: " + std::generic_category().message(errno), "try again");
    if (child == 0) {
        std::signal(SIGABRT, &end_silently);
        _exit(core::to_int(reported(console, action)));
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? ExitStatus{WEXITSTATUS(status)} : ExitStatus::no_input;
}

/// Standard error goes nowhere while this lives.
class Silence {
 public:
    Silence() : kept_(dup(STDERR_FILENO)) {
        const core::Descriptor nowhere(open("/dev/null", O_WRONLY | O_CLOEXEC));
        dup2(nowhere.number(), STDERR_FILENO);
    }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;
    ~Silence() { dup2(kept_.number(), STDERR_FILENO); }

 private:
    core::Descriptor kept_;
};

ExitStatus print_codes(const Picture& picture, ZXing::BarcodeFormat format, const Look& look,
                       output::Console& console) {
    ZXing::DecodeHints hints;
    hints.setFormats(format).setBinarizer(look.binarizer);
    hints.setTryDownscale(look.is_downscaled).setIsPure(look.is_pure);
    std::optional<Silence> silence(std::in_place);
    auto results = ZXing::ReadBarcodes(
        {picture.grey.data(), picture.width, picture.height, ZXing::ImageFormat::Lum}, hints);
    silence.reset();
    std::erase_if(results, [](const ZXing::Result& result) { return !result.isValid(); });
    for (const auto& result : results) console.out().line(json_of(result));
    return results.empty() ? ExitStatus::no_input : ExitStatus::ok;
}

/// One look after the other until something is found. Micro QR codes are looked for last: their error
/// detection is weak, and the data of a QR code may seem to hold one.
ExitStatus print_codes(const Picture& picture, output::Console& console) {
    for (const auto format : {ZXing::BarcodeFormat::QRCode, ZXing::BarcodeFormat::MicroQRCode})
        for (const Look& look : looks) {
            const auto status = apart(console, [&] { return print_codes(picture, format, look, console); });
            if (status != ExitStatus::no_input) return status;
        }
    return ExitStatus::no_input;
}

ExitStatus run(std::span<char* const> words, output::Console& console) {
    if (words.size() == 1 && words[0] == std::string_view("--help")) {
        console.out().write(help);
        return ExitStatus::ok;
    }
    if (!words.empty())
        throw Exit(ExitStatus::usage, Code::invalid, "unexpected word '" + std::string(words[0]) + "'",
                   "see tocsin-qr-verify --help");
    return print_codes(read_png(read_standard_input()), console);
}

}  // namespace
}  // namespace tocsin::cli::qr_verify

int main(int argc, char** argv) {
    namespace verify = tocsin::cli::qr_verify;
    const std::span<char* const> arguments(argv, static_cast<std::size_t>(argc));
    tocsin::cli::output::Console console;
    return tocsin::core::to_int(
        verify::reported(console, [&] { return verify::run(arguments.subspan(argc > 0 ? 1 : 0), console); }));
}
