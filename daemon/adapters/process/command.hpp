// SPDX-License-Identifier: Apache-2.0
// Runs a program with an input and a limit of time, keeps the end of what it prints, and leaves none of its
// processes behind.
#pragma once

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/adapters/process/children.hpp"

namespace tocsin::daemon::process {

/// What to run, with umask 022 and a soft limit of 1,024 descriptors. No shell is between: `argv[0]` is a
/// path, or a name that is looked up in the daemon's PATH.
struct Command {
    std::vector<std::string> argv;
    std::vector<std::string> environment;  ///< `NAME=value`, all of it
    std::string folder = "/";
    std::chrono::milliseconds timeout{30'000};  ///< then SIGTERM to its group
    std::chrono::milliseconds grace{2'000};     ///< then SIGKILL to it and to all descendants
};

struct Ended {
    enum class How { exited, signalled, timed_out, stopped, not_started };
    How how = How::exited;
    int code = 0;  ///< exit status, signal, or errno of a start that failed
    std::chrono::milliseconds duration{0};
    std::string out;  ///< the last `kept_bytes`
    std::string err;
};

inline constexpr std::size_t kept_bytes = 64U << 10;
inline constexpr std::chrono::milliseconds stop_patience{5'000};

/// Ends when all of the run's processes are gone. `run` is the value of TOCSIN_RUN, by which descendants are
/// known that left the group; it must be in the environment too. When a stop is asked for, the program has
/// `stop_patience` left: then it ends as at its timeout, as `stopped`. Thread rule: any thread, many at a
/// time.
Ended run(const Command& command, std::string_view run, std::string_view input, Children& children,
          const std::stop_token& stop = {});

}  // namespace tocsin::daemon::process
