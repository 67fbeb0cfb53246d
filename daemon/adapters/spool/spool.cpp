// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/spool/spool.hpp"

#include <poll.h>
#include <pthread.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "common/core/error.hpp"

namespace tocsin::daemon::spool {
namespace {

using core::Error;
using core::SteadyTime;

/// The folder is listed this often even when nothing is heard of it.
constexpr std::chrono::seconds list_every{5};
/// While files wait that can't be taken in now, and inotify tells of new ones, listing them all is a waste.
constexpr std::chrono::seconds list_waiting_every{60};
constexpr std::chrono::minutes tidy_every{10};

}  // namespace

Spool::Spool(Options options, api::Commands& commands, api::Access& access, metrics::Metrics& metrics,
             const core::Clock& clock)
    : commands_(commands),
      access_(access),
      metrics_(metrics),
      clock_(clock),
      path_(options.path),
      inotify_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
      doorbell_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      options_(options),
      wanted_(std::move(options)) {
    status_.path = path_.string();
}

Spool::~Spool() { stop(); }

void Spool::start() {
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "spool");
}

void Spool::stop() {
    stopping_ = true;
    const std::uint64_t one = 1;
    if (write(doorbell_.number(), &one, sizeof one) < 0) errno = 0;  // it can only be full, and then it rings
    if (thread_.joinable()) thread_.join();
}

void Spool::reconfigure(const Options& options) {
    const std::lock_guard lock(mutex_);
    wanted_ = options;
}

tocsin::api::SpoolStatus Spool::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

void Spool::run() noexcept {
    while (!stopping_) {
        try {
            turn();
        } catch (const std::exception& error) {
            folders_.reset();
            users_.clear();
            list_at_ = clock_.steady() + list_every;
            precedence_.settle({}, {});
            report(error.what());
        }
    }
}

void Spool::turn() {
    wait();
    if (stopping_) return;
    {
        const std::lock_guard lock(mutex_);
        options_ = wanted_;
    }
    if (!folders_) {
        if (clock_.steady() < list_at_) return;
        list_at_ = clock_.steady() + list_every;
        open();
    }
    take_news();
    while (!stopping_ && folders_ && drain_round()) take_news();
    if (folders_ && clock_.steady() >= tidy_at_) tidy();
}

/// Watches first, so that nothing arrives unseen between the first list and the watch.
void Spool::open() {
    auto folders = std::make_unique<Folders>(path_);
    if (watch_ >= 0) inotify_rm_watch(inotify_.number(), watch_);
    watch_ = inotify_add_watch(inotify_.number(), folders->new_path().c_str(),
                               IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW);
    const std::string unheard =
        watch_ >= 0 ? ""
                    : "changes can't be watched (" + std::generic_category().message(errno) +
                          "), so files wait up to " + std::to_string(list_every.count()) + " s";
    precedence_.watch(watch_ >= 0 ? inotify_.number() : -1);
    const std::string separator = folders->problem().empty() || unheard.empty() ? "" : "; ";
    report(folders->problem() + separator + unheard);
    folders_ = std::move(folders);
    list_at_ = clock_.steady();
}

void Spool::wait() const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_work() - clock_.steady()).count();
    const auto timeout = static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
    std::array<pollfd, 2> entries{
        {{doorbell_.number(), POLLIN, 0}, {folders_ ? inotify_.number() : -1, POLLIN, 0}}};
    poll(entries.data(), entries.size(), timeout);
}

SteadyTime Spool::next_work() const {
    if (!folders_) return list_at_;
    SteadyTime next = std::min(list_at_, tidy_at_);
    for (const auto& [uid, user] : users_) {
        if (user.waiting.empty() && user.waiting.has_more()) return {};
        if (!user.waiting.empty()) next = std::min(next, std::max(user.blocked_until, blocked_until_));
    }
    return next;
}

void Spool::take_news() {
    precedence_.unsettle();
    std::vector<std::string> names;
    const bool is_complete = read_news(names);
    if (!folders_) return;
    const auto left_out = [](const auto& entry) {
        return entry.second.waiting.empty() && entry.second.waiting.has_more();
    };
    if (!is_complete || clock_.steady() >= list_at_ || std::ranges::any_of(users_, left_out))
        list();
    else
        for (const std::string& name : names) add(name);
    settle();
}

