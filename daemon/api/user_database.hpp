// SPDX-License-Identifier: Apache-2.0
// Names and numbers of users and groups, as the host's user database has them.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace tocsin::daemon::api {

/// All of these may take long, and throw `unavailable` when the database can't be read, as when descriptors
/// have run out: that is not the same as an entry that is not there.

/// The number as text for a user without a name.
std::string user_name(uid_t uid);
std::optional<uid_t> user_id(const std::string& name);
std::optional<gid_t> group_id(const std::string& name);
/// That of nobody for a user who is not in the database.
gid_t primary_group(uid_t uid);
/// The groups that the user is a member of, `first` among them.
std::vector<gid_t> groups_of(const std::string& user, gid_t first);

}  // namespace tocsin::daemon::api
