// SPDX-License-Identifier: Apache-2.0
// The small decisions of the command line: trace context, which socket.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "cli/commands/trace_context.hpp"
#include "cli/connection/failure.hpp"
#include "cli/connection/find_socket.hpp"

namespace tocsin::cli {
namespace {

constexpr const char* parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

core::Environment environment(std::map<std::string, std::string> values) {
    return [values = std::move(values)](const char* name) -> std::optional<std::string> {
        const auto found = values.find(name);
        return found == values.end() ? std::nullopt : std::optional(found->second);
    };
}

TEST(TraceContext, TakesWhatIsWellFormed) {
    const auto context =
        commands::trace_context(environment({{"TRACEPARENT", parent}, {"TRACESTATE", "a=b"}}));
    ASSERT_TRUE(context);
    EXPECT_EQ(context->traceparent, parent);
    EXPECT_EQ(context->tracestate, "a=b");
}

TEST(TraceContext, LeavesOutWhatIsNot) {
    for (const char* bad : {"", "00-1-2-3", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"})
        EXPECT_FALSE(commands::trace_context(environment({{"TRACEPARENT", bad}}))) << bad;
    EXPECT_FALSE(commands::trace_context(environment({{"TRACESTATE", "a=b"}})));
    const auto context =
        commands::trace_context(environment({{"TRACEPARENT", parent}, {"TRACESTATE", "a\x01"}}));
    EXPECT_EQ(context->tracestate, "");
}

TEST(FindSocket, TheNamedOneThenTheVariableThenTheSystems) {
    EXPECT_EQ(connection::find_socket("/a", environment({{"TOCSIN_SOCKET", "/b"}})), "/a");
    EXPECT_EQ(connection::find_socket(std::nullopt, environment({{"TOCSIN_SOCKET", "/b"}})), "/b");
    EXPECT_EQ(connection::find_socket(std::nullopt, environment({})), "/run/tocsin/tocsin.sock");
}

TEST(FindSocket, TheUsersBusWhenItsConfigOrStateExists) {
    std::string folder = std::filesystem::temp_directory_path() / "tocsin-find-XXXXXX";
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    const auto with_home = environment({{"HOME", folder}, {"XDG_RUNTIME_DIR", "/run/user/7"}});
    EXPECT_EQ(connection::find_socket(std::nullopt, with_home), "/run/tocsin/tocsin.sock");
    std::filesystem::create_directories(folder + "/.local/state/tocsin");
    EXPECT_EQ(connection::find_socket(std::nullopt, with_home), "/run/user/7/tocsin/tocsin.sock");
    std::filesystem::remove_all(folder);
}

TEST(FindSpool, BelongsToTheBusOfTheSocket) {
    using Kind = connection::SpoolFolder::Kind;
    const auto with_home = environment({{"HOME", "/home/u"}, {"XDG_RUNTIME_DIR", "/run/user/7"}});
    const auto system = connection::find_spool("/run/tocsin/tocsin.sock", with_home);
    ASSERT_TRUE(system);
    EXPECT_EQ(system->path, "/var/spool/tocsin");
    EXPECT_EQ(system->kind, Kind::shared);
    const auto own = connection::find_spool("/run/user/7/tocsin/tocsin.sock", with_home);
    ASSERT_TRUE(own);
    EXPECT_EQ(own->path, "/home/u/.local/state/tocsin/spool");
    EXPECT_EQ(own->kind, Kind::own);
    EXPECT_FALSE(connection::find_spool("/tmp/other.sock", with_home));
}

TEST(FindSpool, TheVariableNamesAnother) {
    const auto named = environment({{"TOCSIN_SPOOL", "/spool"}});
    for (const char* socket : {"/run/tocsin/tocsin.sock", "/tmp/other.sock"}) {
        const auto folder = connection::find_spool(socket, named);
        ASSERT_TRUE(folder);
        EXPECT_EQ(folder->path, "/spool");
        EXPECT_EQ(folder->kind, connection::SpoolFolder::Kind::shared);
    }
}

TEST(Failure, SpansAreWrittenAsPeopleWriteThem) {
    using std::chrono::milliseconds;
    EXPECT_EQ(connection::to_text(milliseconds(250)), "250ms");
    EXPECT_EQ(connection::to_text(milliseconds(5000)), "5s");
    EXPECT_EQ(connection::to_text(milliseconds(120'000)), "2m");
}

}  // namespace
}  // namespace tocsin::cli
