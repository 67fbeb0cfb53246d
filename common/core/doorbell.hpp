// SPDX-License-Identifier: Apache-2.0
// An eventfd that wakes a thread which polls descriptors.
#pragma once

#include "common/core/descriptor.hpp"

namespace tocsin::core {

/// Thread rule: any thread rings; the one that polls silences.
class Doorbell {
 public:
    /// Throws `internal` when the process has no descriptor left.
    Doorbell();

    void ring() const noexcept;
    void silence() const noexcept;
    int descriptor() const noexcept { return descriptor_.number(); }

 private:
    Descriptor descriptor_;
};

}  // namespace tocsin::core
