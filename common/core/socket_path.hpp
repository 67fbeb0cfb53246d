// SPDX-License-Identifier: Apache-2.0
// Paths of Unix sockets: checked before anything is bound, so that nothing that is not ours is ever removed.
#pragma once

#include <filesystem>

namespace tocsin::core {

/// Makes the path free to bind: removes a socket that an earlier owner left behind. The caller must hold the
/// folder's lock. Throws `Exit` (78) when the path is too long or when something else lies there.
void prepare_socket_path(const std::filesystem::path& path);

}  // namespace tocsin::core
