// SPDX-License-Identifier: Apache-2.0
#include "cli/output/local_time.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace tocsin::cli::output {

std::string local_time(core::Timestamp time) {
    const auto second = std::chrono::floor<std::chrono::seconds>(time);
    const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time - second).count();
    const std::time_t value = second.time_since_epoch().count();
    std::tm parts{};
    if (localtime_r(&value, &parts) == nullptr) return core::to_rfc3339(time);
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02d-%02d %02d:%02d:%02d.%03d", parts.tm_year + 1900,
                  parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                  static_cast<int>(milliseconds));
    return text.data();
}

}  // namespace tocsin::cli::output
