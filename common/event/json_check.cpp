// SPDX-License-Identifier: Apache-2.0
#include "common/event/json_check.hpp"

#include <nlohmann/json.hpp>

namespace tocsin::event {

bool is_json(std::string_view text) { return nlohmann::json::accept(text); }

}  // namespace tocsin::event
