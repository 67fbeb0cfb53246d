// SPDX-License-Identifier: Apache-2.0
// The contract of the port EventLog, run over every implementation.
#include "tests/contract/event_log_contract.hpp"

#include <algorithm>
#include <atomic>
#include <random>
#include <set>
#include <thread>

#include "common/core/uuid.hpp"

namespace tocsin::tests {

using core::Code;
using core::Seq;
using daemon::eventlog::AppendResult;
using daemon::eventlog::Order;
using daemon::eventlog::Page;
using daemon::eventlog::Query;
using event::Draft;
using event::Receipt;

AppendResult EventLogContract::append(std::vector<Draft> drafts, const std::string& user) {
    if (drafts.size() > 1)
        for (std::size_t i = 0; i < drafts.size(); ++i) drafts[i].line = i + 1;
    // A log may commit on a thread of its own: the result is waited for.
    auto result = std::make_shared<AppendResult>();
    auto done = std::make_shared<std::atomic<bool>>(false);
    log().append({{"user", user}, std::move(drafts)}, [result, done](AppendResult&& given) {
        *result = std::move(given);
        *done = true;
        done->notify_all();
    });
    log().flush();
    done->wait(false);
    return *result;
}

std::vector<Receipt> EventLogContract::store(std::vector<Draft> drafts, const std::string& user) {
    const AppendResult result = append(std::move(drafts), user);
    if (const auto* error = std::get_if<core::Error>(&result)) ADD_FAILURE() << "refused: " << error->what();
    return std::holds_alternative<core::Error>(result) ? std::vector<Receipt>()
                                                       : std::get<std::vector<Receipt>>(result);
}

core::Error EventLogContract::refuse(std::vector<Draft> drafts) {
    const AppendResult result = append(std::move(drafts));
    const auto* error = std::get_if<core::Error>(&result);
    EXPECT_NE(error, nullptr) << "the batch was not refused";
    return error != nullptr ? *error : core::Error(Code::internal, "stored");
}

Draft EventLogContract::draft(const std::string& type, const std::string& id, const std::string& json,
                              const std::string& source) {
    return {event::Topic::parse(type),       source, id, event::IdOrigin::client, {},
            {event::Data::Kind::json, json}, 0};
}

Draft EventLogContract::minted(const std::string& type, const std::string& json) {
    static core::UuidSource ids;  // one per process: why, ids are to differ between cases
    Draft made = draft(type, core::to_text(ids.next(core::SystemClock().now())), json);
    made.id_origin = event::IdOrigin::minted;
    return made;
}

std::vector<Seq> EventLogContract::places(const Query& query) {
    std::vector<Seq> found;
    for (const auto& event : log().read(query).events) found.push_back(event.seq);
    return found;
}

Query EventLogContract::by_type(const std::vector<std::string>& patterns) {
    Query query;
    for (const std::string& pattern : patterns) query.types.push_back(event::TopicPattern::parse(pattern));
    return query;
}

std::uint64_t EventLogContract::trim_to(Seq before) {
    std::uint64_t removed = 0;
    for (Seq first = 0; first < before;) {
        const auto trimmed = log().trim({before, std::chrono::milliseconds(50), clock_.now()});
        removed += trimmed.events;
        if (trimmed.first == first) break;
        first = trimmed.first;
    }
    return removed;
}

namespace {

using Places = std::vector<Seq>;

TEST_P(EventLogContract, BeginsEmpty) {
    EXPECT_EQ(log().head(), 0U);
    EXPECT_TRUE(log().read({}).events.empty());
    EXPECT_EQ(log().read({}).scanned_to, 0U);
    EXPECT_EQ(log().read({}).end, Page::End::reached);
    EXPECT_FALSE(log().get(1));
    EXPECT_TRUE(log().find("a", 10).empty());
    EXPECT_EQ(log().seek(clock_.now()), 1U);
    EXPECT_TRUE(log().types().empty());
    EXPECT_EQ(log().status().first, 0U);
}

TEST_P(EventLogContract, NumbersEventsInTheOrderOfTheirBatches) {
    const auto first = store({draft("a", "1"), draft("b", "2")});
    const auto second = store({draft("a", "3")});
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first[0], (Receipt{"1", 1, Receipt::Outcome::stored}));
    EXPECT_EQ(first[1], (Receipt{"2", 2, Receipt::Outcome::stored}));
    EXPECT_EQ(second.at(0).seq, 3U);
    EXPECT_EQ(log().head(), 3U);
    EXPECT_EQ(log().status().events, 3U);
}

TEST_P(EventLogContract, KeepsEverythingOfAnEvent) {
    Draft binary = draft("a.b", "not a uuid");
    binary.data = {event::Data::Kind::binary, std::string("\0\xff\n", 3)};
    binary.attributes.add("time", "2020-01-01T00:00:00Z");
    binary.attributes.add("subject", "x \"y\"");
    binary.attributes.add("count", 7);
    Draft none = draft("a.b", "0189a0a0-0000-7000-8000-000000000001");
    none.data = {};
    Draft empty = draft("a.b", "e");
    empty.data = {event::Data::Kind::binary, ""};
    store({binary, none, empty}, "alice");
    const auto stored = log().get(1);
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->type.name(), "a.b");
    EXPECT_EQ(stored->id, "not a uuid");
    EXPECT_EQ(stored->source, "//test");
    EXPECT_EQ(stored->author, (event::Author{"user", "alice"}));
    EXPECT_EQ(stored->attributes, binary.attributes);
    EXPECT_EQ(stored->data, binary.data);
    EXPECT_EQ(stored->recorded, clock_.now());
    EXPECT_EQ(log().get(2)->id, none.id);
    EXPECT_EQ(log().get(2)->data, none.data);
    EXPECT_EQ(log().get(3)->data, empty.data);
}

