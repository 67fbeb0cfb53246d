// SPDX-License-Identifier: Apache-2.0
// UUID version 7 (RFC 9562, section 5.7): ids that order by the time they were made.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "common/core/timestamp.hpp"

namespace tocsin::core {

using Uuid = std::array<std::uint8_t, 16>;

/// Makes UUIDv7s. Ids of one source order as they were made, also within a millisecond
/// (RFC 9562, section 6.2, method 2: a random start per millisecond, then random steps).
/// Thread rule: any thread.
class UuidSource {
 public:
    UuidSource();
    Uuid next(Timestamp now);

 private:
    void advance(std::int64_t millisecond);

    std::mutex mutex_;
    std::int64_t millisecond_ = 0;
    std::uint64_t high_ = 0;  // rand_a, 12 bits
    std::uint64_t low_ = 0;   // rand_b, 62 bits
    std::mt19937_64 step_;
};

/// The canonical form: 36 characters, lower case.
std::string to_text(const Uuid& uuid);
void append_uuid(const Uuid& uuid, std::string& out);

/// Reads the canonical form only, so that `to_text` gives back the same bytes; nothing otherwise.
std::optional<Uuid> parse_uuid(std::string_view text) noexcept;

/// 64 bits from the kernel's random generator. Throws `internal` when it gives none.
std::uint64_t random_bits();

}  // namespace tocsin::core
