// SPDX-License-Identifier: Apache-2.0
// Another program of the same package: bytes in, bytes out. May be called from any thread.
#pragma once

#include <string>
#include <string_view>

namespace tocsin::cli::qr::reading {

struct Ended {
    int status = 0;  ///< as a shell tells it: 128 and the signal's number when one ended it
    std::string output;
};

/// Runs the program with `input` as its standard input until it ends; its standard error is this program's.
/// A program that does not read all is no failure. Throws an `Exit`: 69 (`unavailable`) when it can't be
/// started, 74 when the system has no room for its input and output.
Ended run_helper(const std::string& program, std::string_view input);

}  // namespace tocsin::cli::qr::reading
