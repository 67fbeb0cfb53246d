// SPDX-License-Identifier: Apache-2.0
// A configuration that was read, written out: what is in force, and where it comes from.
#pragma once

#include <string>

#include "daemon/app/config_reader.hpp"

namespace tocsin::daemon::app {

/// TOML with every key in force and, as a comment, where its value comes from. Secrets are masked.
std::string show_toml(const Reading& reading, const Tables& tables = config_tables());

/// The same as one line of JSON:
/// `{"files":[…],"settings":[{"key":…,"value":…,"from":…,"file":…,"line":…,"column":…,"over":[…]}],
///   "rows":{NAME:[{"file":…,"line":…,"column":…,"settings":[…]}]}}`.
std::string show_json(const Reading& reading, const Tables& tables = config_tables());

/// `{"good":…,"files":[…],"mistakes":[{"file":…,"line":…,"column":…,"message":…}]}`, one line.
std::string check_json(const Reading& reading);

/// A JSON Schema (draft 7, which editors for TOML know) of all that a configuration may hold.
std::string config_schema(const Tables& tables = config_tables());

}  // namespace tocsin::daemon::app
