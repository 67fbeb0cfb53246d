// SPDX-License-Identifier: Apache-2.0
// Whether a thread still takes its turns: somebody asks, and the thread answers when it comes around.
#pragma once

#include <atomic>
#include <functional>
#include <utility>

namespace tocsin::core {

/// Thread rule: `ask` and `is_answered` on one thread, `answer` on the one that is asked.
class Pulse {
 public:
    /// `wake` makes the asked thread take a turn; it may be called from any thread.
    explicit Pulse(std::function<void()> wake) : wake_(std::move(wake)) {}

    void ask() {
        is_answered_.store(false, std::memory_order_relaxed);
        wake_();
    }
    void answer() noexcept { is_answered_.store(true, std::memory_order_relaxed); }
    bool is_answered() const noexcept { return is_answered_.load(std::memory_order_relaxed); }

 private:
    std::function<void()> wake_;
    std::atomic<bool> is_answered_{true};
};

}  // namespace tocsin::core
