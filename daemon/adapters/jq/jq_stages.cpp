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

}  // namespace

void check_expression(const std::string& text) {
    if (!Predicate::parse(text)) Program::compile(text);
}

JqStages::JqStages(const Expressions& expressions)
    : expressions_(expressions),
      quick_where_(expressions.where.empty() ? std::nullopt : Predicate::parse(expressions.where)) {}

const Program& JqStages::compiled(std::optional<Program>& program, const std::string& text) {
    if (!program) program = Program::compile(text);
    return *program;
}

Judgement JqStages::judge(std::string_view json) {
    if (expressions_.where.empty()) return {};
    if (quick_where_) {
        const auto kind = quick_where_->judge(json);
        if (kind && *kind != Truth::Kind::error) return {kind_of(*kind), {}};
    }
    // Only libjq knows its own words for an error, and what it makes of the odd event.
    Truth truth = compiled(slow_where_, expressions_.where).truth(json);
    return {kind_of(truth.kind), std::move(truth.error)};
}

Outcome JqStages::key(std::string_view json) {
    return to_outcome(compiled(order_by_, expressions_.order_by).run(json, 1));
}

Outcome JqStages::map(std::string_view json) {
    return to_outcome(compiled(map_, expressions_.map).run(json, most_outputs));
}

}  // namespace tocsin::daemon::jq
