// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/curl/answer.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "common/core/text.hpp"

namespace tocsin::daemon::curl {
namespace {

using pipeline::Delivery;
using pipeline::Verdict;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds longest = std::chrono::hours(24);

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Nothing when the text is not a date; it may have passed.
std::optional<seconds> until_date(const std::string& text, core::Timestamp now) {
    const time_t date = curl_getdate(text.c_str(), nullptr);
    if (date < 0) return std::nullopt;
    return seconds(date) - std::chrono::floor<seconds>(now.time_since_epoch());
}

}  // namespace

Verdict verdict_on(int status) noexcept {
    if (status >= 200 && status < 300) return Verdict::delivered;
    if (status == 410) return Verdict::gone;
    const bool is_passing = status == 408 || status == 425 || status == 429;
    return is_passing || status < 300 || status >= 500 ? Verdict::sink_down : Verdict::retry;
}

std::optional<milliseconds> parse_retry_after(std::string_view value, core::Timestamp now) {
    if (value.empty()) return std::nullopt;
    std::optional<seconds> pause = longest;
    if (std::ranges::all_of(value, is_digit)) {
        // more digits than a number holds are a long time too
        const auto count = core::parse_number<std::uint32_t>(value);
        if (count) pause = seconds(*count);
    } else {
        pause = until_date(std::string(value), now);
    }
    if (!pause) return std::nullopt;
    return std::clamp(*pause, seconds(0), longest);
}

Delivery delivery_of(Answer answer, core::Timestamp now) {
    Delivery delivery;
    delivery.verdict = verdict_on(answer.status);
    delivery.result =
        answer.status == 0 ? std::move(answer.failure) : "HTTP " + std::to_string(answer.status);
    delivery.output = std::move(answer.body);
    if (delivery.verdict == Verdict::sink_down || delivery.verdict == Verdict::retry)
        delivery.retry_after = parse_retry_after(answer.retry_after, now);
    return delivery;
}

}  // namespace tocsin::daemon::curl
