// SPDX-License-Identifier: Apache-2.0
// Dead letters as lines that can be emitted again.
#include "cli/commands/dead_letters.hpp"

#include <gtest/gtest.h>

namespace tocsin::cli::commands {
namespace {

api::DeadReport letter(const std::string& event, const std::string& result = R"("exit 1")") {
    return read_dead_letter(R"({"id":7,"pipeline":"mail","attempts":8,"since":"2026-11-22T10:47:00.123456Z",)"
                            R"("last_result":)" +
                            result + R"(,"output":"\u001b,\"event\":{}","event":)" + event + "}");
}

constexpr std::string_view death =
    R"("deadid":"7","deadpipeline":"mail","deadattempts":8,"deadresult":"exit 1",)"
    R"("deadtime":"2026-11-22T10:47:00.123456Z"})";

TEST(DeadLetters, EventsKeepEveryDigit) {
    const std::string event = R"({"type":"a","data":{"n":123456789012345678901234567890,"f":1.10,"e":1E5}})";
    EXPECT_EQ(letter(event).event, event);
    EXPECT_EQ(draft_line(letter(event)), event.substr(0, event.size() - 1) + "," + std::string(death));
}

TEST(DeadLetters, LinesLackWhatTheDaemonSetsAndWhatAnEarlierDeathLeft) {
    EXPECT_EQ(draft_line(letter(
                  R"({"specversion":"1.0","id":"o-7","sequence":"0000000000000042","recordedtime":"x",)"
                  R"("authtype":"user","authid":"alice","deadid":"3","deadresult":"x","deadline":"y"})")),
              R"({"specversion":"1.0","id":"o-7","deadline":"y",)" + std::string(death));
}

TEST(DeadLetters, ResultsBecomeAttributesThatCloudEventsAllows) {
    EXPECT_NE(draft_line(letter(R"({"type":"a"})", R"("map: a\nb\u0085 \"c\"")"))
                  .find(R"("deadresult":"map: a\\u000ab\\u0085 \"c\"")"),
              std::string::npos);
    EXPECT_EQ(draft_line(letter(R"({"type":"a"})", R"("")")).find("deadresult"), std::string::npos);
    EXPECT_EQ(draft_line(letter(R"({"type":"a"})", R"("\uffff")")).find("deadresult"), std::string::npos);
}

}  // namespace
}  // namespace tocsin::cli::commands
