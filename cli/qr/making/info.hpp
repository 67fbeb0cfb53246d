// SPDX-License-Identifier: Apache-2.0
// What a code is made of, for people and for scripts.
#pragma once

#include <string>

#include "common/qr/encoding/symbol.hpp"

namespace tocsin::cli::qr::making {

/// `name: value` lines: version, level, mask, modes, modules, bits, capacity left.
std::string info_of(const tocsin::qr::encoding::Symbol& symbol);

}  // namespace tocsin::cli::qr::making
