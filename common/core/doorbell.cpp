// SPDX-License-Identifier: Apache-2.0
#include "common/core/doorbell.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "common/core/error.hpp"

namespace tocsin::core {

Doorbell::Doorbell() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!descriptor_) throw Error(Code::internal, "can't make an eventfd", "raise the limit of open files");
}

void Doorbell::ring() const noexcept {
    const std::uint64_t one = 1;
    // It can only fail when it rings already.
    if (write(descriptor_.number(), &one, sizeof one) < 0) errno = 0;
}

void Doorbell::silence() const noexcept {
    std::uint64_t rung = 0;
    if (read(descriptor_.number(), &rung, sizeof rung) < 0) errno = 0;
}

}  // namespace tocsin::core
