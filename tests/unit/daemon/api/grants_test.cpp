// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/grants.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "common/core/error.hpp"
#include "daemon/api/principal.hpp"

namespace tocsin::daemon::api {
namespace {

Grants grants(const std::vector<std::string>& texts) {
    std::vector<Grant> list;
    for (const std::string& text : texts) list.push_back(Grant::parse(text));
    return Grants(list);
}

TEST(Grant, ReadsWhatItWrites) {
    for (const char* text : {"emit", "emit:order.>", "read", "read:a.*.b", "operate", "admin"})
        EXPECT_EQ(Grant::parse(text).text(), text);
}

TEST(Grant, RefusesWhatIsNoRight) {
    for (const char* text : {"", "none", "Emit", "emit ", "write", "emit:", "emit:a..b", "read:a>",
                             "read:>.a", "emit:a b", "operate:a", "admin:>", ":a", "read,emit"}) {
        try {
            Grant::parse(text);
            ADD_FAILURE() << "took '" << text << "'";
        } catch (const core::Error& error) {
            EXPECT_EQ(error.code(), core::Code::invalid) << text;
            EXPECT_FALSE(error.hint().empty()) << text;
        }
    }
}

TEST(Grants, NoneCoversNothing) {
    const Grants none;
    EXPECT_TRUE(none.has(Scope::none));
    for (const Scope scope : {Scope::emit, Scope::read, Scope::operate, Scope::admin}) {
        EXPECT_FALSE(none.has(scope));
        EXPECT_FALSE(none.covers(scope, "a"));
    }
}

TEST(Grants, ALimitedRightCoversItsTypesOnly) {
    const Grants some = grants({"read:order.>", "read:stock.*", "emit:order.created"});
    EXPECT_TRUE(some.has(Scope::read));
    EXPECT_FALSE(some.has_whole(Scope::read));
    EXPECT_TRUE(some.covers(Scope::read, "order.created"));
    EXPECT_TRUE(some.covers(Scope::read, "stock.low"));
    EXPECT_FALSE(some.covers(Scope::read, "order"));
    EXPECT_FALSE(some.covers(Scope::read, "tocsin.started"));
    EXPECT_TRUE(some.covers(Scope::emit, "order.created"));
    EXPECT_FALSE(some.covers(Scope::emit, "order.paid"));
    EXPECT_EQ(some.limits(Scope::read).size(), 2U);
}

TEST(Grants, AnUnlimitedRightSwallowsTheLimits) {
    const Grants whole = grants({"read:order.>", "read"});
    EXPECT_TRUE(whole.has_whole(Scope::read));
    EXPECT_TRUE(whole.limits(Scope::read).empty());
    EXPECT_TRUE(whole.covers(Scope::read, "tocsin.started"));
    EXPECT_FALSE(whole.has(Scope::emit));
}

TEST(Grants, AdminIncludesAll) {
    const Grants all = grants({"emit:a", "admin"});
    for (const Scope scope : {Scope::emit, Scope::read, Scope::operate, Scope::admin})
        EXPECT_TRUE(all.has_whole(scope));
    EXPECT_TRUE(all.limits(Scope::emit).empty());
}

TEST(Grants, OperateIncludesNothingElse) {
    const Grants operate = grants({"operate"});
    EXPECT_FALSE(operate.has(Scope::read));
    EXPECT_FALSE(operate.has(Scope::emit));
    EXPECT_FALSE(operate.has(Scope::admin));
}

TEST(Principal, NamesWhoLacksWhat) {
    const Principal principal{{"user", "alice"}, grants({"emit:a.>"})};
    EXPECT_NO_THROW(principal.require(Scope::emit));
    EXPECT_NO_THROW(principal.require(Scope::emit, "a.b"));
    for (const auto& require : std::vector<std::function<void()>>{
             [&] { principal.require(Scope::read); }, [&] { principal.require(Scope::emit, "b"); },
             [&] { principal.require_whole(Scope::emit); }}) {
        try {
            require();
            ADD_FAILURE() << "not refused";
        } catch (const core::Error& error) {
            EXPECT_EQ(error.code(), core::Code::denied);
            EXPECT_NE(std::string(error.what()).find("'alice'"), std::string::npos) << error.what();
        }
    }
}

}  // namespace
}  // namespace tocsin::daemon::api
