// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/doors.hpp"

#include <optional>

#include "daemon/adapters/openssl/crypto.hpp"
#include "daemon/adapters/prometheus/exposition.hpp"

namespace tocsin::fuzz {
namespace {

constexpr int uses_of_doors = 20'000;

std::vector<daemon::http::Listener> listening_at(const std::filesystem::path& path) {
    std::vector<daemon::http::Listener> listeners;
    listeners.push_back(daemon::http::Listener::at_path(path));
    return listeners;
}

}  // namespace

Doors::Doors()
    : log_(clock_),
      access_(clock_, daemon::openssl::sha256),
      audit_(metrics_, clock_),
      commands_(log_, clock_),
      info_{.version = "fuzz",
            .started = clock_.now(),
            .listeners = {},
            .is_stopping = [] { return false; },
            .shed_connections = [] { return std::uint64_t{0}; },
            .configuration = [] { return tocsin::api::ConfigurationStatus(); },
            .retention = [] { return daemon::eventlog::RetentionStatus(); },
            .spool = [] { return std::nullopt; },
            .pipelines = {},
            .require_none_spooled = [](const event::Author&) {}},
      queries_(log_, metrics_, info_, clock_),
      pipelines_(log_, deliveries_, in_work_, clock_, [](const daemon::pipeline::Notice&) {}),
      intake_(zeromq_, {intake(), 0600, "", {}}, commands_, access_, audit_, metrics_),
      http_(listening_at(api()), options_, commands_, queries_, access_, audit_, metrics_,
            daemon::prometheus::exposition, control_, pipelines_, clock_) {}

void NoControl::reload(std::function<void(daemon::api::ReloadResult)> done) { done(tocsin::api::Reloaded{}); }

Doors::~Doors() {
    http_.stop();
    intake_.stop();
}

Doors& fresh_doors() {
    static std::optional<Doors> doors;
    static int uses = 0;
    if (!doors || ++uses % uses_of_doors == 0) doors.emplace();
    return *doors;
}

}  // namespace tocsin::fuzz
