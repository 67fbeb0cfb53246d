// SPDX-License-Identifier: Apache-2.0
// The port to the record of what is in work right now. It outlives the process, so that the next one knows
// which events were at work when the daemon died.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/core/sequence.hpp"

namespace tocsin::daemon::pipeline {

/// An event of a pipeline.
struct Mark {
    std::string pipeline;
    core::Seq seq = 0;
};

/// Thread rule: any thread.
class InWork {
 public:
    virtual ~InWork() = default;
    /// A place for `end`. An event that finds no place goes unrecorded.
    virtual std::size_t begin(std::string_view pipeline, core::Seq seq) noexcept = 0;
    virtual void end(std::size_t place) noexcept = 0;
};

/// An event that was in work at so many deaths of the daemon is given up.
inline constexpr std::uint32_t most_deaths = 3;

}  // namespace tocsin::daemon::pipeline
