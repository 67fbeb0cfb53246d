// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/durability.hpp"

namespace tocsin::daemon::sqlite {

const Setting durability{"synchronous", "FULL", "2"};

}  // namespace tocsin::daemon::sqlite
