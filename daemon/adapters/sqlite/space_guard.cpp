// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/space_guard.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <system_error>

#include "common/core/exit_status.hpp"
#include "common/core/paths.hpp"

namespace tocsin::daemon::sqlite {
namespace {

using core::Code;
using core::Error;

const char* const ballast_name = core::ballast_file.data();

std::string reason(int error) { return std::generic_category().message(error); }

int open_folder(const std::filesystem::path& folder) {
    const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) return descriptor;
    throw core::Exit(core::ExitStatus::io, Code::unavailable,
                     "can't open " + folder.string() + ": " + reason(errno),
                     "check the state folder's permissions");
}

/// Bytes that the ballast of an earlier run holds.
std::uint64_t size_of_ballast(int folder) {
    struct stat info {};
    if (fstatat(folder, ballast_name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(info.st_mode)) return 0;
    return static_cast<std::uint64_t>(info.st_size);
}

std::string mebibytes(std::uint64_t bytes) { return std::to_string(bytes >> 20U) + " MiB"; }

std::string too_little(std::uint64_t free_bytes, std::uint64_t low_water) {
    return "only " + mebibytes(free_bytes) + " of the disk are free, less than the " + mebibytes(low_water) +
           " that stay free";
}

}  // namespace

SpaceGuard::SpaceGuard(const std::filesystem::path& folder, const SpaceOptions& options,
                       const core::Clock& clock, metrics::Metrics& metrics)
    : options_(options),
      clock_(clock),
      metrics_(metrics),
      folder_(open_folder(folder)),
      ballast_(size_of_ballast(folder_)) {
    if (ballast_ != options_.ballast_bytes || look().free_bytes < options_.ballast_bytes) drop_ballast();
}

SpaceGuard::~SpaceGuard() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
    ::close(folder_);
}

void SpaceGuard::begin() {
    const Space space = look();
    if (space.free_bytes < space.low_water)
        refuse(too_little(space.free_bytes, space.low_water));
    else if (space.free_bytes - space.low_water >= options_.ballast_bytes)
        make_ballast();
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    pthread_setname_np(thread_.native_handle(), "space");
}

std::optional<Error> SpaceGuard::refusal() const {
    if (!refusing_.load(std::memory_order_relaxed)) return std::nullopt;
    const std::lock_guard lock(mutex_);
    return Error::unavailable(core::Reason::store_full, why_, "free disk space; intake resumes by itself");
}

std::optional<Error> SpaceGuard::check() {
    if (refusing_.load(std::memory_order_relaxed)) return refusal();
    const auto now = clock_.steady();
    if (now < next_look_) return std::nullopt;
    next_look_ = now + options_.look_period;
    const Space space = look();
    if (space.free_bytes >= space.low_water) return std::nullopt;
    refuse(too_little(space.free_bytes, space.low_water));
    return refusal();
}

bool SpaceGuard::note_full() {
    const bool gave = drop_ballast();
    refuse("the disk is full");
    return gave;
}

bool SpaceGuard::has_room_for(std::uint64_t bytes) const {
    const Space space = look();
    return space.free_bytes >= space.low_water && space.free_bytes - space.low_water >= bytes;
}

bool SpaceGuard::is_low() const {
    const Space space = look();
    return space.free_bytes / 2 < space.low_water;
}

std::uint64_t SpaceGuard::free_bytes() const {
    struct statvfs info {};
    if (fstatvfs(folder_, &info) != 0) return 0;
    return info.f_bavail * info.f_frsize;
}

std::optional<core::Timestamp> SpaceGuard::full_since() const {
    if (!refusing_.load(std::memory_order_relaxed)) return std::nullopt;
    const std::lock_guard lock(mutex_);
    return since_;
}

/// A file system that can't be asked counts as empty: its own errors tell soon enough.
SpaceGuard::Space SpaceGuard::look() const {
    struct statvfs info {};
    if (fstatvfs(folder_, &info) != 0) return {std::numeric_limits<std::uint64_t>::max(), 0};
    const std::uint64_t size = info.f_blocks * info.f_frsize;
    return {info.f_bavail * info.f_frsize,
            std::max(options_.min_free_bytes, size * options_.min_free_percent / 100)};
}

/// What can't hold a ballast for another reason than room goes on without one.
SpaceGuard::Made SpaceGuard::make_ballast() {
    const std::lock_guard lock(mutex_);
    if (ballast_ == options_.ballast_bytes || !ballast_is_possible_) return Made::yes;
    const int descriptor =
        openat(folder_, ballast_name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    const int error =
        descriptor < 0 ? errno : posix_fallocate(descriptor, 0, static_cast<off_t>(options_.ballast_bytes));
    if (descriptor >= 0) ::close(descriptor);
    if (error == 0) {
        ballast_ = options_.ballast_bytes;
        return Made::yes;
    }
    unlinkat(folder_, ballast_name, 0);
    if (error == ENOSPC || error == EDQUOT) return Made::no_room;
    ballast_is_possible_ = false;
    spdlog::warn("no ballast beside the store, so that a full disk may stop checkpoints as well: {}",
                 reason(error));
    return Made::yes;
}

bool SpaceGuard::drop_ballast() {
    const std::lock_guard lock(mutex_);
    if (ballast_ == 0 || unlinkat(folder_, ballast_name, 0) != 0) return false;
    ballast_ = 0;
    return true;
}

bool SpaceGuard::ballast_is_missing() const {
    return ballast_is_possible_ && ballast_ != options_.ballast_bytes;
}

void SpaceGuard::refuse(const std::string& why) {
    {
        const std::lock_guard lock(mutex_);
        if (refusing_.exchange(true)) return;
        why_ = why;
        since_ = clock_.now();
    }
    wake_.notify_one();
    spdlog::error("events are refused: {}; intake resumes by itself when there is room", why);
    metrics_.last_error.set(clock_.now(), why);
}

void SpaceGuard::run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (wake_.wait(lock, stop, [this] { return refusing_ || ballast_is_missing(); })) {
        wake_.wait_for(lock, stop, options_.probe_period, [] { return false; });
        if (stop.stop_requested()) return;
        lock.unlock();
        probe();
        lock.lock();
    }
}

/// Intake goes on when there is room for the ballast and as much again above the low-water mark: else the
/// next commits would end it at once.
void SpaceGuard::probe() {
    const Space space = look();
    if (space.free_bytes < space.low_water || space.free_bytes - space.low_water < 2 * options_.ballast_bytes)
        return;
    if (make_ballast() == Made::no_room || !refusing_.exchange(false)) return;
    spdlog::info("there is room on the disk again, {} are free: events are taken in",
                 mebibytes(look().free_bytes));
}

}  // namespace tocsin::daemon::sqlite
