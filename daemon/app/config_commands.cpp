// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/config_commands.hpp"

#include <utility>

#include "common/core/text.hpp"
#include "daemon/app/config_show.hpp"

namespace tocsin::daemon::app {
namespace {

std::string praise(const Reading& reading) {
    const std::string of =
        reading.files.empty() ? "no file, every key has its default" : core::joined(reading.files);
    return "the configuration is good: " + of + "\n";
}

}  // namespace

ConfigReport work_on_config(ConfigAction action, const Sources& sources, ReportForm form) {
    if (action == ConfigAction::schema) return {config_schema(), {}};
    Reading reading = read_config(sources);
    const bool good = reading.mistakes.empty();
    const core::ExitStatus status = good ? core::ExitStatus::ok : core::ExitStatus::config;
    if (form == ReportForm::json && (action == ConfigAction::check || !good))
        return {check_json(reading) + "\n", {}, status};
    if (!good) return {"", std::move(reading.mistakes), status};
    if (action == ConfigAction::check) return {praise(reading), {}};
    return {form == ReportForm::json ? show_json(reading) + "\n" : show_toml(reading), {}};
}

}  // namespace tocsin::daemon::app
