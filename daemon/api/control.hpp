// SPDX-License-Identifier: Apache-2.0
// What the daemon as a whole can be told while it runs; the composition root does it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>

#include "common/api/configuration.hpp"
#include "common/core/error.hpp"

namespace tocsin::daemon::api {

/// A reload that was refused: nothing has changed.
struct RefusedReload {
    core::Error error;
    std::vector<tocsin::api::Mistake> mistakes;  ///< none when the daemon had no time for it
};

using ReloadResult = std::variant<tocsin::api::Reloaded, RefusedReload>;

/// Thread rule: any thread.
class Control {
 public:
    Control() = default;
    virtual ~Control() = default;
    Control(const Control&) = delete;
    Control& operator=(const Control&) = delete;

    /// Reads the configuration anew and takes all of it or nothing. `done` is called later, on another
    /// thread, or at once when the daemon is stopping.
    virtual void reload(std::function<void(ReloadResult)> done) = 0;

    virtual std::string_view log_level() const = 0;
    /// Throws `invalid` when there is no such level.
    virtual void set_log_level(const std::string& level) = 0;
};

}  // namespace tocsin::daemon::api
