// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/daemon.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <utility>

#include "common/core/version.hpp"
#include "daemon/adapters/openssl/crypto.hpp"
#include "daemon/adapters/prometheus/exposition.hpp"
#include "daemon/app/stop_guard.hpp"

namespace tocsin::daemon::app {
namespace {

using core::ExitStatus;

constexpr mode_t runtime_mode = 0755;
constexpr mode_t intake_mode = 0666;
constexpr mode_t feed_mode = 0660;
constexpr const char* feed_group = "tocsin";
constexpr std::chrono::seconds stop_limit{20};       // below the unit's TimeoutStopSec=
constexpr std::chrono::seconds pipelines_limit{10};  // a command has 5 s of them, then it is ended

timespec to_timespec(std::chrono::microseconds span) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(span);
    return {.tv_sec = seconds.count(), .tv_nsec = std::chrono::nanoseconds(span - seconds).count()};
}

/// What happened to a pipeline, for the daemon's log.
std::string words_for(const pipeline::Notice& notice) {
    using What = pipeline::Notice::What;
    const std::string first = core::to_text(notice.range.first);
    switch (notice.what) {
        case What::down: return "halts, its sink is down";
        case What::up: return "goes on, its sink is back";
        case What::dead: return "has its first dead letter, event " + first;
        case What::overrun:
            return "has lost " + std::to_string(notice.count) + " events to retention, " + first + " to " +
                   core::to_text(notice.range.last);
        case What::stuck: return "is stuck";
        case What::disabled: return "is disabled by the other side";
        case What::enabled: break;
    }
    return "is enabled again";
}

std::filesystem::path lock_in_runtime(const std::filesystem::path& folder) {
    core::prepare_folder(folder, runtime_mode, "runtime");
    return folder / core::runtime_lock;
}

}  // namespace

Daemon::Daemon(Sources sources, Reading reading, const core::Clock& clock)
    : config_(reading.config),
      clock_(clock),
      live_config_(
          std::move(sources), std::move(reading),
          [this](const Config& config, const auto& changed) { apply(config, changed); }, metrics_, clock),
      runtime_lock_(lock_in_runtime(config_.runtime)),
      inherited_(InheritedSockets::take()),
      log_(config_.state, config_.store, clock, metrics_,
           [this](const core::Error& error) { on_store_failure(error); }),
      delivery_store_(log_),
      in_work_(config_.state / core::in_work_file),
      own_events_(log_, clock, config_.own_events),
      factory_(config_.runtime / core::api_socket, clock),
      pipelines_(reported_log(), delivery_store_, in_work_, clock,
                 [this](const pipeline::Notice& notice) { on_notice(notice); }),
      retention_(
          log_, config_.retention, clock, metrics_,
          [this] {
              own_events_.retry();
              return pipelines_.holds();
          },
          [this](core::Seq first) { pipelines_.note_trimmed(first); }),
      access_(clock, openssl::sha256, config_.access),
      audit_(metrics_, clock, [this](const api::Refusal& refusal) { own_events_.refused(refusal); }),
      commands_(log_, clock),
      listeners_(open_listeners()),
      spool_(spool()),
      info_(info()),
      queries_(log_, metrics_, info_, clock),
      feed_(zeromq_, endpoint(inherited_, "feed", core::feed_socket, feed_mode), config_.feed,
            log_with_pipelines(), metrics_, clock),
      intake_(zeromq_, endpoint(inherited_, "intake", core::intake_socket, intake_mode), commands_, access_,
              audit_, metrics_),
      http_(std::move(listeners_), config_.http, commands_, queries_, access_, audit_, metrics_,
            prometheus::exposition, live_config_, pipelines_, clock),
      watchdog_(service_manager_,
                {{"http", http_.pulse()}, {"intake", intake_.pulse()}, {"feed", feed_.pulse()}},
                [this] { return log_.is_busy(); }) {
    spdlog::info("tocsind {} serves {} from sequence {} on", core::version, config_.runtime.string(),
                 log_.head() + 1);
    if (spool_) spool_->start();
}

/// What the start found is told before any door opens.
sqlite::SqliteEventLog& Daemon::reported_log() {
    for (const std::string& warning : log_.warnings()) {
        spdlog::error("{}", warning);
        metrics_.last_error.set(clock_.now(), warning);
    }
    if (!in_work_.trouble().empty())
        spdlog::warn("what is in work is not on record: {}; an event that ends the daemon is tried for ever",
                     in_work_.trouble());
    own_events_.started(core::version);
    return log_;
}

/// Pipelines begin before any door takes something in: the first event is new to all of them.
sqlite::SqliteEventLog& Daemon::log_with_pipelines() {
    pipelines_.begin(factory_.blueprints(config_.pipelines), in_work_.found());
    return log_;
}

http::Listener Daemon::api_listener(const InheritedSockets& inherited) const {
    if (const auto descriptor = inherited.find("api")) return http::Listener::inherited(*descriptor);
    return http::Listener::at_path(config_.runtime / core::api_socket);
}

std::vector<http::Listener> Daemon::open_listeners() const {
    std::vector<http::Listener> listeners;
    listeners.push_back(api_listener(inherited_));
    if (const auto& address = config_.http.tcp.listen)
        listeners.push_back(http::Listener::at_address(*address));
    return listeners;
}

