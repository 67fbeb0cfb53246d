// SPDX-License-Identifier: Apache-2.0
// What a user is told to do about a damaged store.
#pragma once

namespace tocsin::daemon::sqlite {

inline constexpr const char* damage_hint =
    "keep the files as they are: 'tocsin doctor' tells what is damaged, 'tocsin salvage' saves the rest, "
    "'tocsin restore' puts a backup in place";

}  // namespace tocsin::daemon::sqlite
