// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/jq/tokens.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "common/core/text.hpp"

namespace tocsin::daemon::jq {
namespace {

using Kind = Token::Kind;

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

void append_utf8(std::uint32_t point, std::string& out) {
    const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (point < 0x80) return put(point);
    if (point < 0x800) {
        put(0xC0U | (point >> 6U));
    } else if (point < 0x10000) {
        put(0xE0U | (point >> 12U));
        put(0x80U | ((point >> 6U) & 0x3FU));
    } else {
        put(0xF0U | (point >> 18U));
        put(0x80U | ((point >> 12U) & 0x3FU));
        put(0x80U | ((point >> 6U) & 0x3FU));
    }
    put(0x80U | (point & 0x3FU));
}

/// Reads from the front of a text. Each `read_…` gives nothing where the text is not plainly what it looks
/// for; then the whole expression is left to libjq.
class Lexer {
 public:
    explicit Lexer(std::string_view text) : text_(text) {}

    std::optional<std::vector<Token>> all() {
        std::vector<Token> tokens;
        for (skip_space(); !text_.empty(); skip_space()) {
            auto token = read_token();
            if (!token) return std::nullopt;
            tokens.push_back(*std::move(token));
        }
        tokens.resize(tokens.size() + 3);
        return tokens;
    }

 private:
    bool take(std::string_view mark) {
        if (!text_.starts_with(mark)) return false;
        text_.remove_prefix(mark.size());
        return true;
    }
    void skip_space() {
        while (!text_.empty() && is_space(text_.front())) text_.remove_prefix(1);
    }
    template <class Is>
    std::string_view take_while(Is is) {
        const auto end = std::ranges::find_if_not(text_, is);
        const std::string_view taken = text_.substr(0, static_cast<std::size_t>(end - text_.begin()));
        text_.remove_prefix(taken.size());
        return taken;
    }

    std::optional<Token> read_token() {
        if (take("(")) return Token{.kind = Kind::open};
        if (take(")")) return Token{.kind = Kind::close};
        if (text_.starts_with("|=")) return std::nullopt;
        if (take("|")) return Token{.kind = Kind::pipe};
        if (const auto comparison = read_comparison())
            return Token{.kind = Kind::comparison, .comparison = *comparison};
        if (text_.front() == '"') return literal(read_string());
        if (text_.front() == '-' || is_digit(text_.front())) return literal(read_number());
        if (text_.front() == '.') return read_path();
        if (is_letter(text_.front())) return read_word();
        return std::nullopt;
    }

    template <class Value>
    static std::optional<Token> literal(std::optional<Value> value) {
        if (!value) return std::nullopt;
        return Token{.kind = Kind::literal, .literal = *std::move(value)};
    }

    std::optional<Comparison> read_comparison() {
        if (take("==")) return Comparison::equal;
        if (take("!=")) return Comparison::unequal;
        if (take("<=")) return Comparison::less_or_equal;
        if (take(">=")) return Comparison::greater_or_equal;
        if (take("<")) return Comparison::less;
        if (take(">")) return Comparison::greater;
        return std::nullopt;
    }

    std::optional<Token> read_word() {
        const std::string_view word = take_while([](char c) { return is_letter(c) || is_digit(c); });
        if (text_.starts_with("::")) return std::nullopt;
        if (word == "null") return Token{.kind = Kind::literal, .literal = nullptr};
        if (word == "true" || word == "false") return Token{.kind = Kind::literal, .literal = word == "true"};
        return Token{.kind = Kind::word, .text = std::string(word)};
    }

    /// `([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?`, of which the form that begins with a point is left
    /// out, and the sign in front.
    std::optional<double> read_number() {
        const char* const begin = text_.data();
        take("-");
        if (text_.empty() || !is_digit(text_.front())) return std::nullopt;
        take_while(is_digit);
        if (take(".")) take_while(is_digit);
        if (take("e") || take("E")) {
            if (!take("+")) take("-");
            if (take_while(is_digit).empty()) return std::nullopt;
        }
        if (!text_.empty() && (is_letter(text_.front()) || text_.front() == '.')) return std::nullopt;
        double value = 0;
        const auto [end, error] = std::from_chars(begin, text_.data(), value);
        if (error != std::errc()) return std::nullopt;
        return value;
    }

