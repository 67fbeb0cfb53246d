// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/jq/condition.hpp"

#include <array>
#include <compare>
#include <utility>

#include "daemon/adapters/jq/tokens.hpp"

namespace tocsin::daemon::jq {
namespace {

using ConditionPtr = std::unique_ptr<const Condition>;
using Type = simdjson::dom::element_type;

/// What a path leads to. `missing` stands for jq's null where nothing is.
struct Found {
    enum class Kind { missing, value, error };
    Kind kind = Kind::missing;
    Json value{};
};

Found step_into(Json value, const Step& step) {
    const auto* const name = std::get_if<std::string>(&step);
    if (value.is_null()) return {};
    if (name != nullptr && value.is_object()) {
        Json member;
        return value[*name].get(member) == simdjson::SUCCESS ? Found{Found::Kind::value, member} : Found{};
    }
    if (name == nullptr && value.is_array()) {
        Json element;
        const bool is_there = value.at(std::get<std::size_t>(step)).get(element) == simdjson::SUCCESS;
        return is_there ? Found{Found::Kind::value, element} : Found{};
    }
    return {Found::Kind::error, {}};
}

/// jq makes null of what is missing, and of any step into null.
Found follow(const Path& path, Json event) {
    Found found{Found::Kind::value, event};
    for (const Step& step : path) {
        if (found.kind != Found::Kind::value) return found;
        found = step_into(found.value, step);
    }
    return found;
}

bool is_true(const Found& found) {
    if (found.kind == Found::Kind::missing || found.value.is_null()) return false;
    bool flag = true;
    return found.value.get(flag) != simdjson::SUCCESS || flag;
}

/// The order of kinds in jq: null, false, true, numbers, strings, arrays, objects.
enum class Rank : std::uint8_t { null, no, yes, number, string, array, object };

Rank rank_of(const Found& found) {
    if (found.kind == Found::Kind::missing) return Rank::null;
    switch (found.value.type()) {
        case Type::NULL_VALUE: return Rank::null;
        case Type::BOOL: return found.value.get_bool().value_unsafe() ? Rank::yes : Rank::no;
        case Type::INT64:
        case Type::UINT64:
        case Type::DOUBLE: return Rank::number;
        case Type::STRING: return Rank::string;
        case Type::ARRAY: return Rank::array;
        default: return Rank::object;
    }
}

Rank rank_of(const Literal& literal) {
    constexpr std::array ranks{Rank::null, Rank::no, Rank::number, Rank::string};
    const Rank rank = ranks.at(literal.index());
    return rank == Rank::no && std::get<bool>(literal) ? Rank::yes : rank;
}

std::strong_ordering order(double left, double right) {
    if (left < right) return std::strong_ordering::less;
    return left > right ? std::strong_ordering::greater : std::strong_ordering::equal;
}

std::strong_ordering order(const Found& found, const Literal& literal) {
    const Rank rank = rank_of(found);
    if (const auto by_kind = rank <=> rank_of(literal); by_kind != 0) return by_kind;
    if (rank == Rank::number)
        return order(found.value.get_double().value_unsafe(), std::get<double>(literal));
    if (rank == Rank::string)
        return found.value.get_string().value_unsafe() <=> std::string_view(std::get<std::string>(literal));
    return std::strong_ordering::equal;
}

bool holds(Comparison comparison, std::strong_ordering order) {
    switch (comparison) {
        case Comparison::equal: return order == 0;
        case Comparison::unequal: return order != 0;
        case Comparison::less: return order < 0;
        case Comparison::less_or_equal: return order <= 0;
        case Comparison::greater: return order > 0;
        default: return order >= 0;
    }
}

/// `.a.b`, by what jq calls true.
class Truthy final : public Condition {
 public:
    explicit Truthy(Path path) : path_(std::move(path)) {}
    Answer judge(Json event) const override {
        const Found found = follow(path_, event);
        if (found.kind == Found::Kind::error) return Broken();
        return is_true(found);
    }

