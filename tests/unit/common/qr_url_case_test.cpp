// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "common/qr/payload/url_case.hpp"

namespace tocsin::qr::payload {
namespace {

TEST(UrlCase, RaisesOnlyWhatMayBeRaised) {
    struct Row {
        const char *text, *safe, *max;
    };
    for (const auto& [text, safe, max] : {
             Row{"https://qr.example.com/r/ab", "https://QR.EXAMPLE.COM/r/ab", "HTTPS://QR.EXAMPLE.COM/r/ab"},
             Row{"HTTP://Example.org", "http://EXAMPLE.ORG", "HTTP://EXAMPLE.ORG"},
             Row{"https://me:pw@host:8080?q=a%2fb", "https://me:pw@HOST:8080?q=a%2fb",
                 "HTTPS://me:pw@HOST:8080?q=a%2Fb"},
             Row{"https://a.b#c@d", "https://A.B#c@d", "HTTPS://A.B#c@d"},
             Row{"https://", "https://", "HTTPS://"},
             Row{"ftp://host/x", "ftp://host/x", "ftp://host/x"},
             Row{"see https://a.b", "see https://a.b", "see https://a.b"},
             Row{"mailto:me@host", "mailto:me@host", "mailto:me@host"},
             Row{"", "", ""},
             Row{"https://a/%zz%4", "https://A/%zz%4", "HTTPS://A/%zz%4"},
         }) {
        EXPECT_EQ(with_case(text, UrlCase::keep), text);
        EXPECT_EQ(with_case(text, UrlCase::safe), safe);
        EXPECT_EQ(with_case(text, UrlCase::max), max);
    }
}

TEST(UrlCase, HasNames) {
    EXPECT_EQ(url_case_named("safe"), UrlCase::safe);
    EXPECT_EQ(url_case_named("max"), UrlCase::max);
    EXPECT_EQ(url_case_named("keep"), UrlCase::keep);
    EXPECT_EQ(url_case_named("upper"), std::nullopt);
}

}  // namespace
}  // namespace tocsin::qr::payload
