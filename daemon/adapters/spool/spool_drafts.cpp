// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/spool/spool_drafts.hpp"

#include <utility>

#include "common/api/spool_file.hpp"
#include "common/core/error.hpp"
#include "common/core/text.hpp"
#include "common/event/traceparent.hpp"
#include "daemon/api/request_drafts.hpp"

namespace tocsin::daemon::spool {
namespace {

using core::Error;
using event::Draft;
using tocsin::api::SpoolHeader;

/// `time` comes first among the attributes.
void add_time(core::Timestamp time, Draft& draft) {
    if (draft.attributes.has("time")) return;
    event::Attributes attributes;
    attributes.add("time", core::to_rfc3339(time));
    attributes.append(draft.attributes);
    draft.attributes = std::move(attributes);
}

void add_trace(const SpoolHeader& header, Draft& draft) {
    if (!event::is_traceparent(header.traceparent) || draft.attributes.has("traceparent")) return;
    draft.attributes.add("traceparent", header.traceparent);
    const bool has_state = !header.tracestate.empty() && core::is_printable_utf8(header.tracestate);
    if (has_state && !draft.attributes.has("tracestate"))
        draft.attributes.add("tracestate", header.tracestate);
}

}  // namespace

std::vector<Draft> read_spool_file(std::string_view bytes, api::DraftCodec& codec) {
    const tocsin::api::SpoolFile file = tocsin::api::parse_spool_file(bytes);
    std::vector<Draft> drafts = codec.read_lines(file.lines, {file.header.default_type});
    if (drafts.empty())
        throw Error(core::Code::invalid, "it holds no event", "tocsin-protocol(7) describes spool files");
    if (!file.header.batch.empty()) api::name_drafts(file.header.batch, drafts);
    for (Draft& draft : drafts) {
        add_time(file.header.time, draft);
        add_trace(file.header, draft);
    }
    return drafts;
}

}  // namespace tocsin::daemon::spool
