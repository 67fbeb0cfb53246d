// SPDX-License-Identifier: Apache-2.0
#include "daemon/api/token.hpp"

#include <gtest/gtest.h>

#include <set>

#include "common/core/error.hpp"
#include "daemon/adapters/openssl/crypto.hpp"

namespace tocsin::daemon::api {
namespace {

TEST(Token, DigestIsThatOfTheStandard) {
    // FIPS 180-4's example.
    EXPECT_EQ(to_hex(openssl::sha256("abc")),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Token, CodeOfAMessageIsThatOfTheStandard) {
    // RFC 4231, test cases 2 and 6: a short key, and one longer than a block.
    EXPECT_EQ(to_hex(openssl::hmac_sha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(to_hex(openssl::hmac_sha256(std::string(131, '\xaa'),
                                          "Test Using Larger Than Block-Size Key - Hash Key First")),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Token, DigestsGoThroughText) {
    const Digest digest = openssl::sha256("x");
    EXPECT_EQ(parse_digest(to_hex(digest)), digest);
    EXPECT_TRUE(are_equal(digest, digest));
    for (std::size_t i = 0; i < digest.size(); ++i) {
        Digest other = digest;
        other[i] ^= 1;
        EXPECT_FALSE(are_equal(digest, other)) << i;
    }
    for (const std::string& text :
         {std::string(), std::string(63, '0'), std::string(65, '0'), std::string(64, 'g')})
        EXPECT_THROW(parse_digest(text), core::Error) << text;
}

TEST(Token, NewOnesAre256RandomBitsInBase64Url) {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const std::string token = openssl::new_token();
        EXPECT_EQ(token.size(), 4U + 43U);
        EXPECT_TRUE(token.starts_with("tcs_"));
        EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                  std::string::npos);
        EXPECT_TRUE(seen.insert(token).second);
    }
}

TEST(Token, NamesAreWords) {
    for (const char* name : {"ci", "web-1.prod_2", "A"}) EXPECT_EQ(checked_token_name(name), name);
    for (const std::string& name :
         {std::string(), std::string("a b"), std::string("a/b"), std::string("ä"), std::string(65, 'a')})
        EXPECT_THROW(checked_token_name(name), core::Error) << name;
}

TEST(Token, IsReadOffTheHeader) {
    EXPECT_EQ(bearer_token("Bearer abc"), "abc");
    EXPECT_EQ(bearer_token("bEaReR   abc"), "abc");
    EXPECT_EQ(bearer_token("Bearer "), "");
    for (const char* header : {"", "Bearer", "Basic abc", "Bearerabc", " Bearer abc"})
        EXPECT_FALSE(bearer_token(header)) << header;
}

}  // namespace
}  // namespace tocsin::daemon::api
