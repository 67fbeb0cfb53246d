// SPDX-License-Identifier: Apache-2.0
// The scripts under migrations/, in order. A store's user_version says how many of them it has seen.
#pragma once

#include <string_view>
#include <vector>

namespace tocsin::daemon::sqlite {

const std::vector<std::string_view>& migrations();

}  // namespace tocsin::daemon::sqlite
