// SPDX-License-Identifier: Apache-2.0
// What the contract of the port Sink runs over: a sink of each kind, with the other side at the test's
// command.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "daemon/pipeline/sink.hpp"

namespace tocsin::tests {

/// A sink and its other side, which is there from the start.
class SinkUnderTest {
 public:
    virtual ~SinkUnderTest() = default;
    virtual daemon::pipeline::Sink& sink() = 0;

    /// From here on nothing is taken, until it is brought back. What has arrived is kept.
    virtual void take_away() = 0;
    virtual void bring_back() = 0;

    /// The bodies that have arrived, in their order.
    virtual std::vector<std::string> arrived() = 0;
};

struct SinkImplementation {
    std::string name;
    std::function<std::unique_ptr<SinkUnderTest>()> make;
};

/// For GoogleTest, which names a case after its parameter.
// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest finds it by this name
inline void PrintTo(const SinkImplementation& implementation, std::ostream* out) {
    *out << implementation.name;
}

/// The sinks that every test of the suite runs over.
std::vector<SinkImplementation> sink_implementations();

}  // namespace tocsin::tests