/// False when the kernel dropped some, or the folder is gone.
bool Spool::read_news(std::vector<std::string>& names) {
    alignas(inotify_event) std::array<char, 65536> buffer;  // filled by read(2)
    bool is_complete = true;
    while (true) {
        const ssize_t bytes = read(inotify_.number(), buffer.data(), buffer.size());
        if (bytes <= 0) return is_complete;
        for (std::size_t place = 0; place < static_cast<std::size_t>(bytes);) {
            const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + place);
            place += sizeof *event + event->len;
            if ((event->mask & IN_Q_OVERFLOW) != 0) is_complete = false;
            if (event->wd != watch_) continue;  // of a folder that was watched before
            if ((event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0)
                throw Error::unavailable(core::Reason::none, "the spool's folder was taken away");
            if ((event->mask & IN_MOVED_TO) != 0) names.emplace_back(event->name);
        }
    }
}

void Spool::list() {
    for (auto& [uid, user] : users_) user.waiting.rewind();
    const std::vector<std::string> names = folders_->names();
    for (const std::string& name : names) add(name);
    const std::set<std::string, std::less<>> there(names.begin(), names.end());
    std::erase_if(left_, [&](const std::string& name) { return !there.contains(name); });
    const bool is_idle =
        std::ranges::all_of(users_, [](const auto& each) { return each.second.waiting.empty(); });
    list_at_ = clock_.steady() + (is_idle || watch_ < 0 ? list_every : list_waiting_every);
}

void Spool::add(const std::string& name) {
    if (left_.contains(name)) return;
    const auto found = folders_->find(name);
    if (!found) return;
    User& user = users_[found->owner];
    for (const Waiting::File& file : user.waiting.add(name, found->bytes, found->written, options_.limits))
        over_limit(found->owner, user, file);
}

/// What is over the limits stays where it is until the rest is taken in, since somebody was told that it is
/// safe. Only a user who is over its own rate is not let fill the disk.
void Spool::over_limit(uid_t owner, User& user, const Waiting::File& file) {
    if (!user.over_rate) return;
    set_aside(owner, user, file, "over_limit",
              Error(core::Code::unavailable, "the user is over its rate, and over what may wait of its files",
                    "raise its rate, then move the file back to 'new'"));
}

/// Tells the doors and the reports what waits. A user whose name can't be asked for now keeps it all
/// unsettled.
void Spool::settle() {
    Precedence::Names waiting;
    Precedence::Names over_rate;
    std::uint64_t files = 0;
    std::optional<core::Timestamp> since;
    bool is_known = true;
    for (auto& [uid, user] : users_) {
        if (user.waiting.empty() && !user.waiting.has_more()) continue;
        files += user.waiting.files().size();
        if (!user.waiting.empty()) {
            const core::Timestamp written = user.waiting.files().begin()->written;
            since = since ? std::min(*since, written) : written;
        }
        try {
            const std::string& name = principal_of(uid, user).author.name;
            waiting.insert(name);
            if (user.over_rate) over_rate.insert(name);
        } catch (const Error&) {
            is_known = false;
        }
    }
    if (is_known) precedence_.settle(std::move(waiting), std::move(over_rate));
    const auto age = since ? std::chrono::floor<std::chrono::seconds>(clock_.now() - *since).count() : 0;
    metrics_.spool_files.set(static_cast<std::int64_t>(files));
    metrics_.spool_oldest_seconds.set(std::max<std::int64_t>(age, 0));
    metrics_.spool_bad_files.set(static_cast<std::int64_t>(folders_->bad_files()));
    const std::lock_guard lock(mutex_);
    status_.waiting = files;
    status_.bad = folders_->bad_files();
    status_.since = since;
}

void Spool::tidy() {
    tidy_at_ = clock_.steady() + tidy_every;
    folders_->tidy(clock_.now(), options_.bad);
    settle();
}

/// Said once, when it begins; empty when all is well.
void Spool::report(const std::string& problem) {
    {
        const std::lock_guard lock(mutex_);
        if (status_.problem == problem) return;
        status_.problem = problem;
    }
    if (problem.empty()) return spdlog::info("the spool {} can be used now", path_.string());
    spdlog::warn("{}; events that are spooled meanwhile wait", problem);
    metrics_.last_error.set(clock_.now(), problem);
}

}  // namespace tocsin::daemon::spool