zeromq::Endpoint Daemon::endpoint(const InheritedSockets& inherited, const std::string& name,
                                  std::string_view file, mode_t mode) const {
    return {config_.runtime / file, mode, name == "feed" ? feed_group : "", inherited.find(name)};
}

api::DaemonInfo Daemon::info() const {
    const auto address = [this](const std::string& scheme, const std::string& name, std::string_view file) {
        return tocsin::api::Listener{
            name, scheme + inherited_.path(name).value_or((config_.runtime / file).string())};
    };
    std::vector<tocsin::api::Listener> listeners{address("unix:", "api", core::api_socket),
                                                 address("ipc://", "intake", core::intake_socket),
                                                 address("ipc://", "feed", core::feed_socket)};
    for (const http::Listener& listener : listeners_)
        if (listener.kind() == http::Listener::Kind::tcp) listeners.push_back({"tcp", listener.address()});
    return {.version = core::version,
            .started = clock_.now(),
            .listeners = std::move(listeners),
            .is_stopping = [this] { return stopping_.load(); },
            .shed_connections = [] { return zeromq::shed_connections(); },
            .configuration = [this] { return live_config_.status(); },
            .retention = [this] { return retention_.status(); },
            .spool = [this] { return spool_ ? std::optional(spool_->status()) : std::nullopt; },
            .pipelines = [this] { return pipelines_.status(); },
            .require_none_spooled =
                [this](const event::Author& author) {
                    if (spool_) spool_->require_none(author);
                }};
}

/// Nothing is taken in before all doors are open; until then clients with a spool use it.
std::unique_ptr<spool::Spool> Daemon::spool() {
    spool::Options options = config_.spool;
    if (options.path.empty()) options.path = spool_of(config_.runtime);
    if (options.path.empty()) return nullptr;
    return std::make_unique<spool::Spool>(std::move(options), commands_, access_, metrics_, clock_);
}

/// On the committing thread: the main thread sleeps in sigwait, so a signal is what wakes it.
void Daemon::on_store_failure(const core::Error& error) {
    spdlog::critical("the store failed and its last commit's outcome is unknown: {}; restart needed",
                     error.what());
    metrics_.last_error.set(clock_.now(), error.what());
    store_failed_ = true;
    kill(getpid(), SIGTERM);
}

/// On a pipeline's thread.
void Daemon::on_notice(const pipeline::Notice& notice) {
    using What = pipeline::Notice::What;
    const std::string why = notice.reason.empty() ? "" : ": " + notice.reason;
    const bool is_good = notice.what == What::up || notice.what == What::enabled;
    spdlog::log(is_good ? spdlog::level::info : spdlog::level::warn, "pipeline {} {}{}", notice.pipeline,
                words_for(notice), why);
    own_events_.pipeline(notice);
}

/// The state in a sentence, for the service manager.
std::string Daemon::serving() const {
    return "Serving; the next event has sequence " + core::to_text(log_.head() + 1);
}

ExitStatus Daemon::run() {
    service_manager_.ready(serving());
    int signal = wait_for_signal();
    for (; signal == SIGHUP; signal = wait_for_signal()) reload();
    stop(store_failed_ ? "store failed" : sigabbrev_np(signal));
    return store_failed_ ? ExitStatus::io : ExitStatus::ok;
}

/// The next signal that asks for something; the watchdog has its turns meanwhile.
int Daemon::wait_for_signal() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    const auto period = service_manager_.watchdog_period();
    int signal = -1;
    while (signal < 0) {
        if (!period) {
            signal = sigwaitinfo(&signals, nullptr);
            continue;
        }
        watchdog_.turn();
        const timespec wait = to_timespec(*period);
        signal = sigtimedwait(&signals, nullptr, &wait);
    }
    return signal;
}

void Daemon::reload() {
    service_manager_.reloading();
    live_config_.reload_now();
    service_manager_.ready(serving());
}

/// The one place where a new configuration reaches what runs: a line for each part whose keys are
/// `Change::live`, and for each list of tables. On the main thread. Nothing here may fail: what can be wrong
/// was told by reading.
void Daemon::apply(const Config& config, const std::vector<std::string>& changed) {
    http_.reconfigure(config.http);
    access_.reconfigure(config.access);
    retention_.reconfigure(config.retention);
    pipelines_.reconfigure(factory_.blueprints(config.pipelines));
    if (spool_) spool_->reconfigure(config.spool);
    if (!changed.empty()) own_events_.reloaded(changed);
}

/// Doors close from the outside in: nothing new comes, what waits is committed and answered, readers get the
/// rest.
void Daemon::stop(std::string_view reason) {
    const StopGuard guard(stop_limit);
    spdlog::info("tocsind is stopping: {}", reason);
    service_manager_.stopping();
    stopping_ = true;
    live_config_.stop();
    if (spool_) spool_->stop();
    http_.stop();
    retention_.stop();
    intake_.stop();
    pipelines_.stop(pipelines_limit);
    if (!store_failed_) own_events_.stopped(reason);
    log_.stop();
    feed_.stop();
    spdlog::info("tocsind stopped at sequence {}", log_.head());
}

}  // namespace tocsin::daemon::app
