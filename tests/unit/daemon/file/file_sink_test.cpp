// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/file/file_sink.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "tests/support/manual_clock.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tocsin::daemon::file {
namespace {

using pipeline::Delivery;
using pipeline::Message;
using pipeline::Verdict;

class FileSinkTest : public testing::Test {
 protected:
    Options options() const {
        Options options;
        options.path = folder_.path() / "out.jsonl";
        return options;
    }
    static Delivery deliver(FileSink& sink, std::initializer_list<std::string> bodies) {
        std::vector<Message> messages;
        for (const std::string& body : bodies) {
            messages.emplace_back();
            messages.back().body = body;
        }
        return sink.deliver(messages, {}, {});
    }
    std::string content(const std::string& name = "out.jsonl") const {
        std::ifstream file(folder_.path() / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    void put(const std::string& text) const {
        std::ofstream(folder_.path() / "out.jsonl", std::ios::binary) << text;
    }

    tests::TemporaryFolder folder_;
    tests::ManualClock clock_;
};

TEST_F(FileSinkTest, WritesALineForEach) {
    FileSink sink(options(), clock_);
    EXPECT_EQ(deliver(sink, {"1", "{\"a\":2}"}).verdict, Verdict::delivered);
    EXPECT_EQ(deliver(sink, {"3"}).verdict, Verdict::delivered);
    EXPECT_EQ(content(), "1\n{\"a\":2}\n3\n");
}

TEST_F(FileSinkTest, CutsATornLineOff) {
    for (const std::string& torn : {std::string("{\"a"), std::string(10'000, 'x')}) {
        put("whole\n" + torn);
        FileSink sink(options(), clock_);
        deliver(sink, {"next"});
        EXPECT_EQ(content(), "whole\nnext\n");
        put(torn);
        sink.reopen();
        deliver(sink, {"next"});
        EXPECT_EQ(content(), "next\n");
    }
}

TEST_F(FileSinkTest, OpensAnewWhenTold) {
    FileSink sink(options(), clock_);
    deliver(sink, {"1"});
    std::filesystem::rename(folder_.path() / "out.jsonl", folder_.path() / "moved");
    deliver(sink, {"2"});
    sink.reopen();
    deliver(sink, {"3"});
    EXPECT_EQ(content("moved"), "1\n2\n");
    EXPECT_EQ(content(), "3\n");
}

TEST_F(FileSinkTest, RotatesBySizeAndKeepsSoMany) {
    Options by_size = options();
    by_size.rotate_bytes = 10;
    by_size.keep = 2;
    FileSink sink(by_size, clock_);
    for (const char* line : {"11111", "22222", "33333", "44444", "55555"}) deliver(sink, {line});
    EXPECT_EQ(content(), "55555\n");
    EXPECT_EQ(content("out.jsonl.1"), "44444\n");
    EXPECT_EQ(content("out.jsonl.2"), "33333\n");
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "out.jsonl.3"));
    EXPECT_EQ(deliver(sink, {std::string(100, 'x')}).verdict, Verdict::delivered) << "larger than the limit";
}

TEST_F(FileSinkTest, RotatesByAge) {
    Options by_age = options();
    by_age.rotate_age = std::chrono::hours(24);
    FileSink sink(by_age, clock_);
    deliver(sink, {"1"});
    clock_.advance(std::chrono::hours(23));
    deliver(sink, {"2"});
    clock_.advance(std::chrono::hours(1));
    deliver(sink, {"3"});
    EXPECT_EQ(content("out.jsonl.1"), "1\n2\n");
    EXPECT_EQ(content(), "3\n");
}

TEST_F(FileSinkTest, IsDownAndTakesBackWhatDoesNotFit) {
    std::signal(SIGXFSZ, SIG_IGN);
    FileSink sink(options(), clock_);
    deliver(sink, {"first"});
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    const rlimit small{10, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    const Delivery full = deliver(sink, {"a", "longer than there is room for"});
    setrlimit(RLIMIT_FSIZE, &before);
    EXPECT_EQ(full.verdict, Verdict::sink_down);
    EXPECT_NE(full.result.find("File too large"), std::string::npos) << full.result;
    EXPECT_EQ(content(), "first\n");
    EXPECT_EQ(deliver(sink, {"again"}).verdict, Verdict::delivered);
    EXPECT_EQ(content(), "first\nagain\n");
}

TEST_F(FileSinkTest, IsDownWhereNoFileCanBe) {
    Options nowhere = options();
    for (const auto& path :
         {folder_.path() / "no" / "folder", folder_.path(), std::filesystem::path("/dev/null")}) {
        nowhere.path = path;
        FileSink sink(nowhere, clock_);
        const Delivery delivery = deliver(sink, {"1"});
        EXPECT_EQ(delivery.verdict, Verdict::sink_down) << path;
        EXPECT_NE(delivery.result.find(path.string()), std::string::npos) << delivery.result;
    }
}

}  // namespace
}  // namespace tocsin::daemon::file
