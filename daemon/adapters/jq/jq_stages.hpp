// SPDX-License-Identifier: Apache-2.0
// A pipeline's expressions in jq.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "daemon/adapters/jq/predicate.hpp"
#include "daemon/adapters/jq/program.hpp"
#include "daemon/pipeline/stages.hpp"

namespace tocsin::daemon::jq {

/// Empty ones are left out: every event is wanted, and delivered as it is, in no order of keys.
struct Expressions {
    std::string where;
    std::string order_by;
    std::string map;
};

/// Throws `invalid` with jq's own words and the line within the expression.
void check_expression(const std::string& text);

/// Thread rule: one thread at a time.
class JqStages final : public pipeline::Stages {
 public:
    /// What libjq has to compile it compiles when it is used first: most threads need but one of them. Throws
    /// then as `check_expression` does.
    explicit JqStages(const Expressions& expressions);

    pipeline::Judgement judge(std::string_view json) override;
    pipeline::Outcome key(std::string_view json) override;
    pipeline::Outcome map(std::string_view json) override;
    Trust judging() const noexcept override {
        return expressions_.where.empty() || quick_where_ ? Trust::sure : Trust::unsure;
    }
    bool maps() const noexcept override { return !expressions_.map.empty(); }

 private:
    static const Program& compiled(std::optional<Program>& program, const std::string& text);

    const Expressions expressions_;
    std::optional<Predicate> quick_where_;  // where the expression is a simple one
    std::optional<Program> slow_where_;     // where it is none, or an event asks for it
    std::optional<Program> order_by_;
    std::optional<Program> map_;
};

}  // namespace tocsin::daemon::jq
