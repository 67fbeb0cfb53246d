// SPDX-License-Identifier: Apache-2.0
// What a pipeline is told to do, but for its sink and its expressions, which come as ports.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "common/core/sequence.hpp"
#include "daemon/eventlog/event_log.hpp"
#include "daemon/pipeline/retry.hpp"

namespace tocsin::daemon::pipeline {

using core::Seq;

/// Where a pipeline begins that the store does not know yet.
struct AtHead {};
struct AtBeginning {};
using Start = std::variant<AtHead, AtBeginning, Seq>;

/// How many events a delivery takes together: `size` of them, or as many as came within `wait` of the first.
struct BatchRule {
    std::size_t size = 0;  ///< 0: as the sink likes it, without waiting
    std::chrono::milliseconds wait{1000};
};

/// Whether a failed event holds up those behind it with the same key.
enum class Ordering : std::uint8_t { none, by_key };

struct Options {
    std::string name;
    eventlog::Patterns from;
    std::string description;  ///< all that its configuration says: who differs in it is another
    std::string sink;         ///< in a few words, for people: `exec /usr/bin/notify`
    Ordering ordering = Ordering::none;
    RetryRule retry;
    BatchRule batch;
    std::uint32_t rate = 0;  ///< events a second at most; 0: no limit
    std::uint32_t parallel = 1;
    Start start = AtHead{};
    enum class Use : std::uint8_t { enabled, disabled };
    Use use = Use::enabled;
};

/// Throws `invalid` when it is not 1-64 letters, digits, `.`, `_` or `-`, the first a letter or a digit.
const std::string& checked_name(const std::string& name);

}  // namespace tocsin::daemon::pipeline
