// SPDX-License-Identifier: Apache-2.0
// What a commit waits for. It stands alone so that a test can link a weaker value in its place, and show that
// it would notice.
#pragma once

namespace tocsin::daemon::sqlite {

/// A pragma, and how it reads back once it holds.
struct Setting {
    const char* name;
    const char* value;
    const char* reads_back;
};

/// `FULL`: each commit is synced before it returns.
extern const Setting durability;

}  // namespace tocsin::daemon::sqlite
