// SPDX-License-Identifier: Apache-2.0
// Regular expressions as jq 1.6 has them: Oniguruma, Perl's syntax with named groups, UTF-8.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

struct re_pattern_buffer;

namespace tocsin::daemon::jq {

class Regex {
 public:
    /// Nothing when it is not valid.
    static std::optional<Regex> compile(std::string_view pattern);

    enum class Search { found, not_found, failed };
    /// `failed`: Oniguruma gives up, as on too many steps back.
    Search search(std::string_view text) const;

 private:
    struct Free {
        void operator()(re_pattern_buffer* pattern) const noexcept;
    };
    std::unique_ptr<re_pattern_buffer, Free> pattern_;
};

}  // namespace tocsin::daemon::jq
