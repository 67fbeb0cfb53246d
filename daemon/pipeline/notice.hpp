// SPDX-License-Identifier: Apache-2.0
// What a pipeline has to tell the world.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/core/sequence.hpp"

namespace tocsin::daemon::pipeline {

struct Notice {
    enum class What : std::uint8_t { down, up, dead, overrun, stuck, disabled, enabled };
    What what = What::down;
    std::string pipeline;
    std::string reason;           ///< why; of `up` nothing
    core::SequenceRange range{};  ///< of events: the lost ones, the dead or the stuck one
    std::uint64_t count = 0;      ///< of lost events
};

constexpr std::string_view name_of(Notice::What what) noexcept {
    constexpr std::array<std::string_view, 7> names{"down",  "up",       "dead",   "overrun",
                                                    "stuck", "disabled", "enabled"};
    return names.at(static_cast<std::size_t>(what));
}

/// Called on any thread, with no lock of the pipeline held. Must not throw.
using Notify = std::function<void(const Notice&)>;

}  // namespace tocsin::daemon::pipeline
