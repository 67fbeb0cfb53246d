// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/api/configuration.hpp"
#include "common/api/problem.hpp"
#include "common/api/receipts.hpp"
#include "common/api/reports.hpp"
#include "common/api/spool_file.hpp"

namespace tocsin::api {
namespace {

using core::Code;
using core::Error;
using core::Reason;
using event::Receipt;

void expect_same(const Error& back, const Error& error) {
    EXPECT_EQ(back.code(), error.code());
    EXPECT_EQ(back.reason(), error.reason());
    EXPECT_STREQ(back.what(), error.what());
    EXPECT_EQ(back.hint(), error.hint());
    EXPECT_EQ(back.line(), error.line());
}

TEST(Problem, HasAnHttpStatusForEachCode) {
    EXPECT_EQ(http_status_of(Error(Code::invalid, "x")), 400);
    EXPECT_EQ(http_status_of(Error(Code::denied, "x")), 403);
    EXPECT_EQ(http_status_of(Error(Code::not_found, "x")), 404);
    EXPECT_EQ(http_status_of(Error(Code::conflict, "x")), 409);
    EXPECT_EQ(http_status_of(Error(Code::too_large, "x")), 413);
    EXPECT_EQ(http_status_of(Error(Code::internal, "x")), 500);
    EXPECT_EQ(http_status_of(Error::unavailable(Reason::store_full, "x")), 503);
    EXPECT_EQ(http_status_of(Error::unavailable(Reason::rate, "x")), 429);
}

TEST(Problem, IsADocumentOfRfc9457) {
    EXPECT_EQ(problem_json(Error(Code::invalid, "bad \"time\"", "use RFC 3339").at_line(3), 400),
              R"({"type":"urn:tocsin:error:invalid","title":"The request is invalid","status":400,)"
              R"("detail":"bad \"time\"","code":"invalid","hint":"use RFC 3339","line":3})");
}

TEST(Problem, KeepsHttpsOwnStatus) {
    EXPECT_NE(problem_json(Error(Code::invalid, "use GET"), 405).find(R"("status":405)"), std::string::npos);
}

TEST(Problem, IsReadBackTheSame) {
    for (const Code code :
         {Code::invalid, Code::denied, Code::not_found, Code::conflict, Code::too_large, Code::internal}) {
        const Error error = Error(code, "what Glöckchen 🔔 \n", "why").at_line(1);
        expect_same(parse_problem(problem_json(error, 400)), error);
        expect_same(parse_problem(refusal_json(error)), error);
    }
    for (const Reason reason :
         {Reason::none, Reason::store_full, Reason::store_io, Reason::busy, Reason::stopping, Reason::rate}) {
        const Error error = Error::unavailable(reason, "not now");
        expect_same(parse_problem(problem_json(error, 503)), error);
        expect_same(parse_problem(refusal_json(error)), error);
    }
}

TEST(Problem, CarriesMistakes) {
    const Error error(Code::invalid, "nothing was changed", "mend them");
    const std::string text = problem_json(error, 400, {{"/a", 3, 5, "bad \"x\""}, {"/b", 0, 0, "gone"}});
    expect_same(parse_problem(text), error);
    const auto mistakes = parse_mistakes(text);
    ASSERT_EQ(mistakes.size(), 2U);
    EXPECT_EQ(mistakes[0].text(), "/a:3:5: bad \"x\"");
    EXPECT_EQ(mistakes[1].text(), "/b: gone");
    EXPECT_EQ(count_text(mistakes), "2 mistakes in 2 files");
    EXPECT_EQ(count_text({mistakes[0]}), "1 mistake in 1 file");
    EXPECT_TRUE(parse_mistakes(problem_json(error, 400)).empty());
}

TEST(LogLevel, IsReadBackOrRefused) {
    EXPECT_EQ(parse_log_level(log_level_json("debug")), "debug");
    for (const char* bad : {"", "[]", "{}", R"({"level":7})", R"({"level":"loud"})"})
        EXPECT_THROW(parse_log_level(bad), Error) << bad;
}

TEST(Problem, SurvivesBrokenUtf8) {
    const Error back = parse_problem(problem_json(Error(Code::invalid, "bad byte \xFF"), 400));
    EXPECT_STREQ(back.what(), "bad byte \xEF\xBF\xBD");
}

TEST(Problem, QuotesTheStartOfWhatIsNone) {
    for (const std::string text : {"", "<html>", "[]", "{}", "null", "{\"detail\":\"x\"}"}) {
        const Error error = parse_problem(text);
        EXPECT_EQ(error.code(), Code::internal);
        EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << text;
        EXPECT_FALSE(error.hint().empty());
    }
    EXPECT_LT(std::string(parse_problem(std::string(10'000, 'x')).what()).size(), 200U);
    EXPECT_EQ(parse_problem(R"({"code":"unheard of"})").code(), Code::internal);
    EXPECT_FALSE(parse_problem(R"({"code":"invalid","line":"3"})").line());
}

TEST(Receipts, AreWrittenAsTheProtocolSays) {
    EXPECT_EQ(receipts_json({}), R"({"receipts":[]})");
    EXPECT_EQ(receipts_json({{"a\"b", 42, Receipt::Outcome::stored}, {"c", 7, Receipt::Outcome::duplicate}}),
              R"({"receipts":[{"id":"a\"b","sequence":"0000000000000042","duplicate":false},)"
              R"({"id":"c","sequence":"0000000000000007","duplicate":true}]})");
}

TEST(Receipts, AreReadBackTheSame) {
    const std::vector<Receipt> receipts{{"order-7", 1, Receipt::Outcome::stored},
                                        {"🔔", core::max_sequence, Receipt::Outcome::duplicate}};
    EXPECT_EQ(parse_receipts(receipts_json(receipts)), receipts);
    EXPECT_EQ(parse_receipts(receipts_json({})), std::vector<Receipt>());
}

TEST(Receipts, AreRefusedWhenTheyAreNone) {
    for (const char* text : {"", "{}", "[]", R"({"receipts":[{}]})",
                             R"({"receipts":[{"id":"x","sequence":1,"duplicate":false}]})"}) {
        try {
            parse_receipts(text);
            ADD_FAILURE() << "accepted " << text;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Code::internal) << text;
        }
    }
}

TEST(Types, AreReadBackTheSame) {
    const auto back = parse_types(types_json({{"order.created", 3, 1, 9}, {"a", 1, 2, 2}}));
    ASSERT_EQ(back.size(), 2U);
    EXPECT_EQ(back[0].type, "order.created");
    EXPECT_EQ(back[0].count, 3U);
    EXPECT_EQ(back[0].first, 1U);
    EXPECT_EQ(back[0].last, 9U);
    EXPECT_EQ(back[1].type, "a");
    EXPECT_TRUE(parse_types(types_json({})).empty());
    EXPECT_THROW(parse_types("{}"), Error);
}

Status sample_status() {
    Status status;
    status.version = "0.1.0";
    status.state = "ready";
    status.pid = 4711;
    status.started = core::from_microseconds(1'795'344'420'123'456);
    status.uptime_seconds = 61;
    status.epoch = "e1";
    status.first = 3;
    status.head = 1'000'000;
    status.events = 999'998;
    status.connections = 5;
    status.subscriptions = 2;
    status.store = {"/var/lib/tocsin/tocsin.db", 4096, 512, 1U << 30, std::nullopt, {{7, 9}, {11, 11}}};
    status.configuration = {status.started, {"/etc/tocsin/tocsin.toml"}, core::from_microseconds(1)};
    status.listeners = {{"api", "/run/tocsin/tocsin.sock"}, {"feed", "ipc:///run/tocsin/feed.sock"}};
    return status;
}

TEST(StatusReport, IsReadBackTheSame) {
    const Status status = sample_status();
    const Status back = parse_status(status_json(status));
    EXPECT_EQ(back.version, status.version);
    EXPECT_EQ(back.state, status.state);
    EXPECT_EQ(back.pid, status.pid);
    EXPECT_EQ(back.started, status.started);
    EXPECT_EQ(back.uptime_seconds, status.uptime_seconds);
    EXPECT_EQ(back.epoch, status.epoch);
    EXPECT_EQ(back.first, status.first);
    EXPECT_EQ(back.head, status.head);
    EXPECT_EQ(back.events, status.events);
    EXPECT_EQ(back.connections, status.connections);
    EXPECT_EQ(back.subscriptions, status.subscriptions);
    EXPECT_EQ(back.store.path, status.store.path);
    EXPECT_EQ(back.store.database_bytes, status.store.database_bytes);
    EXPECT_EQ(back.store.wal_bytes, status.store.wal_bytes);
    EXPECT_EQ(back.store.free_bytes, status.store.free_bytes);
    EXPECT_FALSE(back.store.full_since);
    EXPECT_EQ(back.store.missing, status.store.missing);
    EXPECT_EQ(back.configuration.loaded, status.started);
    EXPECT_EQ(back.configuration.files, status.configuration.files);
    EXPECT_EQ(back.configuration.refused, status.configuration.refused);
    ASSERT_EQ(back.listeners.size(), 2U);
    EXPECT_EQ(back.listeners[1].name, "feed");
    EXPECT_EQ(back.listeners[1].address, "ipc:///run/tocsin/feed.sock");
    EXPECT_FALSE(back.last_error);
}

TEST(StatusReport, TellsTheLastError) {
    Status status = sample_status();
    status.last_error = LastError{status.started, "the disk is full"};
    const Status back = parse_status(status_json(status));
    ASSERT_TRUE(back.last_error);
    EXPECT_EQ(back.last_error->time, status.started);
    EXPECT_EQ(back.last_error->message, "the disk is full");
}

TEST(StatusReport, TellsSinceWhenTheDiskIsFull) {
    Status status = sample_status();
    status.store.full_since = status.started;
    EXPECT_EQ(parse_status(status_json(status)).store.full_since, status.started);
}

TEST(StatusReport, TellsWhatRetentionDoes) {
    Status status = sample_status();
    EXPECT_FALSE(parse_status(status_json(status)).retention.last_removed);
    status.retention = {.age_seconds = 86'400,
                        .bytes = 1U << 30,
                        .count = 7,
                        .log_bytes = 12'288,
                        .kept = 3,
                        .held_by = "pipeline mailer",
                        .removed = 99,
                        .last_removed = status.started,
                        .clock_lag_seconds = 61};
    const auto back = parse_status(status_json(status)).retention;
    EXPECT_EQ(back.age_seconds, 86'400U);
    EXPECT_EQ(back.bytes, 1U << 30);
    EXPECT_EQ(back.count, 7U);
    EXPECT_EQ(back.log_bytes, 12'288U);
    EXPECT_EQ(back.kept, 3U);
    EXPECT_EQ(back.held_by, "pipeline mailer");
    EXPECT_EQ(back.removed, 99U);
    EXPECT_EQ(back.last_removed, status.started);
    EXPECT_EQ(back.clock_lag_seconds, 61U);
}

TEST(StatusReport, WritesSequencesAsSixteenDigits) {
    EXPECT_NE(status_json(sample_status()).find(R"("head":"0000000001000000")"), std::string::npos);
    EXPECT_THROW(parse_status("{}"), Error);
}

TEST(Metrics, AreReadBackTheSame) {
    std::vector<MetricFamily> families;
    families.push_back({"tocsin_events_total",
                        "Events.",
                        MetricFamily::Kind::counter,
                        {{{{"type", "a"}}, 3, 0, 0, {}}, {{{"type", "b\"\n"}}, 1e18, 0, 0, {}}}});
    families.push_back({"tocsin_queue_depth", "Depth.", MetricFamily::Kind::gauge, {{{}, -2.5, 0, 0, {}}}});
    families.push_back({"tocsin_commit_seconds",
                        "Latency.",
                        MetricFamily::Kind::histogram,
                        {{{{"what", "fsync"}}, 0, 7, 0.25, {{0.001, 3}, {0.1, 7}}}}});
    families.push_back({"tocsin_empty", "Nothing yet.", MetricFamily::Kind::counter, {}});
    const auto back = parse_metrics(metrics_json(families));
    ASSERT_EQ(back.size(), families.size());
    for (std::size_t i = 0; i < back.size(); ++i) {
        EXPECT_EQ(back[i].name, families[i].name);
        EXPECT_EQ(back[i].help, families[i].help);
        EXPECT_EQ(back[i].kind, families[i].kind);
        ASSERT_EQ(back[i].samples.size(), families[i].samples.size());
        for (std::size_t k = 0; k < back[i].samples.size(); ++k) {
            EXPECT_EQ(back[i].samples[k].labels, families[i].samples[k].labels);
            EXPECT_EQ(back[i].samples[k].value, families[i].samples[k].value);
            EXPECT_EQ(back[i].samples[k].count, families[i].samples[k].count);
            EXPECT_EQ(back[i].samples[k].sum, families[i].samples[k].sum);
            EXPECT_EQ(back[i].samples[k].buckets, families[i].samples[k].buckets);
        }
    }
    EXPECT_THROW(parse_metrics("[]"), Error);
}

TEST(SpoolFile, ComesBackAsItWasWritten) {
    const SpoolHeader header{core::from_microseconds(1'800'000'000'000'000), "host.log", "b-1", "00-trace",
                             "x=1"};
    const std::string lines = "{\"n\":1}\n{\"n\":2}\n";
    const std::string text = spool_header(header, lines.size()) + lines;
    const SpoolFile back = parse_spool_file(text);
    EXPECT_EQ(back.header.time, header.time);
    EXPECT_EQ(back.header.default_type, header.default_type);
    EXPECT_EQ(back.header.batch, header.batch);
    EXPECT_EQ(back.header.traceparent, header.traceparent);
    EXPECT_EQ(back.header.tracestate, header.tracestate);
    EXPECT_EQ(back.lines, lines);
}

TEST(SpoolFile, EveryTornFileIsRefused) {
    const std::string lines = "{\"n\":1}\n";
    const std::string text = spool_header({}, lines.size()) + lines;
    for (std::size_t size = 0; size < text.size(); ++size)
        EXPECT_THROW(parse_spool_file(std::string_view(text).substr(0, size)), Error) << size;
    EXPECT_THROW(parse_spool_file(text + "x"), Error);
}

TEST(SpoolName, ComesBackAsItWasWritten) {
    const SpoolMoment moment{1'800'000'000'000'000, "0123abcd", 42};
    const std::string name = spool_name(moment, 0xBEEF);
    EXPECT_EQ(name, "1800000000000000-0123abcd-000000000000000042-0000beef");
    const auto back = parse_spool_name(name);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->wall_microseconds, moment.wall_microseconds);
    EXPECT_EQ(back->boot, moment.boot);
    EXPECT_EQ(back->since_boot_nanoseconds, moment.since_boot_nanoseconds);
}

TEST(SpoolName, OthersAreNotRead) {
    const std::string name = spool_name({1, "0123abcd", 2}, 3);
    for (const std::string& other : {std::string(), std::string("x"), name + "0", name.substr(1),
                                     "x" + name.substr(1), name.substr(0, 17) + "zzzzzzzz" + name.substr(25)})
        EXPECT_FALSE(parse_spool_name(other)) << other;
}

}  // namespace
}  // namespace tocsin::api
