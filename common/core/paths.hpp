// SPDX-License-Identifier: Apache-2.0
// The places that both programs agree on.
#pragma once

#include <string>
#include <string_view>

namespace tocsin::core {

inline constexpr std::string_view system_config = "/etc/tocsin/tocsin.toml";
inline constexpr std::string_view system_state = "/var/lib/tocsin";
inline constexpr std::string_view system_runtime = "/run/tocsin";
inline constexpr std::string_view system_spool = "/var/spool/tocsin";

/// Names within the runtime folder.
inline constexpr std::string_view api_socket = "tocsin.sock";
inline constexpr std::string_view intake_socket = "intake.sock";
inline constexpr std::string_view feed_socket = "feed.sock";

/// Names within the state folder.
inline constexpr std::string_view store_file = "tocsin.db";
inline constexpr std::string_view mark_file = "tocsin.mark";
inline constexpr std::string_view ballast_file = "ballast";
inline constexpr std::string_view in_work_file = "in-work";  ///< events that pipelines work on just now
inline constexpr std::string_view state_lock = "lock";
inline constexpr std::string_view spool_folder = "spool";      ///< the user's; the system's lies elsewhere
inline constexpr std::string_view backup_file = "backup.tmp";  ///< while one is taken
/// Another name than the state's, since both folders may be one.
inline constexpr std::string_view runtime_lock = "tocsind.lock";

/// Names within the spool: files are written in the first, wait in the second, and those that nobody can use
/// end in the third.
inline constexpr std::string_view spool_tmp = "tmp";
inline constexpr std::string_view spool_new = "new";
inline constexpr std::string_view spool_bad = "bad";

/// The longest path that fits into `sockaddr_un`, in bytes.
inline constexpr std::size_t max_socket_path = 107;

/// `//HOST/USER[/PROGRAM]`: where an event comes from when its sender does not say.
std::string default_source(std::string_view user, std::string_view program = {});

/// The host's name as the kernel knows it.
std::string host_name();

/// The folder that the running program lies in, where links end; `/usr/bin` without /proc.
std::string program_folder();

}  // namespace tocsin::core
