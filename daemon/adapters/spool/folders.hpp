// SPDX-License-Identifier: Apache-2.0
// The three folders of a spool and what is done to files there. Everybody may write into `tmp` and `new`, so
// nothing found there is trusted.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/descriptor.hpp"
#include "common/core/timestamp.hpp"

namespace tocsin::daemon::spool {

using core::Descriptor;

/// What a file in `new` looks like from outside.
struct Found {
    uid_t owner = 0;
    std::uint64_t bytes = 0;
    core::Timestamp written;
};

/// A file's text and owner; or why there is none: it is gone, it has to be tried again later, or it can't be
/// taken in at all (`reason` is a word for metrics, `why` a sentence).
struct Content {
    enum class State { whole, gone, later, refused };
    State state = State::whole;
    uid_t owner = 0;
    std::string text;
    std::string reason;
    std::string why;
};

/// What `bad` may hold before the oldest go.
struct BadLimits {
    std::size_t files = 10'000;
    std::uint64_t bytes = 256U << 20;
    std::chrono::hours age{24 * 30};
};

/// Thread rule: one thread.
class Folders {
 public:
    /// Makes what is missing, with mode 3777, and opens it. Throws `unavailable` naming the path and what
    /// keeps it from being used.
    explicit Folders(const std::filesystem::path& path);

    /// What is wrong with modes or owners though the spool works for some; empty for nothing.
    const std::string& problem() const noexcept { return problem_; }
    std::filesystem::path new_path() const;

    /// The names in `new`, in no order. Throws `unavailable` when it can't be read.
    std::vector<std::string> names() const;
    /// Nothing when there is no such file any more.
    std::optional<Found> find(const std::string& name) const;
    Content read(const std::string& name) const;

    /// False with errno when it is still there.
    bool remove(const std::string& name) const;
    /// After many removals.
    void sync() const;

    /// Moves a file to `bad`, beside a file NAME.reason with this text. False with errno when it stays.
    bool set_aside(const std::string& name, std::string_view report);
    std::uint64_t bad_files() const noexcept { return bad_files_; }

    /// Removes what is over the limits from `bad`, and from `tmp` what was begun over an hour ago.
    void tidy(core::Timestamp now, const BadLimits& limits);

 private:
    Descriptor open_shared(std::string_view name);
    Descriptor open_bad() const;
    void inspect(const Descriptor& folder, std::string_view name);
    std::string bad_name(const std::string& name) const;
    void note(const std::string& problem);

    std::filesystem::path path_;
    std::string problem_;
    Descriptor base_;
    Descriptor tmp_;
    Descriptor new_;
    Descriptor bad_;
    std::optional<gid_t> group_;  // of every file that was made in the spool, when the folder hands it on
    std::uint64_t bad_files_ = 0;
    mutable std::uint64_t odd_names_ = 0;
};

}  // namespace tocsin::daemon::spool
