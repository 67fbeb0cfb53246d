// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/curl/answer.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace tocsin::daemon::curl {
namespace {

using pipeline::Verdict;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Answer, StatusDecides) {
    for (const auto& [verdict, statuses] : std::initializer_list<std::pair<Verdict, std::vector<int>>>{
             {Verdict::delivered, {200, 201, 202, 204, 299}},
             {Verdict::retry, {300, 301, 302, 307, 308, 400, 401, 403, 404, 409, 413, 422, 451, 499}},
             {Verdict::sink_down, {0, 101, 199, 408, 425, 429, 500, 502, 503, 504, 599, 600, 999}},
             {Verdict::gone, {410}}})
        for (const int status : statuses) EXPECT_EQ(verdict_on(status), verdict) << status;
}

TEST(Answer, RetryAfterIsSecondsOrADate) {
    const auto now = core::from_microseconds(784'111'777'500'000);  // 1994-11-06 08:49:37.5
    for (const auto& [text, pause] : std::initializer_list<std::pair<const char*, milliseconds>>{
             {"0", seconds(0)},
             {"120", seconds(120)},
             {"86401", hours(24)},
             {"99999999999999999999", hours(24)},
             {"Sun, 06 Nov 1994 08:50:37 GMT", seconds(60)},
             {"Sunday, 06-Nov-94 08:50:37 GMT", seconds(60)},
             {"Sun Nov  6 08:50:37 1994", seconds(60)},
             {"Sun, 06 Nov 1994 08:48:37 GMT", seconds(0)},
             {"Sat, 05 Nov 2044 08:49:37 GMT", hours(24)}})
        EXPECT_EQ(parse_retry_after(text, now), pause) << text;
    for (const char* text : {"", "soon", "-", "1.5s"}) EXPECT_FALSE(parse_retry_after(text, now)) << text;
}

TEST(Answer, RetryAfterCountsForWhatIsTriedAgain) {
    const auto pause = [](int status) {
        return delivery_of({.status = status, .retry_after = "7", .body = {}, .failure = {}}, {}).retry_after;
    };
    for (const int status : {301, 404, 429, 503}) EXPECT_EQ(pause(status), seconds(7)) << status;
    for (const int status : {200, 410}) EXPECT_FALSE(pause(status)) << status;
}

TEST(Answer, SaysWhatHappened) {
    const auto answered = delivery_of({.status = 503, .retry_after = {}, .body = "busy", .failure = {}}, {});
    EXPECT_EQ(answered.result, "HTTP 503");
    EXPECT_EQ(answered.output, "busy");
    const auto silent = delivery_of({.status = 0, .retry_after = {}, .body = {}, .failure = "stopped"}, {});
    EXPECT_EQ(silent.result, "stopped");
    EXPECT_EQ(silent.verdict, Verdict::sink_down);
}

}  // namespace
}  // namespace tocsin::daemon::curl
