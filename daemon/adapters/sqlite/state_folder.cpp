// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/state_folder.hpp"

#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <string>

#include "common/core/exit_status.hpp"
#include "common/core/paths.hpp"

namespace tocsin::daemon::sqlite {
namespace {

using core::Code;
using core::Exit;
using core::ExitStatus;

constexpr mode_t state_mode = 0750;
constexpr long cifs_magic = 0xFF534D42;
constexpr long smb2_magic = 0xFE534D42;
constexpr std::array<long, 5> network_file_systems{NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, cifs_magic, smb2_magic,
                                                   FUSE_SUPER_MAGIC};

/// SQLite's WAL needs shared memory and locks that these file systems do not keep.
void refuse_network(const std::filesystem::path& path) {
    struct statfs info {};
    if (statfs(path.c_str(), &info) != 0) return;
    if (std::ranges::find(network_file_systems, info.f_type) != network_file_systems.end())
        throw Exit(ExitStatus::config, Code::invalid,
                   path.string() + " lies on a network or FUSE file system",
                   "name a state folder on a local disk");
}

std::filesystem::path prepare(const std::filesystem::path& path) {
    core::prepare_folder(path, state_mode, "state");
    refuse_network(path);
    return path;
}

}  // namespace

StateFolder::StateFolder(const std::filesystem::path& path)
    : path_(prepare(path)), lock_(path_ / core::state_lock) {}

}  // namespace tocsin::daemon::sqlite
