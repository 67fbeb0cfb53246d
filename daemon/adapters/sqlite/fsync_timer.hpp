// SPDX-License-Identifier: Apache-2.0
// Measures the fsyncs of the write-ahead log, which SQLite makes inside a commit.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include "daemon/metrics/instruments.hpp"

namespace tocsin::daemon::sqlite {

/// From now on every sync of this connection's WAL is observed. The histogram must outlive the connection.
/// Call it after the WAL was opened, that is after the first transaction, and once per connection.
void time_fsyncs(SQLite::Database& database, metrics::Histogram& seconds);

}  // namespace tocsin::daemon::sqlite
