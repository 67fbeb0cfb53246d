// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/line_batches.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "common/core/exit_status.hpp"

namespace tocsin::cli::commands {
namespace {

using Clock = std::chrono::steady_clock;
using core::Code;

constexpr std::size_t read_bytes = 256U << 10;

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

}  // namespace

Batch LineBatches::next() {
    Batch batch;
    auto until = Clock::time_point::max();
    while (true) {
        const Took took = take_line(batch);
        if (took == Took::full) return batch;
        if (took == Took::line) {
            if (batch.line_numbers.size() == 1) until = std::min(until, Clock::now() + limits_.patience);
            if (batch.line_numbers.size() == limits_.lines) return batch;
            continue;
        }
        if (at_end_ || !wait_for_more(batch, until)) return batch;
        read_more();
    }
}

LineBatches::Took LineBatches::take_line(Batch& batch) {
    while (start_ < pending_.size()) {
        std::size_t end = pending_.find('\n', scanned_);
        const bool whole = end != std::string::npos;
        if (!whole) end = pending_.size();
        scanned_ = end;
        const bool too_long = end - start_ > limits_.line_bytes;
        if (too_long && !batch.empty()) return Took::full;  // what came before is sent first
        if (too_long)
            throw core::Error(Code::too_large,
                              "the line has more than " + std::to_string(limits_.line_bytes) + " bytes",
                              "an event may have 1 MiB; check that each line is one JSON object")
                .at_line(line_number_);
        if (!whole && !at_end_) return Took::nothing;
        const std::string_view line(pending_.data() + start_, end - start_);
        const bool blank = is_blank(line);
        if (!blank && !batch.body.empty() && batch.body.size() + line.size() >= limits_.bytes)
            return Took::full;
        if (!blank) {
            batch.body.append(line).push_back('\n');
            batch.line_numbers.push_back(line_number_);
        }
        start_ = scanned_ = std::min(end + 1, pending_.size());
        ++line_number_;
        if (!blank) return Took::line;
    }
    return Took::nothing;
}

/// False when the lines at hand have waited long enough.
bool LineBatches::wait_for_more(const Batch& batch, Clock::time_point until) const {
    if (batch.empty()) return true;
    while (true) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
        pollfd entry{descriptor_, POLLIN, 0};
        const int ready = poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
        if (ready > 0) return true;
        if (left <= 0 || ready == 0) return false;
    }
}

void LineBatches::read_ahead() noexcept try {
    while (!at_end_ && pending_.size() - start_ < 2 * limits_.bytes) {
        pollfd entry{descriptor_, POLLIN, 0};
        if (poll(&entry, 1, 0) != 1) return;
        read_more();
    }
} catch (const std::exception&) {
    return;
}

void LineBatches::read_more() {
    pending_.erase(0, start_);
    scanned_ -= start_;
    start_ = 0;
    const std::size_t kept = pending_.size();
    pending_.resize(kept + read_bytes);
    ssize_t count = -1;
    do {
        count = read(descriptor_, pending_.data() + kept, read_bytes);
        if (count < 0 && errno == EAGAIN) {  // somebody has made it non-blocking
            pollfd entry{descriptor_, POLLIN, 0};
            poll(&entry, 1, -1);
        }
    } while (count < 0 && (errno == EINTR || errno == EAGAIN));
    if (count < 0)
        throw core::Exit(core::ExitStatus::no_input, Code::invalid,
                         "can't read standard input (" + std::generic_category().message(errno) + ")",
                         "pipe lines of JSON into it");
    pending_.resize(kept + static_cast<std::size_t>(count));
    at_end_ = count == 0;
}

}  // namespace tocsin::cli::commands
