// SPDX-License-Identifier: Apache-2.0
// The spool from the daemon's side: takes in what was emitted while the daemon could not be asked.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/api/reports.hpp"
#include "common/core/clock.hpp"
#include "daemon/adapters/spool/folders.hpp"
#include "daemon/adapters/spool/log_limit.hpp"
#include "daemon/adapters/spool/precedence.hpp"
#include "daemon/adapters/spool/waiting.hpp"
#include "daemon/api/access.hpp"
#include "daemon/api/commands.hpp"
#include "daemon/api/draft_codec.hpp"
#include "daemon/metrics/metrics.hpp"

namespace tocsin::daemon::spool {

struct Options {
    std::filesystem::path path;  ///< empty: no spool
    Limits limits;               ///< for each user
    BadLimits bad;
};

/// Runs on a thread of its own from `start` to `stop`. A folder that can't be used is reported, and looked at
/// again every few seconds.
class Spool {
 public:
    Spool(Options options, api::Commands& commands, api::Access& access, metrics::Metrics& metrics,
          const core::Clock& clock);
    ~Spool();
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    void start();
    /// Takes nothing more in, and returns when what is on its way to the log has been answered.
    void stop();

    /// Takes over everything but the path. Any thread.
    void reconfigure(const Options& options);
    /// Any thread.
    tocsin::api::SpoolStatus status() const;
    /// See Precedence. Any thread.
    void require_none(const event::Author& author) const { precedence_.require_none(author); }

 private:
    struct User {
        Waiting waiting;
        std::optional<gid_t> group;
        api::Pass pass;
        std::size_t window = 0;  ///< files that are handed over together; 0: as many as may be
        core::SteadyTime blocked_until;
        bool over_rate = false;
    };
    struct Portion;
    struct Round;

    void run() noexcept;
    void turn();
    void open();
    void wait() const;
    core::SteadyTime next_work() const;
    void take_news();
    bool read_news(std::vector<std::string>& names);
    void list();
    void add(const std::string& name);
    void over_limit(uid_t owner, User& user, const Waiting::File& file);
    void settle();

    bool drain_round();
    bool is_due(const User& user) const;
    void fill(Portion& portion);
    bool load(Portion& portion, const Waiting::File& file);
    void submit(Round& round);
    std::size_t conclude(Portion& portion);
    void remove(const Round& round);
    void put_off(Portion& portion, const core::Error& error);
    void set_aside(uid_t owner, User& user, const Waiting::File& file, const std::string& reason,
                   const core::Error& error);
    const api::Principal& principal_of(uid_t owner, User& user);
    void tidy();
    void report(const std::string& problem);

    api::Commands& commands_;
    api::Access& access_;
    metrics::Metrics& metrics_;
    const core::Clock& clock_;
    const std::filesystem::path path_;
    api::DraftCodec codec_;
    Precedence precedence_;
    std::unique_ptr<Folders> folders_;
    Descriptor inotify_;
    Descriptor doorbell_;
    int watch_ = -1;
    std::map<uid_t, User> users_;
    uid_t last_served_ = 0;
    std::set<std::string, std::less<>> left_;  // names that nothing can be done about
    core::SteadyTime list_at_;
    core::SteadyTime tidy_at_;
    core::SteadyTime blocked_until_;  // for all: the log takes nothing
    std::chrono::milliseconds backoff_{0};
    Options options_;  // the thread's own
    LogLimit log_limit_;

    mutable std::mutex mutex_;  // guards what follows
    Options wanted_;
    tocsin::api::SpoolStatus status_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace tocsin::daemon::spool
