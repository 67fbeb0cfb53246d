// SPDX-License-Identifier: Apache-2.0
// A rule that a fuzz target holds its subject to: when it is broken the target ends as for a crash.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

namespace tocsin::fuzz {

inline void check(bool holds, const char* rule, const std::string& about = {}) {
    if (holds) return;
    std::fprintf(stderr, "broken: %s: %s\n", rule, about.c_str());
    std::abort();
}

}  // namespace tocsin::fuzz