 private:
    Path path_;
};

class Compare final : public Condition {
 public:
    Compare(Path path, Comparison comparison, Literal literal)
        : path_(std::move(path)), comparison_(comparison), literal_(std::move(literal)) {}
    Answer judge(Json event) const override {
        const Found found = follow(path_, event);
        if (found.kind == Found::Kind::error) return Broken();
        return holds(comparison_, order(found, literal_));
    }

 private:
    Path path_;
    Comparison comparison_;
    Literal literal_;
};

/// `.a | startswith("x")`
class StartsWith final : public Condition {
 public:
    StartsWith(Path path, std::string start) : path_(std::move(path)), start_(std::move(start)) {}
    Answer judge(Json event) const override {
        const Found found = follow(path_, event);
        std::string_view text;
        if (found.kind != Found::Kind::value || found.value.get(text) != simdjson::SUCCESS) return Broken();
        return text.starts_with(start_);
    }

 private:
    Path path_;
    std::string start_;
};

/// `.a | test("x")`
class Matches final : public Condition {
 public:
    Matches(Path path, Regex regex) : path_(std::move(path)), regex_(std::move(regex)) {}
    Answer judge(Json event) const override {
        const Found found = follow(path_, event);
        std::string_view text;
        if (found.kind != Found::Kind::value || found.value.get(text) != simdjson::SUCCESS) return Broken();
        const Regex::Search search = regex_.search(text);
        if (search == Regex::Search::failed) return Broken();
        return search == Regex::Search::found;
    }

 private:
    Path path_;
    Regex regex_;
};

/// `.a | has("x")`, `.a | has(0)`
class Has final : public Condition {
 public:
    Has(Path path, Step step) : path_(std::move(path)), step_(std::move(step)) {}
    Answer judge(Json event) const override {
        const Found found = follow(path_, event);
        if (found.kind == Found::Kind::error) return Broken();
        if (found.kind == Found::Kind::missing || found.value.is_null()) return false;
        const Found member = step_into(found.value, step_);
        if (member.kind == Found::Kind::error) return Broken();
        return member.kind == Found::Kind::value;
    }

 private:
    Path path_;
    Step step_;
};

class Both final : public Condition {
 public:
    Both(ConditionPtr left, ConditionPtr right) : left_(std::move(left)), right_(std::move(right)) {}
    Answer judge(Json event) const override {
        const Answer left = left_->judge(event);
        const bool* const value = std::get_if<bool>(&left);
        return value != nullptr && *value ? right_->judge(event) : left;
    }

 private:
    ConditionPtr left_;
    ConditionPtr right_;
};

class Either final : public Condition {
 public:
    Either(ConditionPtr left, ConditionPtr right) : left_(std::move(left)), right_(std::move(right)) {}
    Answer judge(Json event) const override {
        const Answer left = left_->judge(event);
        const bool* const value = std::get_if<bool>(&left);
        return value != nullptr && !*value ? right_->judge(event) : left;
    }

 private:
    ConditionPtr left_;
    ConditionPtr right_;
};

class Not final : public Condition {
 public:
    explicit Not(ConditionPtr inner) : inner_(std::move(inner)) {}
    Answer judge(Json event) const override {
        const Answer answer = inner_->judge(event);
        const bool* const value = std::get_if<bool>(&answer);
        return value == nullptr ? answer : Answer(!*value);
    }

 private:
    ConditionPtr inner_;
};

/// Recursive descent over the tokens. A null pointer anywhere means "not simple".
class Parser {
 public:
    explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

    ConditionPtr whole() {
        ConditionPtr condition = pipe();
        return next().kind == Token::Kind::end ? std::move(condition) : nullptr;
    }

 private:
    const Token& next() const { return tokens_[at_]; }
    bool take(Token::Kind kind) {
        if (next().kind != kind) return false;
        ++at_;
        return true;
    }
    bool take_word(std::string_view word) {
        if (next().kind != Token::Kind::word || next().text != word) return false;
        ++at_;
        return true;
    }