TEST_P(EventLogContract, KnowsADuplicateByAuthorSourceAndId) {
    store({draft("a", "1", "{\"x\":1}")});
    EXPECT_EQ(store({draft("a", "1", "{\"x\":1}")}).at(0), (Receipt{"1", 1, Receipt::Outcome::duplicate}));
    EXPECT_EQ(store({draft("a", "1", "{\"x\":1}", "//other")}).at(0).outcome, Receipt::Outcome::stored);
    EXPECT_EQ(store({draft("a", "1", "{\"x\":1}")}, "bob").at(0).outcome, Receipt::Outcome::stored);
    EXPECT_EQ(log().head(), 3U);
}

TEST_P(EventLogContract, KnowsADuplicateWithinABatch) {
    const auto receipts = store({draft("a", "1"), draft("a", "2"), draft("a", "1")});
    EXPECT_EQ(receipts.at(2), (Receipt{"1", 1, Receipt::Outcome::duplicate}));
    EXPECT_EQ(log().head(), 2U);
}

TEST_P(EventLogContract, RefusesTheSameIdWithOtherContent) {
    store({draft("a", "1", "1")});
    EXPECT_EQ(refuse({draft("a", "1", "2")}).code(), Code::conflict);
    EXPECT_EQ(refuse({draft("b", "1", "1")}).code(), Code::conflict);
    EXPECT_EQ(refuse({draft("a", "2", "1"), draft("a", "2", "2")}).line(), 2U);
    EXPECT_EQ(log().head(), 1U);
}

TEST_P(EventLogContract, StoresABatchWholeOrNotAtAll) {
    store({draft("a", "1", "1")});
    const core::Error error = refuse({draft("a", "2"), draft("new.type", "3"), draft("a", "1", "other")});
    EXPECT_EQ(error.line(), 3U);
    EXPECT_EQ(log().head(), 1U);
    EXPECT_EQ(log().types().size(), 1U);
    EXPECT_EQ(store({draft("a", "2"), draft("new.type", "3")}).at(1),
              (Receipt{"3", 3, Receipt::Outcome::stored}));
}

TEST_P(EventLogContract, ARefusedBatchHarmsNoOtherOfTheSameCommit) {
    store({draft("a", "1", "1")});
    std::atomic<int> stored = 0;
    std::atomic<int> refused = 0;
    const auto count = [&](AppendResult&& result) {
        ++(std::holds_alternative<core::Error>(result) ? refused : stored);
        stored.notify_all();
    };
    log().append({{"user", "root"}, {draft("a", "2")}}, count);
    log().append({{"user", "root"}, {draft("a", "3"), draft("a", "1", "other")}}, count);
    log().append({{"user", "root"}, {draft("a", "3", "7")}}, count);
    log().flush();
    for (int seen = stored; seen < 2; seen = stored) stored.wait(seen);
    EXPECT_EQ(refused, 1);
    EXPECT_EQ(log().head(), 3U);
    EXPECT_EQ(log().get(3)->data.bytes, "7");
}

TEST_P(EventLogContract, MintedIdsAreNeverDuplicates) {
    Draft twice = minted("a");
    store({twice});
    EXPECT_EQ(store({twice}).at(0).outcome, Receipt::Outcome::stored);
}

TEST_P(EventLogContract, RecordedTimeNeverGoesBack) {
    store({draft("a", "1")});
    clock_.advance(std::chrono::seconds(-3600));
    store({draft("a", "2")});
    EXPECT_EQ(log().get(2)->recorded, log().get(1)->recorded);
}

