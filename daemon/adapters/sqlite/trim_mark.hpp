// SPDX-License-Identifier: Apache-2.0
// What trimming leaves in table `meta`, so that what was removed is never taken for lost.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/core/sequence.hpp"

namespace tocsin::daemon::sqlite {

struct TrimMark {
    static constexpr const char* key = "trimmed";

    core::Seq before = 1;       ///< events in front of it were removed, but for those that are kept
    std::int64_t recorded = 0;  ///< no later event is older; microseconds since 1970, as the next
    std::int64_t clock = 0;     ///< the time that ages were measured by, 0 when there was none
};

/// The numbers and their checksum.
std::string to_text(const TrimMark& mark);
/// Nothing when the text is something else, or not as it was written.
std::optional<TrimMark> parse_trim_mark(std::string_view text);

}  // namespace tocsin::daemon::sqlite
