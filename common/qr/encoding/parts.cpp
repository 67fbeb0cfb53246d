// SPDX-License-Identifier: Apache-2.0
// Structured append: one text over several symbols (ISO/IEC 18004:2015, section 8).
#include <algorithm>
#include <numeric>
#include <string>

#include "common/core/error.hpp"
#include "common/qr/encoding/library.hpp"
#include "common/qr/encoding/request.hpp"
#include "common/qr/encoding/symbol.hpp"

namespace tocsin::qr::encoding {
namespace {

using core::Code;
using core::Error;

constexpr int max_parts = 16;
/// Mode indicator, position, total and parity.
constexpr std::size_t part_header_bits = 20;

using Piece = std::span<const Unit>;

bool continues_character(const Unit& unit) noexcept {
    return unit.shift_jis == 0 && (static_cast<unsigned char>(unit.byte) & 0xC0U) == 0x80;
}

/// Where units may be cut: in bytes that are announced as UTF-8 not within a character.
class Cutter {
 public:
    explicit Cutter(const Request& request) noexcept : request_(request) {}

    /// The longest pieces that a version has room for, from the first on; nothing when one can't hold a
    /// character.
    std::optional<std::vector<Piece>> greedy(Version version) const {
        std::vector<Piece> cuts;
        const std::size_t room = request_.room(version, request_.level(), part_header_bits);
        for (Piece rest = request_.units(); !rest.empty(); rest = rest.subspan(cuts.back().size())) {
            const std::size_t size = at_character(rest, count_that_fit(rest, version, room));
            if (size == 0 || cuts.size() == max_parts) return std::nullopt;
            cuts.push_back(rest.first(size));
        }
        return cuts;
    }

    /// As many pieces as asked for, by halving the longest that is more than one character. False when none
    /// is.
    bool extend(std::vector<Piece>& cuts, std::size_t count) const {
        const auto divisible_size = [this](Piece cut) { return middle(cut) < cut.size() ? cut.size() : 0; };
        while (cuts.size() < count) {
            const auto longest = std::ranges::max_element(cuts, {}, divisible_size);
            const Piece whole = *longest;
            const std::size_t half = middle(whole);
            if (half == whole.size()) return false;
            *longest = whole.subspan(half);
            cuts.insert(longest, whole.first(half));
        }
        return true;
    }

 private:
    /// Where a piece is halved; behind it when it is one character.
    std::size_t middle(Piece whole) const noexcept {
        const std::size_t half = at_character(whole, (whole.size() + 1) / 2);
        return half == 0 ? after_character(whole) : half;
    }

    std::size_t at_character(Piece units, std::size_t size) const noexcept {
        if (!request_.announces_utf8()) return size;
        while (size > 0 && size < units.size() && continues_character(units[size])) --size;
        return size;
    }

    std::size_t after_character(Piece units) const noexcept {
        std::size_t size = 1;
        while (size < units.size() && continues_character(units[size])) ++size;
        return size;
    }

    const Request& request_;
};

void check(const Options& options, std::optional<int> count) {
    if (options.family == Family::micro)
        throw Error(Code::invalid, "Micro QR codes can't be joined: they have no structured append",
                    "make QR codes, or one code");
    if (count && (*count < 2 || *count > max_parts))
        throw Error(Code::invalid, "a text can't be split into " + std::to_string(*count) + " codes",
                    "use 2 to 16");
}

/// The smallest version whose pieces are no more than that, and these pieces.
std::optional<std::pair<Version, std::vector<Piece>>> smallest(const Request& request, std::size_t most) {
    const Cutter cutter(request);
    for (Version version = request.first_version(); version.number <= request.last_version().number;
         ++version.number)
        if (auto cuts = cutter.greedy(version); cuts && cuts->size() <= most)
            return std::pair{version, std::move(*cuts)};
    return std::nullopt;
}

[[noreturn]] void refuse(const Request& request, std::size_t count, std::size_t bytes) {
    throw Error(Code::too_large,
                "the text is too long for " + std::to_string(count) + " codes of version " +
                    to_string(request.last_version()) + ": it has " + std::to_string(bytes) + " bytes",
                count < max_parts ? "use more parts, at most 16, or a lower level"
                                  : "shorten it, or use a lower level");
}

std::vector<Symbol> make(const Request& request, Version version, std::span<const Piece> cuts,
                         std::uint8_t parity) {
    std::vector<Plan> plans;
    for (const Piece& cut : cuts) {
        auto plan = request.plan(cut, version, part_header_bits);
        if (!plan) throw Error(Code::internal, "a part outgrew its code", "please report this text as a bug");
        plans.push_back(std::move(*plan));
    }
    return Library::make_parts(plans, parity);
}

/// Over all bytes that were given, whatever modes they are written in (section 8.3).
std::uint8_t parity_of(std::string_view text) noexcept {
    return std::accumulate(text.begin(), text.end(), std::uint8_t{0}, [](std::uint8_t parity, char byte) {
        return static_cast<std::uint8_t>(parity ^ static_cast<std::uint8_t>(byte));
    });
}

}  // namespace

std::vector<Symbol> encode_parts(std::string_view text, const Options& options, std::optional<int> count) {
    check(options, count);
    const Request request(text, options);
    std::vector<Symbol> one;
    if (!count)
        if (auto plan = request.smallest(request.units(), 0)) {
            one.push_back(Library::make(std::move(*plan)));
            return one;
        }
    std::size_t most = count ? static_cast<std::size_t>(*count) : std::size_t{max_parts};
    if (!count)  // as few as the highest version allows, then in the smallest version for so many
        if (const auto fewest = Cutter(request).greedy(request.last_version())) most = fewest->size();
    auto found = smallest(request, most);
    if (!found) refuse(request, most, text.size());
    auto& [version, cuts] = *found;
    if (count && !Cutter(request).extend(cuts, most))
        throw Error(Code::invalid,
                    "the text has fewer characters than the " + std::to_string(most) +
                        " codes that it is to be split into",
                    "use fewer parts");
    return make(request, version, cuts, parity_of(text));
}

}  // namespace tocsin::qr::encoding
