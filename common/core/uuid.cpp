// SPDX-License-Identifier: Apache-2.0
#include "common/core/uuid.hpp"

#include <sys/random.h>

#include "common/core/error.hpp"

namespace tocsin::core {
namespace {

constexpr std::string_view hex = "0123456789abcdef";

constexpr bool dash_at(std::size_t place) { return place == 8 || place == 13 || place == 18 || place == 23; }

std::optional<std::uint8_t> hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
    return std::nullopt;
}

}  // namespace

std::uint64_t random_bits() {
    std::uint64_t bits = 0;
    if (getrandom(&bits, sizeof bits, 0) != static_cast<ssize_t>(sizeof bits))
        throw Error(Code::internal, "the kernel's random generator gave nothing",
                    "check getrandom(2) in the sandbox");
    return bits;
}

UuidSource::UuidSource() : step_(random_bits()) {}

void UuidSource::advance(std::int64_t millisecond) {
    constexpr std::uint64_t low_limit = 1ULL << 62;
    if (millisecond > millisecond_) {
        millisecond_ = millisecond;
        high_ = random_bits() & 0x7FF;  // the top bit stays free: room to count
        low_ = random_bits() & (low_limit - 1);
        return;
    }
    low_ += 1 + (step_() & 0xFFFFFFFF);
    if (low_ < low_limit) return;
    low_ &= low_limit - 1;
    if (++high_ < 0x1000) return;
    high_ = 0;
    ++millisecond_;
}

Uuid UuidSource::next(Timestamp now) {
    const std::lock_guard lock(mutex_);
    advance(std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
    Uuid uuid{};
    const auto time = static_cast<std::uint64_t>(millisecond_);
    for (std::size_t i = 0; i < 6; ++i) uuid[i] = static_cast<std::uint8_t>(time >> (40 - 8 * i));
    uuid[6] = static_cast<std::uint8_t>(0x70 | (high_ >> 8));
    uuid[7] = static_cast<std::uint8_t>(high_);
    for (std::size_t i = 0; i < 8; ++i) uuid[8 + i] = static_cast<std::uint8_t>(low_ >> (56 - 8 * i));
    uuid[8] = static_cast<std::uint8_t>(0x80 | (uuid[8] & 0x3F));
    return uuid;
}

void append_uuid(const Uuid& uuid, std::string& out) {
    std::array<char, 36> text{};
    std::size_t place = 0;
    for (const std::uint8_t byte : uuid) {
        if (dash_at(place)) text[place++] = '-';
        text[place++] = hex[byte >> 4];
        text[place++] = hex[byte & 15];
    }
    out.append(text.data(), text.size());
}

std::string to_text(const Uuid& uuid) {
    std::string out;
    append_uuid(uuid, out);
    return out;
}

std::optional<Uuid> parse_uuid(std::string_view text) noexcept {
    if (text.size() != 36) return std::nullopt;
    Uuid uuid{};
    std::size_t nibble = 0;
    for (std::size_t place = 0; place < text.size(); ++place) {
        if (dash_at(place)) {
            if (text[place] != '-') return std::nullopt;
            continue;
        }
        const auto value = hex_value(text[place]);
        if (!value) return std::nullopt;
        uuid[nibble / 2] = static_cast<std::uint8_t>(uuid[nibble / 2] << 4 | *value);
        ++nibble;
    }
    return uuid;
}

}  // namespace tocsin::core
