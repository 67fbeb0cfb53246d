// SPDX-License-Identifier: Apache-2.0
// Spool's rounds: a portion of each user's files goes to the log as one batch, all portions in one commit.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>
#include <vector>

#include "common/core/error.hpp"
#include "daemon/adapters/spool/spool.hpp"
#include "daemon/adapters/spool/spool_drafts.hpp"
#include "daemon/api/user_database.hpp"

namespace tocsin::daemon::spool {
namespace {

using core::Code;
using core::Error;
using std::chrono::milliseconds;

constexpr std::size_t portion_files = 512;
constexpr std::size_t portion_events = 8192;
constexpr std::size_t portion_bytes = 1U << 20;
constexpr std::size_t round_bytes = 8U << 20;  // well below what may wait for a commit
constexpr milliseconds user_pause{1000};
constexpr milliseconds first_backoff{100};
constexpr milliseconds longest_backoff{5000};

std::string report_json(const std::string& name, uid_t owner, const std::string& user,
                        const std::string& reason, const Error& error, core::Timestamp now) {
    nlohmann::ordered_json json{{"reason", reason}, {"message", error.what()}, {"hint", error.hint()}};
    if (const auto line = error.line()) json["line"] = *line;
    json["file"] = name;
    json["uid"] = owner;
    json["user"] = user;
    json["time"] = core::to_rfc3339(now);
    return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

/// Files of one user that are handed to the log together, in order: stored whole or not at all.
struct Spool::Portion {
    Portion(uid_t uid, User& whose) : owner(uid), user(whose) {}

    uid_t owner;
    User& user;
    std::vector<Waiting::File> files;
    std::vector<event::Draft> drafts;
    std::size_t events = 0;
    std::size_t max_events = portion_events;
    std::uint64_t bytes = 0;
    std::optional<eventlog::AppendResult> result;  // guarded by the round's mutex until all have theirs
};

/// What the committing thread tells.
struct Spool::Round {
    std::mutex mutex;
    std::condition_variable answered;
    std::size_t pending = 0;
    std::vector<std::unique_ptr<Portion>> portions;
};

bool Spool::is_due(const User& user) const {
    return !user.waiting.empty() && user.blocked_until <= clock_.steady();
}

/// False when nothing can be done now.
bool Spool::drain_round() {
    if (clock_.steady() < blocked_until_ || users_.empty()) return false;
    Round round;
    const std::uint64_t aside = folders_->bad_files();
    std::uint64_t bytes = 0;
    auto place = users_.upper_bound(last_served_);
    for (std::size_t i = 0; i < users_.size() && bytes < round_bytes; ++i, ++place) {
        if (place == users_.end()) place = users_.begin();
        auto& [owner, user] = *place;
        if (!is_due(user)) continue;
        auto portion = std::make_unique<Portion>(owner, user);
        fill(*portion);
        last_served_ = owner;
        bytes += portion->bytes;
        if (!portion->files.empty()) round.portions.push_back(std::move(portion));
    }
    submit(round);
    std::size_t taken = 0;
    for (const auto& portion : round.portions) taken += conclude(*portion);
    settle();  // whatever comes now stands behind what was stored
    if (taken != 0) remove(round);
    std::erase_if(users_, [this](const auto& entry) {
        const User& user = entry.second;
        return user.waiting.empty() && !user.waiting.has_more() && user.blocked_until <= clock_.steady();
    });
    return taken != 0 || folders_->bad_files() != aside;
}

void Spool::fill(Portion& portion) {
    const std::size_t window = portion.user.window == 0 ? portion_files : portion.user.window;
    const auto& files = portion.user.waiting.files();
    // a second's worth: more would be a debt that keeps the user from emitting meanwhile
    if (const auto& principal = portion.user.pass.principal; principal && principal->rate)
        portion.max_events = std::min<std::size_t>(portion_events, principal->rate->per_second());
    for (auto place = files.begin();
         place != files.end() && portion.files.size() < window && portion.bytes < portion_bytes;) {
        const Waiting::File file = *place++;  // it may leave the set
        if (!load(portion, file)) return;
    }
}

/// Adds a file's events. False when no other file may be added.
bool Spool::load(Portion& portion, const Waiting::File& file) {
    User& user = portion.user;
    Content content = folders_->read(file.name);
    if (content.state == Content::State::later) {
        user.blocked_until = clock_.steady() + user_pause;
        return false;
    }
    const bool is_replaced = content.state == Content::State::whole && content.owner != portion.owner;
    if (content.state == Content::State::gone || is_replaced) {
        user.waiting.erase(file);
        if (is_replaced) list_at_ = clock_.steady();
        return true;
    }
    if (content.state == Content::State::refused) {
        set_aside(portion.owner, user, file, content.reason,
                  Error(Code::invalid, content.why, "see tocsind(8), FILES"));
        return true;
    }
    std::vector<event::Draft> drafts;
    try {
        drafts = read_spool_file(content.text, codec_);
    } catch (const Error& error) {
        set_aside(portion.owner, user, file, std::string(core::name_of(error.code())), error);
        return true;
    }
    if (!portion.drafts.empty() && portion.drafts.size() + drafts.size() > portion.max_events) return false;
    portion.files.push_back(file);
    portion.bytes += content.text.size();
    portion.events += drafts.size();
    std::ranges::move(drafts, std::back_inserter(portion.drafts));
    return true;
}

/// Hands all portions over, and returns when each has its answer.
void Spool::submit(Round& round) {
    round.pending = round.portions.size();
    const auto answer = [&round](Portion& portion, eventlog::AppendResult&& result) {
        const std::lock_guard lock(round.mutex);
        portion.result = std::move(result);
        if (--round.pending == 0) round.answered.notify_one();
    };
    for (const auto& each : round.portions) {
        Portion& portion = *each;
        try {
            commands_.emit(
                principal_of(portion.owner, portion.user), std::move(portion.drafts), {},
                [&portion, answer](eventlog::AppendResult&& result) { answer(portion, std::move(result)); });
        } catch (const Error& error) {
            answer(portion, error);
        }
    }
    commands_.flush();
    std::unique_lock lock(round.mutex);
    round.answered.wait(lock, [&round] { return round.pending == 0; });
}

/// How many files are in the log now.
std::size_t Spool::conclude(Portion& portion) {
    User& user = portion.user;
    if (const Error* error = std::get_if<Error>(&portion.result.value())) {
        if (error->code() == Code::unavailable)
            put_off(portion, *error);
        else if (portion.files.size() > 1)
            user.window = 1;  // one after another, to find the one at fault
        else
            set_aside(portion.owner, user, portion.files.front(), std::string(core::name_of(error->code())),
                      *error);
        return 0;
    }
    for (const Waiting::File& file : portion.files) user.waiting.erase(file);
    metrics_.spool_drained.add(portion.events);
    user.window = user.window * 2 < portion_files ? user.window * 2 : 0;
    user.over_rate = false;
    backoff_ = milliseconds(0);
    return portion.files.size();
}

void Spool::put_off(Portion& portion, const Error& error) {
    User& user = portion.user;
    user.over_rate = error.reason() == core::Reason::rate;
    if (user.over_rate) {
        user.window = std::max<std::size_t>(portion.files.size() / 2, 1);
        user.blocked_until = clock_.steady() + user_pause;
        return;
    }
    backoff_ = std::clamp(backoff_ * 2, first_backoff, longest_backoff);
    blocked_until_ = clock_.steady() + backoff_;
}

/// Takes the files away that are in the log. After a crash before that, their ids tell that they are.
void Spool::remove(const Round& round) {
    for (const auto& portion : round.portions) {
        if (!std::holds_alternative<std::vector<event::Receipt>>(portion->result.value())) continue;
        for (const Waiting::File& file : portion->files) {
            if (folders_->remove(file.name)) continue;
            const std::string why = std::generic_category().message(errno);
            left_.insert(file.name);
            if (const auto left_out = log_limit_.allow(clock_.steady()))
                spdlog::error("spool: {} is stored but can't be removed: {} ({} lines left out)", file.name,
                              why, *left_out);
        }
    }
    folders_->sync();
}

void Spool::set_aside(uid_t owner, User& user, const Waiting::File& file, const std::string& reason,
                      const Error& error) {
    std::string name = std::to_string(owner);
    try {
        name = principal_of(owner, user).author.name;
    } catch (const Error&) {
        spdlog::debug("spool: the name of user {} can't be asked for", owner);
    }
    user.waiting.erase(file);
    const bool is_moved =
        folders_->set_aside(file.name, report_json(file.name, owner, name, reason, error, clock_.now()));
    metrics_.spool_rejected.add(reason);
    if (!is_moved) left_.insert(file.name);
    const auto left_out = log_limit_.allow(clock_.steady());
    if (!left_out) return;
    spdlog::warn("spool: {} of user {} {}: {} ({} lines left out)", file.name, name,
                 is_moved ? "is set aside" : "can't be used nor moved", error.what(), *left_out);
}

const api::Principal& Spool::principal_of(uid_t owner, User& user) {
    // The file's own group is the spool's, and would make everybody an operator.
    if (!user.group) user.group = api::primary_group(owner);
    if (!user.pass.principal || !access_.holds(user.pass, clock_.steady()))
        user.pass = access_.pass({owner, *user.group});
    return *user.pass.principal;
}

}  // namespace tocsin::daemon::spool
