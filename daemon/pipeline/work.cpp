// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/work.hpp"

#include <utility>

#include "common/event/json_text.hpp"

namespace tocsin::daemon::pipeline {

Work to_work(event::Event event) {
    constexpr std::size_t usual_attributes = 256;  // that the event itself does not hold
    Work work;
    work.id.seq = event.seq;
    work.json.reserve(event.size_bytes() + usual_attributes);
    work.recorded = event.recorded;
    event::append_json(event, work.json);
    work.event = std::move(event);
    return work;
}

Failure failure_of(std::string_view stage, const std::string& error, core::Timestamp time) {
    return {.time = time, .result = std::string(stage) + ": " + error, .output = {}, .errors = {}, .run = {}};
}

}  // namespace tocsin::daemon::pipeline
