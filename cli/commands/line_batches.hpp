// SPDX-License-Identifier: Apache-2.0
// Lines from a descriptor, gathered into batches for one request each.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::cli::commands {

struct Batch {
    std::string body;                       ///< lines with their ends; no blank ones
    std::vector<std::size_t> line_numbers;  ///< of each line within the whole input, from 1
    bool empty() const noexcept { return line_numbers.empty(); }
};

struct BatchLimits {
    std::size_t lines = 2048;
    std::size_t bytes = 1U << 20;              ///< but a single line may be longer
    std::size_t line_bytes = (16U << 20) - 1;  ///< the daemon takes no longer message
    std::chrono::milliseconds patience{50};    ///< how long a line may wait for company
};

/// Does not own the descriptor. Thread rule: one thread.
class LineBatches {
 public:
    explicit LineBatches(int descriptor, BatchLimits limits = {})
        : descriptor_(descriptor), limits_(limits) {}

    /// The next lines, at least one; an empty batch at the end of the input. Waits for the first line as long
    /// as it takes. Throws `too_large` at a line that is too long, 66 when the input can't be read.
    Batch next();

    /// Reads what lies ready, a few batches at most, so that the next one is at hand. Never waits and never
    /// throws: what goes wrong shows in `next`.
    void read_ahead() noexcept;

 private:
    enum class Took { line, full, nothing };
    Took take_line(Batch& batch);
    bool wait_for_more(const Batch& batch, std::chrono::steady_clock::time_point until) const;
    void read_more();

    int descriptor_;
    BatchLimits limits_;
    std::string pending_;
    std::size_t start_ = 0;    ///< of the first line that no batch has yet, within `pending_`
    std::size_t scanned_ = 0;  ///< no line ends between `start_` and here
    std::size_t line_number_ = 1;
    bool at_end_ = false;
};

}  // namespace tocsin::cli::commands
