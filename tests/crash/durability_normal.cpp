// SPDX-License-Identifier: Apache-2.0
// In place of the daemon's own value, in a program that only tests/crash/powercut runs: commits are not
// synced, so that a power cut must lose some of them.
#include "daemon/adapters/sqlite/durability.hpp"

namespace tocsin::daemon::sqlite {

const Setting durability{"synchronous", "NORMAL", "1"};

}  // namespace tocsin::daemon::sqlite
