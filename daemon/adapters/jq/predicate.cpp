// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/jq/predicate.hpp"

#include <simdjson.h>

#include <utility>

#include "daemon/adapters/jq/condition.hpp"

namespace tocsin::daemon::jq {

struct Predicate::Reader {
    simdjson::dom::parser parser;
};

Predicate::Predicate(std::unique_ptr<const Condition> condition)
    : condition_(std::move(condition)), reader_(std::make_unique<Reader>()) {}
Predicate::Predicate(Predicate&&) noexcept = default;
Predicate& Predicate::operator=(Predicate&&) noexcept = default;
Predicate::~Predicate() = default;

std::optional<Predicate> Predicate::parse(std::string_view expression) {
    auto condition = parse_condition(expression);
    if (!condition) return std::nullopt;
    return Predicate(std::move(condition));
}

std::optional<Truth::Kind> Predicate::judge(std::string_view json) {
    Json event;
    if (reader_->parser.parse(json.data(), json.size()).get(event) != simdjson::SUCCESS) return std::nullopt;
    const Answer answer = condition_->judge(event);
    const bool* const value = std::get_if<bool>(&answer);
    if (value == nullptr) return Truth::Kind::error;
    return *value ? Truth::Kind::yes : Truth::Kind::no;
}

}  // namespace tocsin::daemon::jq
