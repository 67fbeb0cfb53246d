// SPDX-License-Identifier: Apache-2.0
#include "cli/output/raw_json.hpp"

#include <algorithm>

#include "common/core/exit_status.hpp"

namespace tocsin::cli::output {
namespace {

[[noreturn]] void refuse(std::string_view text) {
    throw core::Exit(core::ExitStatus::protocol, core::Code::internal,
                     "the answer is not the JSON that was expected: " + std::string(text.substr(0, 60)),
                     "check that tocsin and tocsind have the same version");
}

/// Walks over the text of one object or array.
class Scanner {
 public:
    explicit Scanner(std::string_view text) : text_(text) {}

    /// Takes the mark when it comes next.
    bool take(char mark) {
        skip_space();
        if (at_ >= text_.size() || text_[at_] != mark) return false;
        ++at_;
        return true;
    }
    void need(char mark) {
        if (!take(mark)) refuse(text_.substr(std::min(at_, text_.size())));
    }
    bool at_end() {
        skip_space();
        return at_ == text_.size();
    }

    /// Takes a string, and gives what stands between its quotes.
    std::string_view string() {
        need('"');
        const std::size_t start = at_;
        skip_string();
        return text_.substr(start, at_ - start - 1);
    }

    /// Takes a value of any kind, up to the comma or bracket behind it.
    std::string_view value() {
        skip_space();
        const std::size_t start = at_;
        std::size_t depth = 0;
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '"') {
                ++at_;
                skip_string();
                --at_;
            } else if (c == '{' || c == '[') {
                ++depth;
            } else if (depth == 0 && (c == ',' || c == '}' || c == ']')) {
                break;
            } else if (c == '}' || c == ']') {
                --depth;
            }
        }
        return trimmed(text_.substr(start, at_ - start));
    }

 private:
    static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
    void skip_space() {
        while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    }
    /// Goes behind the closing quote.
    void skip_string() {
        while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2U : 1U;
        if (at_ >= text_.size()) refuse(text_);
        ++at_;
    }
    std::string_view trimmed(std::string_view value) const {
        while (!value.empty() && is_space(value.back())) value.remove_suffix(1);
        if (value.empty()) refuse(text_);
        return value;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

std::vector<RawMember> raw_members(std::string_view object) {
    Scanner in(object);
    in.need('{');
    std::vector<RawMember> members;
    members.reserve(16);
    if (!in.take('}')) {
        do {
            const std::string_view name = in.string();
            in.need(':');
            members.push_back({name, in.value()});
        } while (in.take(','));
        in.need('}');
    }
    if (!in.at_end()) refuse(object);
    return members;
}

std::vector<std::string_view> raw_items(std::string_view array) {
    Scanner in(array);
    in.need('[');
    std::vector<std::string_view> items;
    if (!in.take(']')) {
        do items.push_back(in.value());
        while (in.take(','));
        in.need(']');
    }
    if (!in.at_end()) refuse(array);
    return items;
}

std::string plain_text(std::string_view value) {
    if (value.size() < 2 || value.front() != '"') return std::string(value);
    value = value.substr(1, value.size() - 2);
    std::string out;
    out.reserve(value.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
        const bool escape = value[i] == '\\' && i + 1 < value.size();
        if (escape && (value[i + 1] == '"' || value[i + 1] == '\\' || value[i + 1] == '/')) ++i;
        out += value[i];
    }
    return out;
}

std::string_view RawEvent::raw(std::string_view name) const {
    for (const RawMember& member : members_)
        if (member.name == name) return member.value;
    return {};
}

}  // namespace tocsin::cli::output