TEST_P(EventLogContract, ReadsPagesBothWays) {
    for (int i = 1; i <= 10; ++i) store({minted(i % 2 == 0 ? "even" : "odd")});
    EXPECT_EQ(places({.after = 3, .before = 7, .types = {}, .source = {}}), (Places{4, 5, 6}));
    EXPECT_EQ(places({.types = {}, .source = {}, .limit = 3, .order = Order::descending}),
              (Places{10, 9, 8}));
    const Page page = log().read({.types = {}, .source = {}, .limit = 4});
    EXPECT_EQ(page.scanned_to, 4U);
    EXPECT_EQ(page.end, Page::End::more);
    Query odd = by_type({"odd"});
    odd.limit = 2;
    EXPECT_EQ(places(odd), (Places{1, 3}));
    odd.order = Order::descending;
    EXPECT_EQ(places(odd), (Places{9, 7}));
    odd.before = log().read(odd).scanned_to;
    EXPECT_EQ(places(odd), (Places{5, 3}));
}

TEST_P(EventLogContract, ScansOnWhereNothingMatches) {
    for (int i = 1; i <= 5; ++i) store({minted("a")});
    const Page page = log().read(by_type({"b.>"}));
    EXPECT_TRUE(page.events.empty());
    EXPECT_EQ(page.scanned_to, 5U);
    EXPECT_EQ(page.end, Page::End::reached);
    EXPECT_EQ(log().read({.after = 9, .types = {}, .source = {}}).scanned_to, 9U);
}

TEST_P(EventLogContract, APageIsFullByBytesToo) {
    for (int i = 1; i <= 5; ++i) store({minted("a", '"' + std::string(1000, 'x') + '"')});
    const Page page = log().read({.types = {}, .source = {}, .max_bytes = 2000});
    EXPECT_EQ(page.events.size(), 2U);
    EXPECT_EQ(page.scanned_to, 2U);
    EXPECT_EQ(page.end, Page::End::more);
}

TEST_P(EventLogContract, PatternsThatStartWildHideTheDaemonsOwn) {
    store({minted("a"), minted("tocsin.started"), minted("a.b")});
    EXPECT_EQ(places(by_type({">"})), (Places{1, 3}));
    EXPECT_EQ(places(by_type({"tocsin.>"})), (Places{2}));
    EXPECT_EQ(places({}), (Places{1, 2, 3}));
}

TEST_P(EventLogContract, WhatIsAllowedNarrowsWhatIsAskedFor) {
    store({minted("a"), minted("tocsin.started"), minted("a.b"), minted("b")});
    Query query = by_type({});
    query.allowed = by_type({"a.>", "b"}).types;
    EXPECT_EQ(places(query), (Places{3, 4}));
    query.types = by_type({"a", "a.b"}).types;
    EXPECT_EQ(places(query), (Places{3}));
    query.order = Order::descending;
    EXPECT_EQ(places(query), (Places{3}));
    query.allowed = by_type({">"}).types;
    query.types.clear();
    EXPECT_EQ(places(query), (Places{4, 3, 1}));
    query.allowed = by_type({"no.such"}).types;
    const Page page = log().read(query);
    EXPECT_TRUE(page.events.empty());
    EXPECT_EQ(page.end, Page::End::reached);
}

TEST_P(EventLogContract, SeeksByTime) {
    for (int i = 1; i <= 10; ++i) {
        store({minted("a")});
        clock_.advance(std::chrono::seconds(1));
    }
    const auto start = log().get(1)->recorded;
    EXPECT_EQ(log().seek(start - std::chrono::hours(1)), 1U);
    EXPECT_EQ(log().seek(start), 1U);
    EXPECT_EQ(log().seek(start + std::chrono::milliseconds(1)), 2U);
    EXPECT_EQ(log().seek(start + std::chrono::seconds(9)), 10U);
    EXPECT_EQ(log().seek(start + std::chrono::seconds(10)), 11U);
}

TEST_P(EventLogContract, SummarisesTypes) {
    store({minted("b"), minted("a"), minted("b")});
    const auto types = log().types();
    ASSERT_EQ(types.size(), 2U);
    EXPECT_EQ(types[0].type, "a");
    EXPECT_EQ(types[1].count, 2U);
    EXPECT_EQ(types[1].first, 1U);
    EXPECT_EQ(types[1].last, 3U);
}

TEST_P(EventLogContract, WakesWatchersAfterACommit) {
    std::atomic<int> woken = 0;
    auto watch = log().watch([&] { ++woken; });
    store({draft("a", "1")});
    EXPECT_EQ(woken, 1);
    store({draft("a", "1")});
    EXPECT_EQ(woken, 1) << "nothing new was stored";
    watch.reset();
    store({draft("a", "2")});
    EXPECT_EQ(woken, 1);
}

