// SPDX-License-Identifier: Apache-2.0
// Which word was meant.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace tocsin::core {

/// The known word nearest to what was written: one that it begins, or at most two edits away. Nothing when
/// none is near.
std::optional<std::string_view> nearest(std::string_view written, std::span<const std::string_view> known);

}  // namespace tocsin::core
