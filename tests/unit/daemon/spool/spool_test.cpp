// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <string>
#include <vector>

#include "common/api/spool_file.hpp"
#include "common/core/error.hpp"
#include "daemon/adapters/spool/folders.hpp"
#include "daemon/adapters/spool/precedence.hpp"
#include "daemon/adapters/spool/spool.hpp"
#include "daemon/adapters/spool/spool_drafts.hpp"
#include "daemon/adapters/spool/waiting.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/memory_event_log.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tocsin::daemon::spool {
namespace {

using core::Error;
using core::Reason;

std::string name_at(std::uint64_t since, const std::string& boot = "aaaaaaaa", std::uint64_t wall = 1000) {
    return tocsin::api::spool_name({wall, boot, since}, 0);
}

std::string file_of(const tocsin::api::SpoolHeader& header, const std::string& lines) {
    return tocsin::api::spool_header(header, lines.size()) + lines;
}

std::vector<std::string> names_of(const std::vector<Waiting::File>& files) {
    std::vector<std::string> names;
    for (const auto& file : files) names.push_back(file.name);
    return names;
}

TEST(SpoolDrafts, WhatTheHeaderSaysIsInEachDraftThatDoesNotSayIt) {
    api::DraftCodec codec;
    const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const auto drafts = read_spool_file(
        file_of({core::from_microseconds(1'800'000'000'000'000), "host.log", "b", trace, "x=1"},
                "{\"MESSAGE\":1}\n{\"type\":\"a.b\",\"id\":\"i\",\"time\":\"2026-01-01T00:00:00Z\",\"data\":"
                "2}\n"),
        codec);
    ASSERT_EQ(drafts.size(), 2U);
    EXPECT_EQ(drafts[0].type.name(), "host.log");
    EXPECT_EQ(drafts[0].id, "b-1");
    EXPECT_EQ(drafts[0].id_origin, event::IdOrigin::client);
    EXPECT_EQ(drafts[0].attributes.find("time"), "2027-01-15T08:00:00.000000Z");
    EXPECT_EQ(drafts[0].attributes.find("traceparent"), trace);
    EXPECT_EQ(drafts[1].id, "i");
    EXPECT_EQ(drafts[1].attributes.find("time"), "2026-01-01T00:00:00Z");
}

TEST(SpoolDrafts, AnythingElseIsInvalid) {
    api::DraftCodec codec;
    for (const std::string& text :
         {std::string(), std::string("\n"), file_of({}, ""), file_of({}, "\n\n"),
          file_of({}, "{\"type\":\"a.b\"}\n{\"type\":\n"), std::string(20'000, '{')})
        EXPECT_THROW(read_spool_file(text, codec), Error) << text.substr(0, 80);
}

TEST(Waiting, OrdersByTheTimeSinceTheBootAndBootsByTheWallClock) {
    Waiting waiting;
    const Limits limits;
    const std::vector<std::string> names{name_at(10, "aaaaaaaa", 5000), name_at(20, "aaaaaaaa", 4000),
                                         name_at(5, "00000000", 9000), "a name of its own"};
    for (const std::size_t i : {3U, 0U, 2U, 1U}) EXPECT_TRUE(waiting.add(names[i], 1, {}, limits).empty());
    EXPECT_EQ(names_of({waiting.files().begin(), waiting.files().end()}), names);
}

TEST(Waiting, KeepsTheOldestAndLetsNoneOvertakeThoseLeftOut) {
    Waiting waiting;
    const Limits limits{.files = 3, .bytes = 1000};
    for (const std::uint64_t since : {5UL, 4UL, 3UL})
        EXPECT_TRUE(waiting.add(name_at(since), 1, {}, limits).empty());
    EXPECT_EQ(names_of(waiting.add(name_at(1), 1, {}, limits)), std::vector{name_at(5)});
    EXPECT_TRUE(waiting.has_more());
    waiting.erase(*waiting.files().begin());
    EXPECT_EQ(names_of(waiting.add(name_at(9), 1, {}, limits)), std::vector{name_at(9)});
    while (!waiting.empty()) waiting.erase(*waiting.files().begin());
    EXPECT_EQ(names_of(waiting.add(name_at(9), 1, {}, limits)), std::vector{name_at(9)});
    waiting.rewind();
    EXPECT_TRUE(waiting.add(name_at(5), 1, {}, limits).empty());
}

TEST(Waiting, BytesAreLimitedButOneFileIsAlwaysTaken) {
    Waiting waiting;
    const Limits limits{.files = 10, .bytes = 100};
    EXPECT_TRUE(waiting.add(name_at(2), 5000, {}, limits).empty());
    EXPECT_EQ(names_of(waiting.add(name_at(1), 60, {}, limits)), std::vector{name_at(2)});
    EXPECT_EQ(waiting.bytes(), 60U);
}

class PrecedenceTest : public testing::Test {
 protected:
    Reason asked(const std::string& name) const {
        try {
            precedence_.require_none({"user", name});
            return Reason::none;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), core::Code::unavailable);
            return error.reason();
        }
    }
    tests::TemporaryFolder folder_;
    Precedence precedence_;
};

TEST_F(PrecedenceTest, NobodyIsLetPastBeforeItIsKnownWhatWaits) {
    EXPECT_EQ(asked("a"), Reason::busy);
    precedence_.settle({"a", "c"}, {"c"});
    EXPECT_EQ(asked("a"), Reason::busy);
    EXPECT_EQ(asked("b"), Reason::none);
    EXPECT_EQ(asked("c"), Reason::rate);
    precedence_.unsettle();
    EXPECT_EQ(asked("b"), Reason::busy);
    precedence_.settle({}, {});
    EXPECT_EQ(asked("a"), Reason::none);
}

TEST_F(PrecedenceTest, AFileThatNobodyHasLookedAtYetCounts) {
    const Descriptor inotify(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    ASSERT_GE(inotify_add_watch(inotify.number(), folder_.path().c_str(), IN_MOVED_TO), 0);
    precedence_.watch(inotify.number());
    precedence_.settle({}, {});
    std::ofstream(folder_.path() / "x") << "x";
    EXPECT_EQ(asked("a"), Reason::none);
    std::filesystem::rename(folder_.path() / "x", folder_.path() / "y");
    EXPECT_EQ(asked("a"), Reason::busy);
    std::array<char, 4096> events{};
    ASSERT_GT(read(inotify.number(), events.data(), events.size()), 0);
    EXPECT_EQ(asked("a"), Reason::none);
}

TEST(Folders, BadFilesGoByCountBytesAndAge) {
    const tests::TemporaryFolder folder;
    Folders folders(folder.path());
    for (std::uint64_t since = 1; since <= 6; ++since) {
        std::ofstream(folder.path() / "new" / name_at(since)) << std::string(10, 'x');
        ASSERT_TRUE(folders.set_aside(name_at(since), "why\n"));
    }
    EXPECT_EQ(folders.bad_files(), 6U);
    const core::Timestamp now = core::SystemClock().now();
    folders.tidy(now, {.files = 5, .bytes = 1000, .age = std::chrono::hours(1)});
    EXPECT_EQ(folders.bad_files(), 5U);
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "bad" / name_at(1)));
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "bad" / (name_at(1) + ".reason")));
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "bad" / (name_at(2) + ".reason")));
    folders.tidy(now, {.files = 5, .bytes = 20, .age = std::chrono::hours(1)});
    EXPECT_EQ(folders.bad_files(), 2U);
    folders.tidy(now + std::chrono::hours(2), {.files = 5, .bytes = 1000, .age = std::chrono::hours(1)});
    EXPECT_EQ(folders.bad_files(), 0U);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path() / "bad"));
}

