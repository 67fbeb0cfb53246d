// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/routes.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace tocsin::daemon::api {
namespace {

std::string path_of(std::string_view method, std::string_view path) {
    const Match found = match(method, path);
    return found.route == nullptr ? std::string() : std::string(found.route->path);
}

TEST(Routes, MatchTheirOwnPaths) {
    for (const Route& route : routes()) {
        std::string path(route.path);
        const std::size_t brace = path.find('{');
        const bool has_argument = brace != std::string::npos;
        if (has_argument) path.replace(brace, path.find('}') + 1 - brace, "42");
        const Match found = match(name_of(route.method), path);
        EXPECT_EQ(found.route, &route) << route.path;
        EXPECT_EQ(found.argument, has_argument ? "42" : "");
    }
}

TEST(Routes, AWordWinsOverAnArgument) {
    EXPECT_EQ(path_of("GET", "/v1/events/stream"), "/v1/events/stream");
    EXPECT_EQ(path_of("GET", "/v1/events/streams"), "/v1/events/{sequence}");
}

TEST(Routes, UnknownPathsMatchNothing) {
    for (const char* path : {"", "/", "/v1", "/v1/events/", "/v1/events/1/2", "/v1/events/1/", "/V1/events",
                             "/v1//events", "/v1/pipelines//pause", "/v1/pipelines/a/b/pause", "/v1/pipelines/pause/",
                             "/v1/pipelines/a/pauses", "v1/events", "*", "/v1/events{sequence}", "/healthz/"}) {
        const Match found = match("GET", path);
        EXPECT_EQ(found.route, nullptr) << path;
        EXPECT_TRUE(found.allowed_methods.empty()) << path;
    }
}

TEST(Routes, NameTheMethodsThatAPathTakesOnce) {
    EXPECT_EQ(match("PUT", "/v1/events").allowed_methods, "POST, GET");
    EXPECT_EQ(match("POST", "/v1/types").allowed_methods, "GET");
    EXPECT_EQ(match("POST", "/v1/events/7").allowed_methods, "GET");
    EXPECT_EQ(match("POST", "/v1/events/stream").allowed_methods, "GET");
    EXPECT_EQ(match("get", "/healthz").allowed_methods, "GET");
}

TEST(Routes, AreDocumentedAndDistinct) {
    std::set<std::string> known;
    for (const Route& route : routes()) {
        EXPECT_TRUE(known.insert(std::string(name_of(route.method)) + std::string(route.path)).second)
            << route.path;
        EXPECT_TRUE(route.summary.ends_with('.')) << route.path;
        EXPECT_FALSE(route.reply_type.empty()) << route.path;
        for (const Parameter& parameter : route.parameters)
            EXPECT_FALSE(parameter.summary.empty()) << parameter.name;
    }
}

TEST(Routes, OnlyHealthIsOpenToEverybody) {
    for (const Route& route : routes())
        EXPECT_EQ(route.scope == Scope::none, route.path == "/healthz" || route.path == "/readyz")
            << route.path;
}

}  // namespace
}  // namespace tocsin::daemon::api
