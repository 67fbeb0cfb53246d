// SPDX-License-Identifier: Apache-2.0
// The events of a spool file: bytes in, drafts out, nothing else.
#pragma once

#include <string_view>
#include <vector>

#include "daemon/api/draft_codec.hpp"

namespace tocsin::daemon::spool {

/// At least one draft. What the header says of all events is in each that does not say it itself. Throws
/// `invalid` and `too_large`, with the line (from 1, behind the header) where one is at fault.
std::vector<event::Draft> read_spool_file(std::string_view bytes, api::DraftCodec& codec);

}  // namespace tocsin::daemon::spool
