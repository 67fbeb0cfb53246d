// SPDX-License-Identifier: Apache-2.0
// Rules by the host's own users, of whom root and nobody are on every Debian; the rest is tested by processes
// of other users.
#include "daemon/api/access.hpp"

#include <gtest/gtest.h>

#include "daemon/adapters/openssl/crypto.hpp"
#include "daemon/api/audit.hpp"
#include "tests/support/manual_clock.hpp"

namespace tocsin::daemon::api {
namespace {

using Kind = AccessRule::Kind;

constexpr Peer stranger{54321, 54321};

class AccessTest : public testing::Test {
 protected:
    static Grants emit() { return {Scope::emit}; }
    static Grants read() { return {Scope::read}; }
    static Token token(const std::string& name, Grants grants) {
        return {name, openssl::sha256("secret of " + name), std::move(grants)};
    }

    tests::ManualClock clock_;
    Access access_{clock_, openssl::sha256};
};

TEST_F(AccessTest, RootMayAll) {
    access_.reconfigure({{{Kind::user, "root", {}}}, {}});
    EXPECT_TRUE(access_.pass(Peer{0, 0}).principal->grants.has_whole(Scope::admin));
}

TEST_F(AccessTest, APassHoldsUntilTheRulesChange) {
    const Pass before = access_.pass(stranger);
    EXPECT_TRUE(before.principal->grants.has(Scope::emit));
    EXPECT_TRUE(access_.holds(before, clock_.steady()));
    access_.reconfigure({{{Kind::user, "54321", read()}}, {}});
    EXPECT_FALSE(access_.holds(before, clock_.steady()));
    const Pass after = access_.pass(stranger);
    EXPECT_TRUE(after.principal->grants.has(Scope::read));
    EXPECT_FALSE(after.principal->grants.has(Scope::emit));
}

TEST_F(AccessTest, APassHoldsForAMinute) {
    const Pass pass = access_.pass(stranger);
    EXPECT_TRUE(access_.holds(pass, clock_.steady() + std::chrono::seconds(58)));
    EXPECT_FALSE(access_.holds(pass, clock_.steady() + std::chrono::seconds(61)));
}

TEST_F(AccessTest, AReloadGivesNoNewRoom) {
    access_.reconfigure({{{Kind::user, "54321", emit(), 10}}, {}});
    access_.pass(stranger).principal->take_room(1000, clock_);
    access_.reconfigure({{{Kind::group, "*", emit(), 20}}, {}});
    const Pass pass = access_.pass(stranger);
    EXPECT_EQ(pass.principal->rate->per_second(), 20U);
    EXPECT_THROW(pass.principal->require_room(clock_), core::Error);
    access_.reconfigure({});
    EXPECT_NO_THROW(access_.pass(stranger).principal->require_room(clock_)) << "there is no limit any more";
}

TEST_F(AccessTest, UsersOfOneRowHaveRoomOfTheirOwn) {
    access_.reconfigure({{{Kind::group, "*", emit(), 10}}, {}});
    access_.pass(stranger).principal->take_room(1000, clock_);
    EXPECT_NO_THROW(access_.pass(Peer{54322, 54322}).principal->require_room(clock_));
}

TEST_F(AccessTest, TokensStandForTheirOwners) {
    access_.reconfigure({{}, {token("a", emit()), token("b", read())}});
    EXPECT_EQ(access_.pass("secret of b").principal->author, (event::Author{"api_key", "b"}));
    EXPECT_TRUE(access_.pass("secret of a").principal->grants.has(Scope::emit));
    for (const std::string_view wrong : {"", "secret of c", "secret of a "})
        EXPECT_EQ(access_.pass(wrong).principal, nullptr);
    const Pass pass = access_.pass("secret of a");
    access_.reconfigure({});
    EXPECT_FALSE(access_.holds(pass, clock_.steady()));
    EXPECT_EQ(access_.pass("secret of a").principal, nullptr);
}

TEST(Audit, CountsAllAndTellsOfOneEachSecond) {
    metrics::Metrics metrics;
    tests::ManualClock clock;
    std::vector<std::string> told;
    Audit audit(metrics, clock, [&](const Refusal& refusal) { told.push_back(refusal.who.name); });
    const Visit visit{Door::intake, stranger, {}};
    const core::Error denied(core::Code::denied, "no");
    for (int i = 0; i < 10; ++i) audit.note(denied, visit, {"user", "a"}, "emit", Scope::emit);
    audit.note(denied, visit, {"user", "b"}, "emit", Scope::emit);
    audit.note(core::Error::unavailable(core::Reason::rate, "slow"), visit, {"user", "c"}, "emit",
               Scope::emit);
    audit.note(core::Error(core::Code::invalid, "other"), visit, {"user", "d"}, "emit", Scope::emit);
    audit.note(core::Error::unavailable(core::Reason::busy, "other"), visit, {"user", "d"}, "emit",
               Scope::emit);
    EXPECT_EQ(told, (std::vector<std::string>{"a", "b", "c"}));
    const auto counts = metrics.access_refusals.values();
    EXPECT_EQ(counts.size(), 2U);
    EXPECT_EQ(counts.at({"intake", "denied"}), 11U);
    EXPECT_EQ(counts.at({"intake", "rate"}), 1U);
}

}  // namespace
}  // namespace tocsin::daemon::api
