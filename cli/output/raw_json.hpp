// SPDX-License-Identifier: Apache-2.0
// Looks into JSON that a daemon sent without rewriting it: numbers keep every digit, and nothing is copied.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::cli::output {

/// The text between two quotes of a name, and a value as it stands.
struct RawMember {
    std::string_view name;
    std::string_view value;
};

/// The members of one object, or the items of one array; the text must outlive them. Throws `internal` when
/// the text is not one, as far as that shows without looking into its values.
std::vector<RawMember> raw_members(std::string_view object);
std::vector<std::string_view> raw_items(std::string_view array);

/// A value for people: a string loses its quotes and the escapes of quotes and slashes; control characters
/// stay escaped. Other values stay as they are.
std::string plain_text(std::string_view value);

/// One CloudEvent as the daemon wrote it.
class RawEvent {
 public:
    explicit RawEvent(std::string_view json) : members_(raw_members(json)) {}
    /// The member as it stands, empty when there is none.
    std::string_view raw(std::string_view name) const;
    /// The member as text for people, empty when there is none.
    std::string text(std::string_view name) const { return plain_text(raw(name)); }
    const std::vector<RawMember>& members() const noexcept { return members_; }

 private:
    std::vector<RawMember> members_;
};

}  // namespace tocsin::cli::output
