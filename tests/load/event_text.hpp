// SPDX-License-Identifier: Apache-2.0
// The events of tests/load/hold: what they look like, and how a reader finds them in any text that holds
// events.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin::load {

/// Which emitter made an event, and as its which one, from 0. An event of nobody's has emitter 0.
struct Origin {
    std::uint64_t emitter = 0;
    std::uint64_t number = 0;
};

/// A draft of 200 bytes or a few more. `id` may be empty: then the daemon makes one.
inline std::string draft(std::string_view type, std::string_view id, Origin origin) {
    constexpr std::size_t wanted = 200;
    std::string text = "{\"type\":\"" + std::string(type) + "\",";
    if (!id.empty()) text.append("\"id\":\"").append(id).append("\",");
    text += "\"data\":{\"e\":" + std::to_string(origin.emitter) + ",\"n\":" + std::to_string(origin.number) +
            ",\"pad\":\"";
    const std::size_t closing = 3;
    if (text.size() + closing < wanted) text.append(wanted - text.size() - closing, '.');
    return text + "\"}}";
}

/// Walks over texts in which sequences stand: receipts, events, pages of events.
class SequenceWalk {
 public:
    explicit SequenceWalk(std::string_view text) : rest_(text) {}

    /// Goes to the next sequence; false when there is none.
    bool next() {
        constexpr std::string_view key = "\"sequence\":\"";
        const std::size_t place = rest_.find(key);
        if (place == std::string_view::npos) return false;
        rest_.remove_prefix(place + key.size());
        sequence_ = number();
        return true;
    }

    std::uint64_t sequence() const noexcept { return sequence_; }

    /// Of a receipt.
    bool is_duplicate() const noexcept {
        constexpr std::string_view key = "\"duplicate\":";
        const std::size_t place = rest_.find(key);
        return place != std::string_view::npos && rest_.substr(place + key.size()).starts_with("true");
    }

    /// Of an event; its data comes behind its sequence.
    Origin origin() {
        constexpr std::string_view key = "\"data\":{\"e\":";
        const std::size_t place = rest_.find(key);
        const std::size_t following = rest_.find("\"sequence\":\"");
        if (place == std::string_view::npos || place > following) return {};
        rest_.remove_prefix(place + key.size());
        Origin found;
        found.emitter = number();
        constexpr std::string_view between = ",\"n\":";
        if (!rest_.starts_with(between)) return {};
        rest_.remove_prefix(between.size());
        found.number = number();
        return found;
    }

 private:
    std::uint64_t number() {
        std::uint64_t value = 0;
        const auto parsed = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
        rest_.remove_prefix(static_cast<std::size_t>(parsed.ptr - rest_.data()));
        return value;
    }

    std::string_view rest_;
    std::uint64_t sequence_ = 0;
};

/// What was read, in one number: two readers that have read the same in the same order have the same.
class RunningHash {
 public:
    void add(std::uint64_t sequence, Origin origin) {
        for (const std::uint64_t value : {sequence, origin.emitter, origin.number}) {
            hash_ = (hash_ ^ value) * 0x9E3779B97F4A7C15U;
            hash_ ^= hash_ >> 29U;
        }
    }
    std::uint64_t value() const noexcept { return hash_; }

 private:
    std::uint64_t hash_ = 0xCBF29CE484222325U;
};

}  // namespace tocsin::load
