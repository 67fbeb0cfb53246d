// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/live_config.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "common/core/error.hpp"
#include "common/core/text.hpp"
#include "daemon/app/config_changes.hpp"
#include "daemon/app/logging.hpp"

namespace tocsin::daemon::app {
namespace {

using api::RefusedReload;
using api::ReloadResult;
using core::Code;
using core::Error;

/// More lines than anybody reads at once; `tocsin reload` and `tocsin config check` tell all.
constexpr std::size_t most_logged = 20;

RefusedReload stopping() {
    return {Error::unavailable(core::Reason::stopping, "the daemon is stopping", "try again in a moment"),
            {}};
}

}  // namespace

LiveConfig::LiveConfig(Sources sources, Reading reading, Apply apply, metrics::Metrics& metrics,
                       const core::Clock& clock)
    : sources_(std::move(sources)),
      apply_(std::move(apply)),
      metrics_(metrics),
      clock_(clock),
      current_(std::move(reading)),
      status_{clock.now(), current_.files, std::nullopt} {
    for (const std::string_view outcome : metrics::reload_outcomes) metrics_.config_reloads.add(outcome, 0);
    metrics_.config_loaded.set(core::to_microseconds(status_.loaded));
    metrics_.config_last_reload_successful.set(1);
}

void LiveConfig::reload(std::function<void(ReloadResult)> done) {
    {
        const std::lock_guard lock(mutex_);
        if (!stopped_) {
            asked_.push_back(std::move(done));
            kill(getpid(), SIGHUP);
            return;
        }
    }
    done(stopping());
}

void LiveConfig::stop() {
    Asked asked;
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        asked.swap(asked_);
    }
    for (const auto& done : asked) done(stopping());
}

void LiveConfig::reload_now() {
    Asked asked;
    {
        const std::lock_guard lock(mutex_);
        asked.swap(asked_);
    }
    const ReloadResult result = attempt();
    for (const auto& done : asked) done(result);
}

ReloadResult LiveConfig::attempt() {
    try {
        Reading next = read_config(sources_);
        if (!next.mistakes.empty()) return refuse(std::move(next.mistakes));
        Changes changes = compare(current_, next);
        if (!changes.refused.empty()) return refuse(std::move(changes.refused));
        return take(std::move(next), std::move(changes.live));
    } catch (const std::exception& error) {
        spdlog::error("reload failed, the configuration stays as it was: {}", error.what());
        note("refused");
        return RefusedReload{Error(Code::internal, std::string("the reload failed: ") + error.what(),
                                   "the configuration stays as it was; try again"),
                             {}};
    }
}

ReloadResult LiveConfig::take(Reading next, std::vector<std::string> changed) {
    if (std::ranges::find(changed, "log.level") != changed.end()) app::set_log_level(next.config.log_level);
    apply_(next.config, changed);
    current_ = std::move(next);
    {
        const std::lock_guard lock(mutex_);
        status_ = {clock_.now(), current_.files, std::nullopt};
    }
    spdlog::info("reload: {}", changed.empty() ? "nothing has changed" : "changed " + core::joined(changed));
    note(changed.empty() ? "unchanged" : "applied");
    return tocsin::api::Reloaded{std::move(changed), current_.files};
}

/// One line that tells the outcome, and one for each mistake: after a SIGHUP the log is all that there is.
RefusedReload LiveConfig::refuse(std::vector<Mistake> mistakes) {
    const std::string count = tocsin::api::count_text(mistakes);
    spdlog::error("reload refused, the configuration stays as it was: {}", count);
    for (std::size_t i = 0; i < std::min(mistakes.size(), most_logged); ++i)
        spdlog::error("reload: {}", mistakes[i].text());
    metrics_.last_error.set(clock_.now(), "reload refused: " + count + ", first " + mistakes.front().text());
    note("refused");
    return {Error(Code::invalid, "nothing was changed: " + count, "mend what is named and reload again"),
            std::move(mistakes)};
}

void LiveConfig::note(std::string_view outcome) {
    const core::Timestamp now = clock_.now();
    const bool successful = outcome != "refused";
    metrics_.config_reloads.add(outcome);
    metrics_.config_last_reload_successful.set(successful ? 1 : 0);
    if (successful) metrics_.config_loaded.set(core::to_microseconds(now));
    const std::lock_guard lock(mutex_);
    if (!successful) status_.refused = now;
}

tocsin::api::ConfigurationStatus LiveConfig::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

std::string_view LiveConfig::log_level() const {
    return tocsin::api::log_levels.at(static_cast<std::size_t>(app::log_level()));
}

void LiveConfig::set_log_level(const std::string& level) { app::set_log_level(parse_log_level(level)); }

}  // namespace tocsin::daemon::app
