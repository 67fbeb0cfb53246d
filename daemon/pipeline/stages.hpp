// SPDX-License-Identifier: Apache-2.0
// The port to a pipeline's expressions: which events it wants, what it makes of them, what keeps them in
// order.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::daemon::pipeline {

/// What `where` says of an event. An expression that fails on it makes it a dead letter.
struct Judgement {
    enum class Kind : std::uint8_t { wanted, unwanted, failed };
    Kind kind = Kind::wanted;
    std::string error;
};

/// What an expression made of an event: JSON values, or the error that ended it.
struct Outcome {
    std::vector<std::string> values;
    std::optional<std::string> error;
};

/// Thread rule: one thread at a time; each thread has its own. Every method takes the event in CloudEvents'
/// JSON and may take without end: who calls is watched.
class Stages {
 public:
    virtual ~Stages() = default;

    virtual Judgement judge(std::string_view json) = 0;
    /// One value: events with equal ones never overtake each other.
    virtual Outcome key(std::string_view json) = 0;
    /// A message for each value.
    virtual Outcome map(std::string_view json) = 0;

    /// Whether a call may end the daemon or never return: then it is on record while it runs.
    enum class Trust : std::uint8_t { sure, unsure };
    virtual Trust judging() const noexcept = 0;
    virtual bool maps() const noexcept = 0;
};

/// Called in the thread that will use it. Throws `core::Error`.
using MakeStages = std::function<std::unique_ptr<Stages>()>;

}  // namespace tocsin::daemon::pipeline
