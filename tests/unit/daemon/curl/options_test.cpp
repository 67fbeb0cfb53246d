// SPDX-License-Identifier: Apache-2.0
// What configuration may say, and signatures.
#include "daemon/adapters/curl/options.hpp"

#include <gtest/gtest.h>

#include "common/core/error.hpp"
#include "common/event/json_text.hpp"
#include "daemon/adapters/openssl/crypto.hpp"

namespace tocsin::daemon::curl {
namespace {

constexpr const char* known_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

template <typename Call>
bool is_invalid(Call call) {
    try {
        call();
    } catch (const core::Error& error) {
        return error.code() == core::Code::invalid && !error.hint().empty();
    }
    return false;
}

std::string secret_of(std::size_t bytes) {
    std::string text = "whsec_";
    event::append_base64(std::string(bytes, 'k'), text);
    return text;
}

TEST(Url, IsOfHttpWithAHost) {
    for (const char* url :
         {"http://a", "https://example.org:8443/a/b?c=d", "HTTPS://[::1]:1/", "http://1.2.3.4"})
        EXPECT_NO_THROW(check_url(url)) << url;
    for (const char* url : {"", "example.org", "/path", "ftp://a/b", "file:///etc/passwd", "unix:///a",
                            "http://", "http://a b/", "http://a/ä", "http://a/\r\nX: y", "http://a:99999/",
                            "http://user@a/", "https://user:pass@a/"})
        EXPECT_TRUE(is_invalid([&] { check_url(url); })) << url;
}

TEST(Header, IsAFreeOneOnOneLine) {
    for (const auto& [name, value] : {std::pair("Authorization", "Bearer x y"), std::pair("X-Empty", ""),
                                      std::pair("user-agent", "Grüße"), std::pair("X_1.2~", "\"a\", b")})
        EXPECT_NO_THROW(check_header(name, value)) << name;
    for (const char* name : {"", "a b", "a:", "ä", "X\r\nY", "host", "Content-Length", "CONTENT-TYPE",
                             "connection", "Transfer-Encoding", "TE", "upgrade", "Trailer", "Expect", "ce-id",
                             "CE-x", "Webhook-Id", "webhook-signature", "traceparent"})
        EXPECT_TRUE(is_invalid([&] { check_header(name, "x"); })) << name;
    for (const std::string& value : {std::string("a\r\nX: b"), std::string("a\nb"), std::string("\0", 1),
                                     std::string("\t"), std::string("\xff")})
        EXPECT_TRUE(is_invalid([&] { check_header("X-A", value); })) << value;
}

TEST(Secret, Has24To64Bytes) {
    EXPECT_EQ(Secret::parse(known_secret).key().size(), 24U);
    EXPECT_EQ(Secret::parse(secret_of(64)).key(), std::string(64, 'k'));
    for (const std::string& text : {std::string(), std::string("whsec_"), secret_of(23), secret_of(65),
                                    std::string(known_secret).substr(6), std::string(known_secret) + "\n",
                                    "whsec_" + std::string(32, '!')})
        EXPECT_TRUE(is_invalid([&] { Secret::parse(text); })) << text;
}

TEST(Secret, IsNotInTheError) {
    try {
        Secret::parse("whsec_tooshort");
        ADD_FAILURE();
    } catch (const core::Error& error) {
        EXPECT_EQ((error.what() + error.hint()).find("tooshort"), std::string::npos);
    }
}

TEST(Secret, ThereAreTwoAtMost) {
    const std::vector<std::string> three(3, known_secret);
    EXPECT_EQ(parse_secrets(std::span(three).first(2)).size(), 2U);
    EXPECT_TRUE(parse_secrets({}).empty());
    EXPECT_TRUE(is_invalid([&] { parse_secrets(three); }));
}

TEST(Signature, IsThatOfStandardWebhooks) {
    // the vector that its libraries share
    const std::vector<Secret> secrets{Secret::parse(known_secret)};
    EXPECT_EQ(signatures("msg_p5jXN8AQM9LWM0D4loKWxJek", core::from_microseconds(1'614'265'330'999'999),
                         R"({"test": 2432232314})", secrets, openssl::hmac_sha256),
              "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(Signature, ThereIsOneOfEachSecret) {
    const std::vector<Secret> both{Secret::parse(known_secret), Secret::parse(secret_of(32))};
    const auto sign = [](std::span<const Secret> secrets) {
        return signatures("a", core::from_microseconds(0), "b", secrets, openssl::hmac_sha256);
    };
    EXPECT_EQ(sign(both), sign(std::span(both).first(1)) + " " + sign(std::span(both).last(1)));
}

}  // namespace
}  // namespace tocsin::daemon::curl
