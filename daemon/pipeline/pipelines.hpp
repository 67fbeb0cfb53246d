// SPDX-License-Identifier: Apache-2.0
// All pipelines: begun, changed and ended together, found by name, and watched.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "daemon/eventlog/retention_rule.hpp"
#include "daemon/pipeline/pipeline.hpp"

namespace tocsin::daemon::pipeline {

/// Thread rule: any thread, but `begin` and `stop`.
class Pipelines {
 public:
    /// Nothing runs before `begin`.
    Pipelines(eventlog::EventLog& log, DeliveryStore& store, InWork& in_work, const core::Clock& clock,
              Notify notify);
    ~Pipelines();
    Pipelines(const Pipelines&) = delete;
    Pipelines& operator=(const Pipelines&) = delete;

    /// `marks` are the events that were in work when the last daemon died.
    void begin(std::vector<Blueprint> blueprints, const std::vector<Mark>& marks);
    /// Pipelines that differ end what is in work, and go on from there in their new form. Those that are the
    /// same open their files anew.
    void reconfigure(std::vector<Blueprint> blueprints);
    /// Ends all of them. What is in work has so long; what has not ended then is given up, and comes again.
    void stop(std::chrono::milliseconds limit);

    std::vector<Status> status() const;
    /// These throw `not_found` when the configuration has no such pipeline.
    Status status(const std::string& name) const;
    void pause(const std::string& name, std::string who, Pipeline::Done done);
    void resume(const std::string& name, Pipeline::Done done);
    void skip(const std::string& name, std::optional<Seq> to, SkipDone done);

    /// Dead letters to be tried again: how many. Those of pipelines that are not configured are left out;
    /// throws `not_found` where they are named.
    std::uint64_t redeliver(const DeadQuery& query);
    /// How many went.
    std::uint64_t drop(const DeadQuery& query);
    const DeliveryStore& store() const noexcept { return store_; }

    /// Who needs the log from where on.
    std::vector<eventlog::Hold> holds() const;
    void note_trimmed(Seq first);

 private:
    struct Slot {
        std::shared_ptr<Pipeline> pipeline;  // shared with its threads
        std::optional<Blueprint> next = std::nullopt;
        core::SteadyTime ending_since{};
        bool is_ending = false;
    };

    void write_down(const std::set<std::string>& names);
    Kept begin_of(const Options& options);
    std::shared_ptr<Pipeline> make(Blueprint blueprint);
    bool is_there(const std::string& name) const;
    std::shared_ptr<Pipeline> find(const std::string& name) const;
    std::vector<std::shared_ptr<Pipeline>> all() const;
    void end(Slot& slot);
    void oversee(const std::stop_token& stop) noexcept;
    void succeed();
    std::shared_ptr<Pipeline> succeed(const std::string& name);

    DeliveryStore& store_;
    const core::Clock& clock_;
    const Surroundings around_;

    std::atomic<bool> has_begun_{false};
    mutable std::mutex mutex_;  // guards what follows; never held while the log is called
    std::condition_variable_any wake_;
    std::map<std::string, Slot, std::less<>> slots_;
    std::map<std::string, Kept, std::less<>> kept_;  // of pipelines that do not run
    std::unique_ptr<eventlog::Watch> watch_;
    std::jthread overseer_;
};

}  // namespace tocsin::daemon::pipeline
