// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/jq/jq_stages.hpp"

#include <utility>

namespace tocsin::daemon::jq {
namespace {

using pipeline::Judgement;
using pipeline::Outcome;

/// One more than a pipeline takes from an event, so that it sees that there are too many.
constexpr std::size_t most_outputs = 10'001;

Judgement::Kind kind_of(Truth::Kind kind) {
    switch (kind) {
        case Truth::Kind::yes: return Judgement::Kind::wanted;
        case Truth::Kind::no: return Judgement::Kind::unwanted;
        case Truth::Kind::error: break;
    }
    return Judgement::Kind::failed;
}

Outcome to_outcome(Outputs outputs) { return {std::move(outputs.values), std::move(outputs.error)}; }

std::optional<Program> compile(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(Program::compile(text));
}

}  // namespace

void check_expression(const std::string& text) {
    if (!Predicate::parse(text)) Program::compile(text);
}

JqStages::JqStages(const Expressions& expressions)
    : expressions_(expressions),
      quick_where_(expressions.where.empty() ? std::nullopt : Predicate::parse(expressions.where)),
      slow_where_(quick_where_ ? std::nullopt : compile(expressions.where)),
      order_by_(compile(expressions.order_by)),
      map_(compile(expressions.map)) {}

Judgement JqStages::judge(std::string_view json) {
    if (expressions_.where.empty()) return {};
    if (quick_where_) {
        const auto kind = quick_where_->judge(json);
        if (kind && *kind != Truth::Kind::error) return {kind_of(*kind), {}};
    }
    // Only libjq knows its own words for an error, and what it makes of the odd event.
    if (!slow_where_) slow_where_ = Program::compile(expressions_.where);
    Truth truth = slow_where_->truth(json);
    return {kind_of(truth.kind), std::move(truth.error)};
}

Outcome JqStages::key(std::string_view json) {
    return order_by_ ? to_outcome(order_by_->run(json, 1)) : Outcome{};
}

Outcome JqStages::map(std::string_view json) { return to_outcome(map_->run(json, most_outputs)); }

}  // namespace tocsin::daemon::jq
