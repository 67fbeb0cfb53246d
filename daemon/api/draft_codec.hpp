// SPDX-License-Identifier: Apache-2.0
// Reads what clients send: one CloudEvent, a JSON array of them, or one a line. The same for every door.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/event/event.hpp"

namespace tocsin::daemon::api {

/// What is taken for granted where it is left out.
struct DraftDefaults {
    /// The type of events that carry none; empty means that `type` is needed. With it, JSON that is no event
    /// at all (no object, or one with neither `type` nor `data`, `data_base64` or `specversion`) becomes the
    /// data of one, as a line of journalctl's.
    std::string type;
};

/// Deeper JSON is refused: jq 1.6 reads no deeper either.

/// Checks JSON more strictly than RFC 8259 asks: no duplicate keys, no number beyond a double's range, no
/// nesting over `event::max_json_depth`. Everything that it refuses is `invalid` and names the place.
/// Keeps its working memory between calls. Thread rule: one thread at a time.
class DraftCodec {
 public:
    DraftCodec();
    ~DraftCodec();
    DraftCodec(const DraftCodec&) = delete;
    DraftCodec& operator=(const DraftCodec&) = delete;

    event::Draft read_one(std::string_view json, const DraftDefaults& defaults = {});

    /// An array of events, or one event. Errors name the member, from 1.
    std::vector<event::Draft> read_array(std::string_view json, const DraftDefaults& defaults = {});

    /// One event a line; blank lines are skipped. Errors name the line, from 1.
    std::vector<event::Draft> read_lines(std::string_view text, const DraftDefaults& defaults = {});

    /// One JSON value, as it is stored: checked, white space between tokens removed.
    std::string read_value(std::string_view json);

 private:
    struct Memory;
    std::unique_ptr<Memory> memory_;
};

}  // namespace tocsin::daemon::api