/// A spool over a log in memory that refuses a user who is over its rate.
class RateTest : public testing::Test {
 protected:
    void put(std::uint64_t since) {
        const std::string name = name_at(since);
        std::ofstream(folder_.path() / "tmp" / name)
            << file_of({}, "{\"type\":\"a.b\",\"data\":" + std::to_string(since) + "}\n");
        std::filesystem::rename(folder_.path() / "tmp" / name, folder_.path() / "new" / name);
    }
    template <class Condition>
    void eventually(Condition condition) {
        for (int i = 0; i < 3000 && !condition(); ++i) usleep(10'000);
        ASSERT_TRUE(condition());
    }

    tests::TemporaryFolder folder_;
    tests::ManualClock clock_;
    tests::MemoryEventLog log_{clock_};
    std::atomic<bool> over_rate_{true};
    api::Commands commands_{log_, clock_, [this](const api::Principal&, const event::Draft&) {
                                if (over_rate_) throw Error::unavailable(Reason::rate, "too fast");
                            }};
    api::Access access_{clock_, [](std::string_view) { return api::Digest{}; }};
    metrics::Metrics metrics_;
};

TEST_F(RateTest, WhatIsOverTheLimitsIsSetAsideOnlyWhileItsUserIsOverItsRate) {
    Spool spool({.path = folder_.path(), .limits = {.files = 3, .bytes = 1U << 20}, .bad = {}}, commands_,
                access_, metrics_, clock_);
    std::filesystem::create_directory(folder_.path() / "tmp");
    std::filesystem::create_directory(folder_.path() / "new");
    for (std::uint64_t since = 1; since <= 5; ++since) put(since);
    spool.start();
    eventually([&] { return spool.status().waiting == 3; });
    eventually([&] {
        try {
            spool.require_none(access_.pass({getuid(), getgid()}).principal->author);
        } catch (const Error& error) {
            return error.reason() == Reason::rate;
        }
        return false;
    });
    put(6);
    eventually([&] { return metrics_.spool_rejected.values().contains("over_limit"); });
    EXPECT_TRUE(std::filesystem::exists(folder_.path() / "bad" / name_at(6)));
    EXPECT_TRUE(std::filesystem::exists(folder_.path() / "new" / name_at(1)));
    over_rate_ = false;
    eventually([&] { return spool.status().waiting == 0 && log_.head() >= 3; });
    spool.stop();
}

}  // namespace
}  // namespace tocsin::daemon::spool
