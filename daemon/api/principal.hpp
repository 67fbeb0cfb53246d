// SPDX-License-Identifier: Apache-2.0
// Who asks, and what they may do: the same at every door.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "common/core/error.hpp"
#include "common/event/event.hpp"
#include "daemon/api/grants.hpp"
#include "daemon/api/rate_limit.hpp"

namespace tocsin::daemon::api {

/// `unavailable` (`rate`), with the time after which there is room again.
class TooFast : public core::Error {
 public:
    TooFast(const std::string& what, std::chrono::seconds retry_after);
    std::chrono::seconds retry_after() const noexcept { return retry_after_; }

 private:
    std::chrono::seconds retry_after_;
};

/// A user, or the owner of a token, with a name, rights, and perhaps a limit to what it may emit.
struct Principal {
    event::Author author;
    Grants grants;
    std::shared_ptr<RateLimit> rate = nullptr;  ///< one for all that stand for this user, also after a reload

    /// As refusals name it: `user 'alice'`, `token 'ci'`.
    std::string title() const;

    /// These throw `denied`, naming who lacks what: the right for some types at least, for every type, or for
    /// this one.
    void require(Scope scope) const;
    void require_whole(Scope scope) const;
    void require(Scope scope, std::string_view type) const;

    /// These throw `TooFast` when the limit is reached: without taking room, and taking it for so many
    /// events.
    void require_room(const core::Clock& clock) const;
    void take_room(std::size_t events, const core::Clock& clock) const;
};

}  // namespace tocsin::daemon::api
