// SPDX-License-Identifier: Apache-2.0
// A state folder that comes into being whole: it is filled under a passing name and then put in its place.
#pragma once

#include <filesystem>
#include <string>

namespace tocsin::daemon::sqlite {

/// Gone with its owner unless it was published. Thread rule: one thread.
class NewFolder {
 public:
    /// Makes a folder of mode 0700 beside `place`. `what` ("salvage") is part of its name. Throws
    /// `core::Exit` (73) when it can't.
    NewFolder(const std::filesystem::path& place, const std::string& what);
    ~NewFolder();
    NewFolder(const NewFolder&) = delete;
    NewFolder& operator=(const NewFolder&) = delete;

    const std::filesystem::path& path() const noexcept { return path_; }

    /// Gives it the mode of `model`, and when root asks, its owner to it and what it holds. Mode 0750 where
    /// there is no model.
    void adopt_rights_of(const std::filesystem::path& model);
    /// Puts it in its place, which must be empty or not there. Throws `core::Exit` (73) otherwise.
    void publish();
    /// Puts it in its place in one step with what was there, and gives where that lies now.
    std::filesystem::path exchange();

 private:
    std::filesystem::path place_;
    std::filesystem::path path_;
};

}  // namespace tocsin::daemon::sqlite
