// SPDX-License-Identifier: Apache-2.0
// What one emitter has receipts for: for each event, by its number, the sequence under which it was
// acknowledged.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <span>
#include <string>

#include "tests/bench/arguments.hpp"

namespace tocsin::load {

/// A file of 64-bit numbers, mapped; 0 stands for none. Threads may write different places at once.
class Ledger {
 public:
    static Ledger create(const std::string& path, std::size_t events) {
        const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        const auto bytes = static_cast<off_t>(events * sizeof(std::uint64_t));
        if (descriptor < 0 || ::ftruncate(descriptor, bytes) != 0) bench::fail("can't write " + path);
        return Ledger(descriptor, events);
    }

    static Ledger open(const std::string& path) {
        const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
        struct stat facts {};
        if (descriptor < 0 || ::fstat(descriptor, &facts) != 0) bench::fail("can't read " + path);
        return Ledger(descriptor, static_cast<std::size_t>(facts.st_size) / sizeof(std::uint64_t));
    }

    std::span<std::uint64_t> sequences() const noexcept { return sequences_; }

 private:
    /// The mapping lasts as long as the process.
    Ledger(int descriptor, std::size_t events) {
        if (events != 0) {
            const std::size_t bytes = events * sizeof(std::uint64_t);
            void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
            if (memory == MAP_FAILED) bench::fail("can't map a ledger");
            sequences_ = {static_cast<std::uint64_t*>(memory), events};
        }
        ::close(descriptor);
    }

    std::span<std::uint64_t> sequences_;
};

}  // namespace tocsin::load
