// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/tail_query.hpp"

#include <gtest/gtest.h>

namespace tocsin::cli::commands {
namespace {

TailOptions options() {
    TailOptions options;
    options.patterns = {">"};
    return options;
}

TEST(TailQuery, TheLastTenByDefault) {
    EXPECT_EQ(tail_target(options(), {}), "/v1/events/stream?type=%3E&last=10&follow=false");
}

TEST(TailQuery, SinceTakesThePlaceOfLast) {
    TailOptions since = options();
    since.since = TimeArgument{"2026-11-22T09:00:00.000000Z", std::nullopt};
    EXPECT_EQ(tail_target(since, {}),
              "/v1/events/stream?type=%3E&since=2026-11-22T09%3A00%3A00.000000Z&follow=false");
}

TEST(TailQuery, AllThatCanBeAsked) {
    TailOptions all = options();
    all.patterns = {"order.*", "a b"};
    all.source = "//h/u";
    all.until = TimeArgument{"0000000000000042", std::nullopt};
    all.count = 5;
    all.following = Following::follow;
    EXPECT_EQ(tail_target(all, {}),
              "/v1/events/stream?type=order.%2A&type=a%20b&source=%2F%2Fh%2Fu&last=10"
              "&until=0000000000000042&limit=5&follow=true");
}

TEST(TailQuery, AfterAnOutageItGoesOnBehindTheLastEventWithWhatIsLeftOfTheCount) {
    TailOptions follow = options();
    follow.count = 5;
    follow.following = Following::follow;
    EXPECT_EQ(tail_target(follow, {.after = 7, .shown = 3, .resuming = true}),
              "/v1/events/stream?type=%3E&after=0000000000000007&limit=2&follow=true");
}

TEST(TailQuery, NoneOfTheLastStartsWhereTheLogEnded) {
    TailOptions follow = options();
    follow.last = 0;
    follow.following = Following::follow;
    EXPECT_EQ(tail_target(follow, {.after = 7, .shown = 0, .resuming = false}),
              "/v1/events/stream?type=%3E&after=0000000000000007&follow=true");
    EXPECT_EQ(tail_target(follow, {.after = 0, .shown = 0, .resuming = false}),
              "/v1/events/stream?type=%3E&after=0000000000000000&follow=true");
}

}  // namespace
}  // namespace tocsin::cli::commands
