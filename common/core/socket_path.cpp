// SPDX-License-Identifier: Apache-2.0
#include "common/core/socket_path.hpp"

#include <string>

#include "common/core/exit_status.hpp"
#include "common/core/paths.hpp"

namespace tocsin::core {

void prepare_socket_path(const std::filesystem::path& path) {
    if (path.native().size() > max_socket_path)
        throw Exit(ExitStatus::config, Code::invalid,
                   "socket path " + path.string() + " has " + std::to_string(path.native().size()) + " bytes",
                   "name a runtime folder so that it has at most " + std::to_string(max_socket_path));
    std::error_code error;
    const auto status = std::filesystem::symlink_status(path, error);
    if (!std::filesystem::exists(status)) return;
    if (status.type() != std::filesystem::file_type::socket)
        throw Exit(ExitStatus::config, Code::invalid, path.string() + " exists and is not a socket",
                   "move it away, or name another runtime folder");
    std::filesystem::remove(path, error);
    if (error)
        throw Exit(ExitStatus::io, Code::unavailable,
                   "can't remove the old socket " + path.string() + ": " + error.message(),
                   "check the runtime folder's permissions");
}

}  // namespace tocsin::core
