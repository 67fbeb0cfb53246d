// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/spool/spool_drafts.hpp"

#include <utility>

#include "common/api/spool_file.hpp"
#include "common/core/error.hpp"
#include "common/event/trace_context.hpp"
#include "daemon/api/request_drafts.hpp"

namespace tocsin::daemon::spool {
namespace {

using core::Error;
using event::Draft;

/// `time` comes first among the attributes.
void add_time(core::Timestamp time, Draft& draft) {
    if (draft.attributes.has("time")) return;
    event::Attributes attributes;
    attributes.add("time", core::to_rfc3339(time));
    attributes.append(draft.attributes);
    draft.attributes = std::move(attributes);
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
        event::add_trace({file.header.traceparent, file.header.tracestate}, draft.attributes);
    }
    return drafts;
}

}  // namespace tocsin::daemon::spool
