// SPDX-License-Identifier: Apache-2.0
#include "cli/qr/reading/verify.hpp"

#include <algorithm>
#include <charconv>

#include "cli/output/raw_json.hpp"
#include "cli/qr/reading/helper_process.hpp"
#include "common/core/exit_status.hpp"
#include "common/core/paths.hpp"
#include "common/core/text.hpp"

namespace tocsin::cli::qr::reading {
namespace {

using core::Code;
using core::Exit;
using core::ExitStatus;
using tocsin::qr::encoding::Family;
using tocsin::qr::encoding::Part;

constexpr int eci_utf8 = 26;

[[noreturn]] void not_understood(std::string_view line) {
    throw Exit(ExitStatus::software, Code::internal,
               "tocsin-qr-verify answers what can't be understood: " + std::string(line.substr(0, 60)),
               "check that tocsin-qr and tocsin-qr-verify have the same version");
}

/// One line of the answer.
class Line {
 public:
    explicit Line(std::string_view line) try : line_(line), members_(output::raw_members(line)) {
    } catch (const core::Error&) {
        not_understood(line);
    }

    Reading reading() const { return {traits(), unhex(word("bytes")), unhex(word("text"))}; }

 private:
    Traits traits() const {
        const std::string_view family = word("format");
        const auto level = tocsin::qr::encoding::level_named(word("level"));
        if ((family != "qr" && family != "micro") || !level) not_understood(line_);
        Traits traits{family == "micro" ? Family::micro : Family::qr, *level, {}, {}};
        if (raw("eci") != "null") traits.eci = number<int>("eci");
        traits.part = {number<int>("index"), number<int>("count"), number<std::uint8_t>("parity")};
        return traits;
    }

    std::string_view raw(std::string_view name) const {
        const auto found = std::ranges::find(members_, name, &output::RawMember::name);
        if (found == members_.end()) not_understood(line_);
        return found->value;
    }
    std::string_view word(std::string_view name) const {
        const std::string_view value = raw(name);
        if (value.size() < 2 || value.front() != '"') not_understood(line_);
        return value.substr(1, value.size() - 2);
    }
    template <typename Number>
    Number number(std::string_view name) const {
        const auto number = core::parse_number<Number>(raw(name));
        if (!number) not_understood(line_);
        return *number;
    }
    std::string unhex(std::string_view digits) const {
        std::string bytes;
        for (; digits.size() >= 2; digits.remove_prefix(2)) {
            unsigned char byte{};
            const auto [end, error] = std::from_chars(digits.data(), digits.data() + 2, byte, 16);
            if (error != std::errc() || end != digits.data() + 2) not_understood(line_);
            bytes += static_cast<char>(byte);
        }
        if (!digits.empty()) not_understood(line_);
        return bytes;
    }

    std::string_view line_;
    std::vector<output::RawMember> members_;
};

std::string_view name_of(Family family) { return family == Family::micro ? "a Micro QR code" : "a QR code"; }

std::string name_of(std::optional<int> eci) {
    return eci ? "character set " + std::to_string(*eci) : "no character set";
}

std::string name_of(const Part& part) {
    return "part " + std::to_string(part.index + 1) + " of " + std::to_string(part.count) + " with parity " +
           std::to_string(part.parity);
}

/// The first trait that is not as meant.
std::optional<std::string> difference(const Traits& found, const Traits& meant) {
    const auto told = [](std::string_view what, const auto& is, const auto& should) {
        return (std::string(what) += is) + " instead of " + std::string(should);
    };
    if (found.family != meant.family)
        return told("it is read as ", name_of(found.family), name_of(meant.family));
    if (found.level != meant.level)
        return told("its level is read as ", std::string(1, letter_of(found.level)),
                    std::string(1, letter_of(meant.level)));
    if (found.eci != meant.eci) return told("it announces ", name_of(found.eci), name_of(meant.eci));
    if (found.part.index != meant.part.index || found.part.count != meant.part.count ||
        found.part.parity != meant.part.parity)
        return told("it is read as ", name_of(found.part), name_of(meant.part));
    return std::nullopt;
}

std::string hexadecimal(char byte) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto value = static_cast<unsigned char>(byte);
    return {'0', 'x', digits[value >> 4U], digits[value & 15U]};
}

std::optional<std::string> difference(std::string_view found, std::string_view meant) {
    const auto [here, there] = std::ranges::mismatch(found, meant);
    if (here == found.end() && there == meant.end()) return std::nullopt;
    if (here == found.end() || there == meant.end())
        return "its text has " + std::to_string(found.size()) + " bytes instead of " +
               std::to_string(meant.size());
    return "byte " + std::to_string(here - found.begin() + 1) + " of its text is read as " +
           hexadecimal(*here) + " instead of " + hexadecimal(*there);
}

}  // namespace

Traits traits_of(const tocsin::qr::encoding::Symbol& symbol) {
    Traits traits{symbol.version().family, symbol.level(), {}, symbol.part()};
    if (symbol.content().announces_utf8) traits.eci = eci_utf8;
    return traits;
}

std::string reader_program() { return core::program_folder() + "/tocsin-qr-verify"; }

std::vector<Reading> read_back(std::string_view png, const std::string& program) {
    const Ended ended = run_helper(program, png);
    if (ended.status == core::to_int(ExitStatus::no_input)) return {};
    if (ended.status == 0) return parse_readings(ended.output);
    throw Exit(ExitStatus::software, Code::internal,
               "tocsin-qr-verify failed with status " + std::to_string(ended.status), "report this as a bug");
}

std::vector<Reading> parse_readings(std::string_view lines) {
    std::vector<Reading> readings;
    while (!lines.empty()) {
        const std::string_view line = lines.substr(0, lines.find('\n'));
        if (line.size() == lines.size()) not_understood(line);
        readings.push_back(Line(line).reading());
        lines.remove_prefix(line.size() + 1);
    }
    return readings;
}

std::optional<std::string> difference(const std::vector<Reading>& found, const std::vector<Traits>& meant,
                                      std::string_view text, Compare compare) {
    if (found.empty()) return "no code is found in the picture";
    if (found.size() != meant.size())
        return std::to_string(found.size()) + " codes are found instead of " + std::to_string(meant.size());
    std::string whole;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (auto what = difference(found[i].traits, meant[i])) return what;
        whole += compare == Compare::bytes ? found[i].bytes : found[i].text;
    }
    return difference(whole, text);
}

}  // namespace tocsin::cli::qr::reading
