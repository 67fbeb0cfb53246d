// SPDX-License-Identifier: Apache-2.0
// The event (CloudEvents 1.0): what a client offers (Draft) and what the log holds (Event).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/sequence.hpp"
#include "common/core/timestamp.hpp"
#include "common/event/topic.hpp"

namespace tocsin::event {

/// An event's bytes (type, source, id, attributes, data) may be this many.
inline constexpr std::size_t max_event_bytes = 1U << 20;
/// A message or body may be this many bytes; more ends its connection.
inline constexpr std::size_t max_message_bytes = 16U << 20;
/// A message or body may hold this many events: a batch is stored in one transaction.
inline constexpr std::size_t max_batch_events = 65536;
inline constexpr std::size_t max_source_bytes = 1024;
inline constexpr std::size_t max_id_bytes = 256;

/// The attributes beside type, source and id: `time`, `subject`, extensions. Kept as JSON members without
/// their braces (`"subject":"x","n":1`), the form in which they are stored and sent; `time` comes first.
class Attributes {
 public:
    Attributes() = default;
    /// For text that an `Attributes` gave before, as read back from the log.
    static Attributes trusted(std::string json) { return Attributes(std::move(json)); }

    /// Throws `invalid` when the name breaks CloudEvents' naming rule (a–z, 0–9, at most 64 bytes) or the
    /// value holds control characters or broken UTF-8.
    void add(std::string_view name, std::string_view value);
    void add(std::string_view name, std::int32_t value);
    void add_flag(std::string_view name, std::string_view true_or_false);  // CloudEvents type Boolean

    /// Puts all of the others behind these.
    void append(const Attributes& others);

    bool has(std::string_view name) const;
    /// The value of an attribute as text, or nothing.
    std::optional<std::string> find(std::string_view name) const;

    bool empty() const noexcept { return json_.empty(); }
    const std::string& json() const noexcept { return json_; }
    friend bool operator==(const Attributes&, const Attributes&) = default;

 private:
    explicit Attributes(std::string json) : json_(std::move(json)) {}
    std::string& open(std::string_view name);
    std::string json_;
};

/// What an event carries: nothing, one JSON value (its text, white space between tokens removed) or bytes.
struct Data {
    enum class Kind : std::uint8_t { none, json, binary };
    Kind kind = Kind::none;
    std::string bytes;
    friend bool operator==(const Data&, const Data&) = default;
};

/// Who an event came from, as CloudEvents' auth context extension says it: `user` and a name.
struct Author {
    std::string kind;
    std::string name;
    friend bool operator==(const Author&, const Author&) = default;
};

/// Who chose an id: ids that the daemon minted cannot collide and need no place in the dedupe window.
enum class IdOrigin : std::uint8_t { client, minted };

/// An event that is not in the log yet. `id` and `source` are empty until the daemon fills them in.
struct Draft {
    Topic type;
    std::string source;
    std::string id;
    IdOrigin id_origin = IdOrigin::client;
    Attributes attributes;
    Data data;
    std::size_t line = 0;  ///< where it stood in what was sent, from 1; 0 when it stood alone

    std::size_t size_bytes() const noexcept {
        return type.name().size() + source.size() + id.size() + attributes.json().size() + data.bytes.size();
    }
};

/// An event of the log.
struct Event {
    core::Seq seq = 0;
    Topic type;
    std::string source;
    std::string id;
    core::Timestamp recorded;
    Author author;
    Attributes attributes;
    Data data;

    std::size_t size_bytes() const noexcept {
        return type.name().size() + source.size() + id.size() + attributes.json().size() + data.bytes.size();
    }
};

/// How often a type occurs in the log, and where first and last.
struct TypeSummary {
    std::string type;
    std::uint64_t count = 0;
    core::Seq first = 0;
    core::Seq last = 0;
};

/// What the log says to a draft that it took.
struct Receipt {
    enum class Outcome : std::uint8_t { stored, duplicate };
    std::string id;
    core::Seq seq = 0;
    Outcome outcome = Outcome::stored;
    friend bool operator==(const Receipt&, const Receipt&) = default;
};

}  // namespace tocsin::event
