// SPDX-License-Identifier: Apache-2.0
// A file that appears under its name when it is whole and on disk, or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace tocsin::cli::output {

/// Until it is published it has no name, where the file system can do that, so nothing is left even when the
/// program is killed. What had the name before is replaced in one step. Thread rule: one thread.
class NewFile {
 public:
    enum class Access { owner, by_umask };  ///< mode 0600, or 0666 less the umask

    /// Throws an `Exit` (73) when the file can't be made, or its name belongs to something else than a file.
    explicit NewFile(const std::filesystem::path& target, Access access = Access::owner);
    ~NewFile();
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;

    /// Throws an `Exit` (74) when the disk does not take the bytes.
    void write(std::string_view bytes);
    enum class Sync { yes, no };  ///< whether it must outlive a power cut

    /// Gives the file its name. Throws an `Exit` (73, 74).
    void publish(Sync sync = Sync::yes);

    std::uint64_t size_bytes() const noexcept { return size_; }

 private:
    void make(Access access);
    void write_back();
    int link_to(const std::filesystem::path& name) const;
    void take_place();
    void sync_folder() const;

    std::filesystem::path target_;
    std::filesystem::path passing_;  // its name until then; empty while it has none
    int descriptor_ = -1;
    std::uint64_t size_ = 0;
    std::uint64_t given_back_ = 0;
};

}  // namespace tocsin::cli::output
