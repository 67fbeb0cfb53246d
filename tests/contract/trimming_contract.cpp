// SPDX-License-Identifier: Apache-2.0
// The contract of EventLog's trimming: what is read, found and counted once old events are gone.
#include <algorithm>
#include <map>
#include <random>
#include <tuple>

#include "tests/contract/event_log_contract.hpp"

namespace tocsin::tests {
namespace {

using core::Seq;
using daemon::eventlog::Order;
using daemon::eventlog::Page;
using daemon::eventlog::Query;
using event::Draft;
using event::Receipt;
using Places = std::vector<Seq>;

TEST_P(EventLogContract, TrimsTheOldest) {
    for (int i = 1; i <= 10; ++i) store({draft("a", std::to_string(i))});
    const auto trimmed = log().trim({4, std::chrono::seconds(1), clock_.now()});
    EXPECT_EQ(trimmed.events, 3U);
    EXPECT_EQ(trimmed.first, 4U);
    EXPECT_EQ(log().extent().first, 4U);
    EXPECT_EQ(log().status().first, 4U);
    EXPECT_EQ(log().status().events, 7U);
    EXPECT_EQ(log().head(), 10U);
    EXPECT_FALSE(log().get(3));
    EXPECT_TRUE(log().get(4));
    EXPECT_TRUE(log().find("3", 10).empty());
    EXPECT_EQ(log().trim({4, std::chrono::seconds(1), clock_.now()}).events, 0U) << "it is done";
    EXPECT_EQ(store({draft("a", "11")}).at(0).seq, 11U);
}

TEST_P(EventLogContract, AReaderInATrimmedRangeGoesOnBehindIt) {
    for (int i = 1; i <= 10; ++i) store({minted(i == 2 ? "rare" : "a")});
    trim_to(6);
    EXPECT_EQ(places({.after = 2, .types = {}, .source = {}, .limit = 2}), (Places{6, 7}));
    EXPECT_EQ(places({.after = 1, .before = 5, .types = {}, .source = {}}), Places());
    EXPECT_EQ(log().read({.after = 1, .before = 5, .types = {}, .source = {}}).scanned_to, 4U);
    EXPECT_EQ(places({.types = {}, .source = {}, .limit = 9, .order = Order::descending}),
              (Places{10, 9, 8, 7, 6}));
    EXPECT_EQ(places(by_type({"rare"})), Places());
    EXPECT_EQ(places(by_type({"a"})), (Places{6, 7, 8, 9, 10}));
}

TEST_P(EventLogContract, SeeksBehindWhatWasTrimmed) {
    for (int i = 1; i <= 10; ++i) {
        store({minted("a")});
        clock_.advance(std::chrono::seconds(1));
    }
    const auto second = log().get(2)->recorded;
    const auto seventh = log().get(7)->recorded;
    trim_to(5);
    EXPECT_EQ(log().extent().oldest, log().get(5)->recorded);
    EXPECT_GE(log().seek(second), 2U);
    EXPECT_LE(log().seek(second), 5U);
    EXPECT_EQ(log().seek(seventh), 7U);
    trim_to(11);
    EXPECT_EQ(log().seek(second), 11U) << "no event is left";
}

TEST_P(EventLogContract, AllMayBeTrimmedAndTheLogGoesOn) {
    for (int i = 1; i <= 3; ++i) store({draft("a", std::to_string(i))});
    EXPECT_EQ(trim_to(100), 3U) << "not beyond the head";
    EXPECT_EQ(log().head(), 3U);
    EXPECT_EQ(log().status().first, 0U);
    EXPECT_TRUE(log().extent().empty());
    EXPECT_TRUE(log().types().empty());
    EXPECT_TRUE(log().read({}).events.empty());
    EXPECT_EQ(log().read({}).scanned_to, 3U);
    EXPECT_EQ(store({draft("a", "4")}).at(0).seq, 4U);
    EXPECT_EQ(log().types().at(0).first, 4U);
    EXPECT_EQ(places({}), (Places{4}));
}

TEST_P(EventLogContract, ATrimmedEventIsNoDuplicateAnyMore) {
    store({draft("a", "old")});
    store({draft("a", "new")});
    trim_to(2);
    EXPECT_EQ(store({draft("a", "new")}).at(0).outcome, Receipt::Outcome::duplicate);
    EXPECT_EQ(store({draft("a", "old", "2")}).at(0), (Receipt{"old", 3, Receipt::Outcome::stored}));
}

TEST_P(EventLogContract, WhatCodesAreMadeFromIsNeverTrimmed) {
    store({minted("a"), draft("qr.code.created", "c1"), minted("a"), draft("qr.code.changed", "c2"),
           minted("qr.scanned"), minted("qr.code.x.y"), minted("a")});
    EXPECT_EQ(trim_to(7), 4U);
    EXPECT_EQ(log().status().kept, 2U);
    EXPECT_EQ(log().status().events, 3U);
    EXPECT_EQ(log().status().first, 7U);
    EXPECT_EQ(places({}), (Places{2, 4, 7}));
    EXPECT_EQ(places(by_type({"qr.code.*"})), (Places{2, 4}));
    EXPECT_EQ(places(by_type({"qr.>"})), (Places{2, 4}));
    EXPECT_EQ(log().get(4)->id, "c2");
    EXPECT_EQ(log().find("c1", 5).at(0).seq, 2U);
    EXPECT_EQ(log().seek(log().get(2)->recorded), 2U);
    EXPECT_EQ(store({draft("qr.code.created", "c1")}).at(0), (Receipt{"c1", 2, Receipt::Outcome::duplicate}));
    trim_to(100);
    EXPECT_EQ(places({}), (Places{2, 4}));
    EXPECT_EQ(log().types().size(), 2U);
}

/// Many blocks, cut at places that blocks know nothing of, against a filter by hand.
TEST_P(EventLogContract, TrimsAnywhereAndReadsLikeAFilterByHand) {
    std::mt19937 random(11);
    std::vector<std::string> all;
    for (Seq begins = 1, next = 1; next <= 30'000;) {
        std::vector<Draft> batch;
        for (int i = 0; i < 1000; ++i, ++next) {
            const auto dice = random() % 1000;
            all.push_back(dice == 0  ? "rare.one"
                          : dice < 3 ? "qr.code.created"
                                     : "common.t" + std::to_string(dice % 5));
            batch.push_back(minted(all.back(), std::to_string(next)));
        }
        store(std::move(batch));
        if (random() % 2 == 0) {
            begins += random() % (next - begins + 1);
            trim_to(begins);
            EXPECT_EQ(log().extent().first, begins);
        }
        log().give_back(std::chrono::milliseconds(50));  // also looks where types begin
        std::map<std::string, event::TypeSummary> expected;
        for (Seq seq = 1; seq < next; ++seq) {
            if (seq < begins && all[seq - 1] != "qr.code.created") continue;
            auto& type =
                expected.try_emplace(all[seq - 1], event::TypeSummary{all[seq - 1], 0, seq, 0}).first->second;
            ++type.count;
            type.last = seq;
        }
        const auto types = log().types();
        ASSERT_EQ(types.size(), expected.size());
        for (const auto& type : types) {
            const auto& right = expected.at(type.type);
            EXPECT_EQ(std::tuple(type.count, type.first, type.last),
                      std::tuple(right.count, right.first, right.last))
                << type.type << " at " << next;
        }
        Query query = by_type({"rare.one", "qr.>"});
        query.limit = 100'000;
        Places found;
        for (Page page{.events = {}, .end = Page::End::more}; page.end == Page::End::more;) {
            page = log().read(query);
            for (const auto& event : page.events) found.push_back(event.seq);
            query.after = page.scanned_to;
        }
        Places wanted;
        for (Seq seq = 1; seq < next; ++seq)
            if (all[seq - 1] == "qr.code.created" || (all[seq - 1] == "rare.one" && seq >= begins))
                wanted.push_back(seq);
        EXPECT_EQ(found, wanted);
    }
}

}  // namespace
}  // namespace tocsin::tests