    /// A string without interpolation.
    std::optional<std::string> read_string() {
        if (!take("\"")) return std::nullopt;
        std::string out;
        while (!take("\"")) {
            if (text_.empty()) return std::nullopt;
            if (!take("\\")) {
                out.push_back(text_.front());
                text_.remove_prefix(1);
            } else if (!read_escape(out)) {
                return std::nullopt;
            }
        }
        if (!core::is_utf8(out)) return std::nullopt;
        return out;
    }

    bool read_escape(std::string& out) {
        if (text_.empty()) return false;
        constexpr std::string_view marks = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        const std::size_t place = marks.find(text_.front());
        if (place != std::string_view::npos) {
            out.push_back(meanings[place]);
            text_.remove_prefix(1);
            return true;
        }
        if (!take("u")) return false;
        const auto point = read_hex();
        if (!point || (*point >= 0xD800 && *point <= 0xDFFF)) return false;
        append_utf8(*point, out);
        return true;
    }

    std::optional<std::uint32_t> read_hex() {
        std::uint32_t value = 0;
        if (text_.size() < 4) return std::nullopt;
        const auto [end, error] = std::from_chars(text_.data(), text_.data() + 4, value, 16);
        if (error != std::errc() || end != text_.data() + 4) return std::nullopt;
        text_.remove_prefix(4);
        return value;
    }

    /// `.`, `.a.b`, `."a b"`, `.["a"]`, `.a[0]`.
    std::optional<Token> read_path() {
        Token token{.kind = Kind::path};
        bool is_first = true;
        for (; !text_.empty(); is_first = false) {
            if (is_first || text_.front() == '.') {
                take(".");
                if (!text_.empty() && (is_letter(text_.front()) || text_.front() == '"')) {
                    if (!read_name(token.path)) return std::nullopt;
                    continue;
                }
                if (!is_first) return std::nullopt;  // `.a.[0]` is an error in jq 1.6
            }
            if (text_.empty() || text_.front() != '[') break;
            if (!read_index(token.path)) return std::nullopt;
        }
        const bool goes_on = !text_.empty() && (is_digit(text_.front()) || is_letter(text_.front()) ||
                                                text_.front() == '?' || text_.front() == '"');
        if (goes_on) return std::nullopt;
        return token;
    }

    bool read_name(Path& path) {
        if (text_.front() == '"') {
            auto name = read_string();
            if (name) path.emplace_back(*std::move(name));
            return name.has_value();
        }
        path.emplace_back(std::string(take_while([](char c) { return is_letter(c) || is_digit(c); })));
        return true;
    }

    bool read_index(Path& path) {
        take("[");
        if (text_.empty()) return false;
        if (text_.front() == '"') {
            auto name = read_string();
            if (!name) return false;
            path.emplace_back(*std::move(name));
        } else {
            const auto place = core::parse_number<std::size_t>(take_while(is_digit));
            if (!place || *place > 1'000'000) return false;
            path.emplace_back(*place);
        }
        return take("]");
    }

    std::string_view text_;
};

}  // namespace

std::optional<std::vector<Token>> read_tokens(std::string_view text) { return Lexer(text).all(); }

std::optional<std::size_t> place_of(const Literal& literal) {
    const auto* const number = std::get_if<double>(&literal);
    if (number == nullptr || *number < 0 || *number > 1'000'000) return std::nullopt;
    const auto place = static_cast<std::size_t>(*number);
    if (static_cast<double>(place) != *number) return std::nullopt;
    return place;
}

}  // namespace tocsin::daemon::jq