    /// The pipe binds weakest: what stands behind it sees the result of all in front of it.
    ConditionPtr pipe() {
        const bool is_call = next().kind == Token::Kind::path && tokens_[at_ + 1].kind == Token::Kind::pipe &&
                             names_function(tokens_[at_ + 2]);
        ConditionPtr condition = is_call ? call(tokens_[at_++].path) : disjunction();
        while (condition && take(Token::Kind::pipe)) {
            if (!take_word("not")) return nullptr;
            condition = std::make_unique<Not>(std::move(condition));
        }
        return condition;
    }

    ConditionPtr disjunction() {
        ConditionPtr left = conjunction();
        while (left && take_word("or")) {
            ConditionPtr right = conjunction();
            if (!right) return nullptr;
            left = std::make_unique<Either>(std::move(left), std::move(right));
        }
        return left;
    }

    ConditionPtr conjunction() {
        ConditionPtr left = term();
        while (left && take_word("and")) {
            ConditionPtr right = term();
            if (!right) return nullptr;
            left = std::make_unique<Both>(std::move(left), std::move(right));
        }
        return left;
    }

    ConditionPtr term() {
        if (take(Token::Kind::open)) {
            ConditionPtr inner = pipe();
            return inner && take(Token::Kind::close) ? std::move(inner) : nullptr;
        }
        if (next().kind == Token::Kind::literal) return literal_first();
        if (next().kind != Token::Kind::path) return nullptr;
        Path path = tokens_[at_++].path;
        if (next().kind == Token::Kind::comparison) return compare(std::move(path));
        return std::make_unique<Truthy>(std::move(path));
    }

    ConditionPtr compare(Path path) {
        const Comparison comparison = tokens_[at_++].comparison;
        if (next().kind != Token::Kind::literal) return nullptr;
        return std::make_unique<Compare>(std::move(path), comparison, tokens_[at_++].literal);
    }

    /// `3 < .a` is `.a > 3`.
    ConditionPtr literal_first() {
        constexpr std::array mirrored{Comparison::equal,   Comparison::unequal,
                                      Comparison::greater, Comparison::greater_or_equal,
                                      Comparison::less,    Comparison::less_or_equal};
        const Literal literal = tokens_[at_++].literal;
        if (next().kind != Token::Kind::comparison) return nullptr;
        const Comparison comparison = mirrored.at(static_cast<std::size_t>(tokens_[at_++].comparison));
        if (next().kind != Token::Kind::path) return nullptr;
        return std::make_unique<Compare>(tokens_[at_++].path, comparison, literal);
    }

    static bool names_function(const Token& token) {
        return token.kind == Token::Kind::word &&
               (token.text == "startswith" || token.text == "test" || token.text == "has");
    }

    /// `PATH | function(literal)`, to which nothing but the end, a parenthesis or a pipe may follow: `and`
    /// and `or` would see the path's value.
    ConditionPtr call(Path path) {
        ++at_;
        const std::string name = tokens_[at_++].text;
        if (!take(Token::Kind::open) || next().kind != Token::Kind::literal) return nullptr;
        const Literal literal = tokens_[at_++].literal;
        if (!take(Token::Kind::close)) return nullptr;
        const Token::Kind behind = next().kind;
        if (behind != Token::Kind::end && behind != Token::Kind::close && behind != Token::Kind::pipe)
            return nullptr;
        return make_call(name, std::move(path), literal);
    }

    static ConditionPtr make_call(const std::string& name, Path path, const Literal& literal) {
        const auto* const text = std::get_if<std::string>(&literal);
        if (name == "has") {
            if (text != nullptr) return std::make_unique<Has>(std::move(path), Step(*text));
            const auto place = place_of(literal);
            return place ? std::make_unique<Has>(std::move(path), Step(*place)) : nullptr;
        }
        if (text == nullptr) return nullptr;
        if (name == "startswith") return std::make_unique<StartsWith>(std::move(path), *text);
        auto regex = Regex::compile(*text);
        return regex ? std::make_unique<Matches>(std::move(path), *std::move(regex)) : nullptr;
    }

    std::vector<Token> tokens_;
    std::size_t at_ = 0;
};

}  // namespace

ConditionPtr parse_condition(std::string_view text) {
    auto tokens = read_tokens(text);
    return tokens ? Parser(*std::move(tokens)).whole() : nullptr;
}

}  // namespace tocsin::daemon::jq
