// SPDX-License-Identifier: Apache-2.0
// What tests of an EventLog share: a log of either kind, and short words for drafts and batches.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "daemon/eventlog/event_log.hpp"
#include "tests/support/manual_clock.hpp"

namespace tocsin::tests {

/// An implementation under test, with everything that it needs to live.
class LogUnderTest {
 public:
    virtual ~LogUnderTest() = default;
    virtual daemon::eventlog::EventLog& log() = 0;
};

struct Implementation {
    std::string name;
    std::function<std::unique_ptr<LogUnderTest>(const core::Clock&)> make;
};

/// For GoogleTest, which names a case after its parameter.
// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest finds it by this name
inline void PrintTo(const Implementation& implementation, std::ostream* out) { *out << implementation.name; }

/// The implementations that every test of the suite runs over.
std::vector<Implementation> implementations();

class EventLogContract : public testing::TestWithParam<Implementation> {
 protected:
    daemon::eventlog::EventLog& log() { return under_test_->log(); }

    /// Appends one batch and commits it.
    daemon::eventlog::AppendResult append(std::vector<event::Draft> drafts, const std::string& user = "root");
    std::vector<event::Receipt> store(std::vector<event::Draft> drafts, const std::string& user = "root");
    core::Error refuse(std::vector<event::Draft> drafts);

    static event::Draft draft(const std::string& type, const std::string& id, const std::string& json = "1",
                              const std::string& source = "//test");
    static event::Draft minted(const std::string& type, const std::string& json = "1");
    std::vector<core::Seq> places(const daemon::eventlog::Query& query);
    /// Removes everything in front of a place, in as many steps as it takes; how many events went.
    std::uint64_t trim_to(core::Seq before);
    static daemon::eventlog::Query by_type(const std::vector<std::string>& patterns);

    ManualClock clock_;
    std::unique_ptr<LogUnderTest> under_test_ = GetParam().make(clock_);
};

}  // namespace tocsin::tests
