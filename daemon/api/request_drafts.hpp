// SPDX-License-Identifier: Apache-2.0
// The events of a POST, in whichever of CloudEvents' HTTP modes they come.
#pragma once

#include <string_view>
#include <vector>

#include "daemon/api/draft_codec.hpp"
#include "daemon/api/message.hpp"

namespace tocsin::daemon::api {

/// Reads binary, structured and batched mode (CloudEvents HTTP binding 1.0, section 3), drafts and lines.
/// Throws `invalid` for what can't be read, and `UnsupportedMediaType` for other content types.
std::vector<event::Draft> read_drafts(const Request& request, DraftCodec& codec);

/// Gives drafts that came without an id one that another try of the same batch gives them too: BATCH-LINE.
void name_drafts(std::string_view batch, std::vector<event::Draft>& drafts);

/// HTTP's 415, under code `invalid`.
class UnsupportedMediaType : public core::Error {
 public:
    using Error::Error;
};

}  // namespace tocsin::daemon::api