/// Many blocks and a tail, against a filter by hand.
TEST_P(EventLogContract, ReadsByPatternLikeAFilterByHand) {
    std::mt19937 random(7);
    std::vector<std::pair<std::string, std::string>> all;
    std::vector<Draft> batch;
    for (int i = 0; i < 20'000; ++i) {
        const auto dice = random() % 1000;
        const std::string type = dice == 0   ? "rare.one"
                                 : dice < 50 ? "some.x"
                                             : "common.t" + std::to_string(dice % 5);
        batch.push_back(minted(type, std::to_string(i)));
        batch.back().source = dice % 7 == 0 ? "//s/seven" : "//s/other";
        all.emplace_back(type, batch.back().source);
        if (batch.size() < 500) continue;
        store(std::move(batch));
        batch.clear();
    }
    const std::vector<std::vector<std::string>> patterns{
        {}, {"rare.>"}, {"some.*"}, {"common.t1", "rare.one"}, {">"}, {"no.such"}};
    for (int turn = 0; turn < 60; ++turn) {
        Query query = by_type(patterns[static_cast<std::size_t>(turn) % patterns.size()]);
        query.order = random() % 2 == 0 ? Order::ascending : Order::descending;
        query.after = random() % 20'000;
        query.before = query.after + 1 + random() % 20'000;
        query.limit = 1 + random() % 700;
        if (random() % 3 == 0) query.source = "//s/seven";
        if (random() % 3 == 0) query.allowed = by_type({"some.>", "common.t1"}).types;
        Places expected;
        for (Seq seq = query.after + 1; seq < std::min<Seq>(query.before, 20'001); ++seq)
            if (event::any_matches(query.types, all[seq - 1].first) &&
                event::any_matches(query.allowed, all[seq - 1].first) &&
                (query.source.empty() || query.source == all[seq - 1].second))
                expected.push_back(seq);
        if (query.order == Order::descending) std::ranges::reverse(expected);
        Places found;
        for (Page page{.events = {}, .end = Page::End::more}; page.end == Page::End::more;) {
            page = log().read(query);
            for (const auto& event : page.events) found.push_back(event.seq);
            (query.order == Order::ascending ? query.after : query.before) = page.scanned_to;
        }
        EXPECT_EQ(found, expected) << "turn " << turn;
    }
}

TEST_P(EventLogContract, FindsByIdInOldAndNewEvents) {
    store({draft("a", "first")});
    for (int i = 0; i < 10; ++i) {
        std::vector<Draft> batch;
        for (int k = 0; k < 1000; ++k) batch.push_back(minted("filler"));
        store(std::move(batch));
    }
    store({draft("a", "first", "1", "//elsewhere"), draft("a", "0189a0a0-0000-7000-8000-0000000000aa")});
    const auto found = log().find("first", 10);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].seq, 1U);
    EXPECT_EQ(found[1].seq, 10'002U);
    EXPECT_EQ(log().find("first", 1).size(), 1U);
    EXPECT_EQ(log().find("0189a0a0-0000-7000-8000-0000000000aa", 5).at(0).seq, 10'003U);
    EXPECT_TRUE(log().find("second", 5).empty());
}

TEST_P(EventLogContract, TakesBatchesFromManyThreads) {
    constexpr int threads = 8;
    constexpr int batches = 200;
    std::mutex mutex;
    std::set<Seq> seen;
    std::atomic<int> done = 0;
    {
        std::vector<std::jthread> writers;
        for (int t = 0; t < threads; ++t)
            writers.emplace_back([&, t] {
                for (int i = 0; i < batches; ++i) {
                    const std::string id = std::to_string(t) + "-" + std::to_string(i);
                    log().append({{"user", "root"}, {draft("a", id), draft("b", id + "b")}},
                                 [&](AppendResult&& result) {
                                     const std::lock_guard lock(mutex);
                                     for (const Receipt& receipt : std::get<std::vector<Receipt>>(result))
                                         seen.insert(receipt.seq);
                                     ++done;
                                     done.notify_all();
                                 });
                    log().flush();
                }
            });
    }
    for (int now = done; now < threads * batches; now = done) done.wait(now);
    EXPECT_EQ(seen.size(), std::size_t{threads} * batches * 2);
    EXPECT_EQ(*seen.rbegin(), log().head());
    EXPECT_EQ(log().head(), seen.size());
}

INSTANTIATE_TEST_SUITE_P(Over, EventLogContract, testing::ValuesIn(implementations()),
                         [](const auto& parameter) { return parameter.param.name; });

}  // namespace
}  // namespace tocsin::tests
