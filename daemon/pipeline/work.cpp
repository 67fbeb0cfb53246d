// SPDX-License-Identifier: Apache-2.0
#include "daemon/pipeline/work.hpp"

#include <utility>

#include "common/event/json_text.hpp"

namespace tocsin::daemon::pipeline {

Work to_work(event::Event event, std::string json) {
    Work work;
    work.id.seq = event.seq;
    work.recorded = event.recorded;
    work.json = std::move(json);
    work.event = std::move(event);
    return work;
}

Work to_work(event::Event event) {
    std::string json;
    event::append_json(event, json);
    return to_work(std::move(event), std::move(json));
}

Failure failure_of(std::string_view stage, const std::string& error, core::Timestamp time) {
    return {.time = time, .result = std::string(stage) + ": " + error, .output = {}, .errors = {}, .run = {}};
}

}  // namespace tocsin::daemon::pipeline
