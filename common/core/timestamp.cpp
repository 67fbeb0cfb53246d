// SPDX-License-Identifier: Apache-2.0
#include "common/core/timestamp.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace tocsin::core {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// The years that four digits can name; an offset can lead out of them.
constexpr Timestamp first_time = Timestamp(std::chrono::sys_days(std::chrono::year(0) / 1 / 1));
constexpr Timestamp end_of_time = Timestamp(std::chrono::sys_days(std::chrono::year(10000) / 1 / 1));

void put_digits(char* out, std::uint64_t value, int width) {
    for (int i = width - 1; i >= 0; --i) {
        out[i] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
}

/// Takes numbers and marks from the front of a text; `ok` turns false at the first surprise.
class Reader {
 public:
    explicit Reader(std::string_view text) : text_(text) {}

    unsigned number(std::size_t width, unsigned low, unsigned high) {
        if (text_.size() < width) return fail();
        unsigned value = 0;
        for (std::size_t i = 0; i < width; ++i) {
            if (text_[i] < '0' || text_[i] > '9') return fail();
            value = value * 10 + static_cast<unsigned>(text_[i] - '0');
        }
        text_.remove_prefix(width);
        return value < low || value > high ? fail() : value;
    }

    char one_of(std::string_view choices) {
        if (text_.empty() || choices.find(text_.front()) == std::string_view::npos) {
            fail();
            return '\0';
        }
        const char found = text_.front();
        text_.remove_prefix(1);
        return found;
    }

    bool next_is(char c) const { return !text_.empty() && text_.front() == c; }

    microseconds fraction() {
        one_of(".");
        std::int64_t value = 0;
        std::size_t digits = 0;
        for (; digits < text_.size() && text_[digits] >= '0' && text_[digits] <= '9'; ++digits)
            if (digits < 6) value = value * 10 + (text_[digits] - '0');
        if (digits == 0) fail();
        for (std::size_t i = digits; i < 6; ++i) value *= 10;
        text_.remove_prefix(digits);
        return microseconds(value);
    }

    bool finished() const { return ok_ && text_.empty(); }

 private:
    unsigned fail() {
        ok_ = false;
        return 0;
    }

    std::string_view text_;
    bool ok_ = true;
};

minutes read_offset(Reader& in) {
    const char sign = in.one_of("Zz+-");
    if (sign != '+' && sign != '-') return minutes(0);
    const unsigned hour = in.number(2, 0, 23);
    in.one_of(":");
    const minutes offset = hours(hour) + minutes(in.number(2, 0, 59));
    return sign == '-' ? -offset : offset;
}

}  // namespace

void append_rfc3339(Timestamp time, std::string& out) {
    const auto day = std::chrono::floor<days>(time);
    const std::chrono::year_month_day date(day);
    const auto rest = static_cast<std::uint64_t>((time - day).count());
    std::array<char, 27> text{};
    put_digits(text.data(), static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
    put_digits(text.data() + 5, static_cast<unsigned>(date.month()), 2);
    put_digits(text.data() + 8, static_cast<unsigned>(date.day()), 2);
    put_digits(text.data() + 11, rest / 3'600'000'000U, 2);
    put_digits(text.data() + 14, rest / 60'000'000U % 60, 2);
    put_digits(text.data() + 17, rest / 1'000'000U % 60, 2);
    put_digits(text.data() + 20, rest % 1'000'000U, 6);
    text[4] = text[7] = '-';
    text[10] = 'T';
    text[13] = text[16] = ':';
    text[19] = '.';
    text[26] = 'Z';
    out.append(text.data(), text.size());
}

std::string to_rfc3339(Timestamp time) {
    std::string out;
    append_rfc3339(time, out);
    return out;
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) noexcept {
    Reader in(text);
    const unsigned year = in.number(4, 0, 9999);
    in.one_of("-");
    const unsigned month = in.number(2, 1, 12);
    in.one_of("-");
    const unsigned day = in.number(2, 1, 31);
    in.one_of("Tt");
    const unsigned hour = in.number(2, 0, 23);
    in.one_of(":");
    const unsigned minute = in.number(2, 0, 59);
    in.one_of(":");
    const unsigned second = in.number(2, 0, 60);
    const microseconds fraction = in.next_is('.') ? in.fraction() : microseconds(0);
    const minutes offset = read_offset(in);
    const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(year)),
                                           std::chrono::month(month), std::chrono::day(day));
    if (!in.finished() || !date.ok()) return std::nullopt;
    const Timestamp time = Timestamp(std::chrono::sys_days(date)) + hours(hour) + minutes(minute) +
                           seconds(second == 60 ? 59 : second) + fraction - offset;
    if (time < first_time || time >= end_of_time) return std::nullopt;
    return time;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept {
    std::int64_t count = 0;
    const auto [unit_start, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || count < 0 || count > 1'000'000'000'000) return std::nullopt;
    const std::string_view unit(unit_start, static_cast<std::size_t>(text.data() + text.size() - unit_start));
    if (unit == "ms") return std::chrono::milliseconds(count);
    if (count > 1'000'000'000) return std::nullopt;
    if (unit == "s") return seconds(count);
    if (unit == "m") return minutes(count);
    if (unit == "h") return hours(count);
    if (unit == "d") return days(count);
    return std::nullopt;
}

std::string duration_text(std::chrono::milliseconds duration) {
    using Unit = std::pair<std::chrono::milliseconds, std::string_view>;
    constexpr std::array units{Unit{days(1), "d"}, Unit{hours(1), "h"}, Unit{minutes(1), "m"},
                               Unit{seconds(1), "s"}};
    for (const auto& [unit, name] : units) {
        const bool is_spelled_out =
            duration == unit && (name == "d" || name == "m");  // 24h and 60s read better
        if (duration >= unit && duration % unit == std::chrono::milliseconds::zero() && !is_spelled_out)
            return std::to_string(duration / unit) + std::string(name);
    }
    return std::to_string(duration.count()) + "ms";
}

}  // namespace tocsin::core
