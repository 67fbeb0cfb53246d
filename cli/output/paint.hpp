// SPDX-License-Identifier: Apache-2.0
// The few colours: all empty where there are none.
#pragma once

#include <string_view>

namespace tocsin::cli::output {

struct Paint {
    std::string_view bold;
    std::string_view dim;
    std::string_view off;
};

inline constexpr Paint no_paint{};
inline constexpr Paint terminal_paint{"\x1b[1m", "\x1b[2m", "\x1b[0m"};

}  // namespace tocsin::cli::output
