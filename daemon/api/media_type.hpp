// SPDX-License-Identifier: Apache-2.0
// Media types, as Content-Type and `datacontenttype` name them. Thread rule: any thread.
#pragma once

#include <string>
#include <string_view>

namespace tocsin::daemon::api {

/// The type without its parameters, in lower case.
std::string media_type(std::string_view header);

/// True for a `media_type` whose content is JSON.
bool is_json_type(std::string_view type) noexcept;

}  // namespace tocsin::daemon::api
