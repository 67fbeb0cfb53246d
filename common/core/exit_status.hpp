// SPDX-License-Identifier: Apache-2.0
// Exit statuses of both programs, after sysexits.h.
#pragma once

#include "common/core/error.hpp"

namespace tocsin::core {

enum class ExitStatus : int {
    ok = 0,
    usage = 64,
    data = 65,         ///< invalid input, conflict, too large
    no_input = 66,     ///< something that was asked for does not exist
    no_service = 69,   ///< no daemon answers
    software = 70,     ///< a bug, or a damaged store
    cant_create = 73,  ///< an output file can't be created
    io = 74,           ///< reading or writing failed
    try_again = 75,    ///< full, busy, stopping, in use
    protocol = 76,     ///< the other side broke the protocol
    denied = 77,
    config = 78,        ///< bad configuration; a store that is newer or foreign
    interrupted = 130,  ///< ended by SIGINT, as a shell reports it
    broken_pipe = 141,  ///< nobody reads the output any more, as a shell reports it
};

/// The exit status that stands for an error code.
ExitStatus exit_status_of(Code code) noexcept;

inline int to_int(ExitStatus status) noexcept { return static_cast<int>(status); }

/// An error that ends a program with a status of its own choice.
class Exit : public Error {
 public:
    Exit(ExitStatus status, Code code, const std::string& message, std::string hint = {})
        : Error(code, message, std::move(hint)), status_(status) {}
    ExitStatus status() const noexcept { return status_; }

 private:
    ExitStatus status_;
};

/// The status for any error: an `Exit`'s own, else that of its code.
ExitStatus exit_status_of(const Error& error) noexcept;

}  // namespace tocsin::core
