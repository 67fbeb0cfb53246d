// SPDX-License-Identifier: Apache-2.0
// The record of what is in work, in a mapped file: the kernel keeps what a dying process wrote there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <vector>

#include "daemon/pipeline/in_work.hpp"

namespace tocsin::daemon::file {

/// Never synced: only deaths of the process count, and after a power cut nobody is to blame. The folder is
/// the daemon's alone.
class InWorkFile final : public pipeline::InWork {
 public:
    /// What cannot be mapped records nothing: `trouble()` says why.
    explicit InWorkFile(const std::filesystem::path& path);
    ~InWorkFile() override;
    InWorkFile(const InWorkFile&) = delete;
    InWorkFile& operator=(const InWorkFile&) = delete;

    /// What the last process left.
    const std::vector<pipeline::Mark>& found() const noexcept { return found_; }
    const std::string& trouble() const noexcept { return trouble_; }

    std::size_t begin(std::string_view pipeline, core::Seq seq) noexcept override;
    void end(std::size_t place) noexcept override;

 private:
    struct Slot;
    void take_over();

    Slot* slots_ = nullptr;
    std::vector<pipeline::Mark> found_;
    std::string trouble_;
    std::mutex mutex_;  // guards what follows
    std::vector<std::size_t> free_;
};

}  // namespace tocsin::daemon::file
