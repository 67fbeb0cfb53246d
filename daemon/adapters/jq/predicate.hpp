// SPDX-License-Identifier: Apache-2.0
// The simple predicates of jq, decided without libjq: a path compared with a literal, `startswith`, `test`,
// `has`, joined by `and`, `or` and `not`. They mean what jq 1.6 makes of them, errors included.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "daemon/adapters/jq/program.hpp"

namespace tocsin::daemon::jq {

class Condition;

/// Thread rule: one thread at a time; each thread has its own.
class Predicate {
 public:
    /// Nothing when the expression is not one of the simple ones, or not certainly so.
    static std::optional<Predicate> parse(std::string_view expression);

    Predicate(Predicate&&) noexcept;
    Predicate& operator=(Predicate&&) noexcept;
    ~Predicate();

    /// Nothing when the input has something that only libjq should judge, as integers over 64 bits.
    std::optional<Truth::Kind> judge(std::string_view json);

 private:
    struct Reader;
    Predicate(std::unique_ptr<const Condition> condition);
    std::unique_ptr<const Condition> condition_;
    std::unique_ptr<Reader> reader_;
};

}  // namespace tocsin::daemon::jq
