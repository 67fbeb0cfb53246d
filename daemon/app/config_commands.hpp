// SPDX-License-Identifier: Apache-2.0
// `tocsin config`: what is done with a configuration without a daemon. Nothing is written anywhere.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/exit_status.hpp"
#include "daemon/app/config_reader.hpp"

namespace tocsin::daemon::app {

enum class ConfigAction { check, show, schema };
inline constexpr std::array<std::string_view, 3> config_actions{"check", "show", "schema"};

enum class ReportForm { human, json };

struct ConfigReport {
    std::string out;                ///< for standard output
    std::vector<Mistake> mistakes;  ///< to be told on standard error; in JSON they are in `out`
    core::ExitStatus status = core::ExitStatus::ok;
};

ConfigReport work_on_config(ConfigAction action, const Sources& sources, ReportForm form);

}  // namespace tocsin::daemon::app
