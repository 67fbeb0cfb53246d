// SPDX-License-Identifier: Apache-2.0
#include "cli/output/progress.hpp"

#include "cli/output/table.hpp"

namespace tocsin::cli::output {
namespace {

/// A terminal that is gone must not end the work.
void write_over(Writer& err, std::string_view text) noexcept try {
    err.write("\r\x1b[K");
    err.write(text);
    err.flush();
} catch (const core::Error&) {
    return;
}

}  // namespace

void Progress::show(std::uint64_t events) noexcept { show_line(grouped(events) + " events acknowledged"); }

void Progress::show_bar(std::uint64_t done, std::uint64_t all) noexcept {
    constexpr std::uint64_t width = 30;
    const std::size_t filled = all == 0 ? width : done * width / all;
    show_line('[' + std::string(filled, '#') + std::string(width - filled, ' ') + "] " + grouped(done) +
              " of " + grouped(all));
}

void Progress::show_line(std::string_view line) noexcept {
    const auto now = std::chrono::steady_clock::now();
    if (!active_ || now < next_) return;
    next_ = now + std::chrono::milliseconds(100);
    shown_ = true;
    write_over(console_.err(), line);
}

void Progress::clear() noexcept {
    if (shown_) write_over(console_.err(), {});
    shown_ = false;
}

}  // namespace tocsin::cli::output
