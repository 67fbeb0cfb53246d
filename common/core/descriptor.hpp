// SPDX-License-Identifier: Apache-2.0
// A file descriptor that closes itself.
#pragma once

#include <unistd.h>

#include <utility>

namespace tocsin::core {

class Descriptor {
 public:
    /// Takes what open(2) gave: a negative number stands for none.
    explicit Descriptor(int number = -1) noexcept : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    int number() const noexcept { return number_; }
    explicit operator bool() const noexcept { return number_ >= 0; }
    /// False with errno when the last write turns out to have failed.
    bool close() noexcept { return ::close(std::exchange(number_, -1)) == 0; }

 private:
    int number_;
};

}  // namespace tocsin::core
