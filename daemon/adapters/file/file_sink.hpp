// SPDX-License-Identifier: Apache-2.0
// Delivers into a file of JSON lines.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>

#include "common/core/clock.hpp"
#include "common/core/descriptor.hpp"
#include "daemon/pipeline/sink.hpp"

namespace tocsin::daemon::file {

struct Options {
    std::filesystem::path path;               ///< absolute
    std::uint64_t rotate_bytes = 0;           ///< 0: never by size
    std::chrono::milliseconds rotate_age{0};  ///< since the file was begun; 0: never by age
    std::uint32_t keep = 7;                   ///< PATH.1 (the youngest) to PATH.keep
    bool sync = true;                         ///< whether `delivered` means that the lines are on disk
};

/// A delivery is written whole or taken back. A last line without its end, as a crash leaves it, is cut off
/// when the file is opened: what it was to say was never acknowledged, and comes again. The file is this
/// sink's alone.
class FileSink final : public pipeline::Sink {
 public:
    FileSink(Options options, const core::Clock& clock);

    pipeline::Delivery deliver(std::span<const pipeline::Message> messages,
                               const pipeline::Occasion& occasion, std::stop_token stop) override;
    std::size_t most_messages() const noexcept override { return 1024; }
    void reopen() override { is_stale_ = true; }

 private:
    void open();
    void rotate_if_due(std::uint64_t more_bytes);
    void write(std::string_view lines);

    const Options options_;
    const core::Clock& clock_;
    std::atomic<bool> is_stale_{false};
    std::mutex mutex_;  // guards what follows
    core::Descriptor file_;
    std::uint64_t size_bytes_ = 0;
    core::Timestamp begun_{};
};

}  // namespace tocsin::daemon::file
