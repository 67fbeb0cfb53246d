// SPDX-License-Identifier: Apache-2.0
// The type of an event is its topic: tokens joined by dots, as in `order.created`.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::event {

/// 1–200 bytes of visible ASCII but `*` and `>`, in non-empty tokens joined by `.`.
class Topic {
 public:
    static constexpr std::size_t max_bytes = 200;

    /// Throws `invalid`, naming the type and the rule that it breaks.
    static Topic parse(std::string_view text);

    /// For a name that was parsed before, as one read back from the log.
    static Topic trusted(std::string name) { return Topic(std::move(name)); }

    const std::string& name() const noexcept { return name_; }

    /// True for the daemon's own types, which no client may emit: `tocsin.…` and `qr.…`.
    bool is_reserved() const noexcept;
    /// Throws `denied` for those.
    void require_free() const;

    friend auto operator<=>(const Topic&, const Topic&) = default;

 private:
    explicit Topic(std::string name) : name_(std::move(name)) {}
    std::string name_;
};

/// A pattern over topics: `*` stands for one token, `>` for one or more at the end. A pattern that starts
/// with a wildcard does not match `tocsin.…`.
class TopicPattern {
 public:
    /// Throws `invalid`, naming the pattern and the rule that it breaks.
    static TopicPattern parse(std::string_view text);

    bool matches(std::string_view topic) const noexcept;
    const std::string& text() const noexcept { return text_; }

 private:
    explicit TopicPattern(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

/// True when any of the patterns matches. No pattern at all matches everything, `tocsin.…` too.
bool any_matches(const std::vector<TopicPattern>& patterns, std::string_view topic) noexcept;

}  // namespace tocsin::event
