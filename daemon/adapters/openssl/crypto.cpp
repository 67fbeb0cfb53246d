// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/openssl/crypto.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <array>

#include "common/core/error.hpp"

namespace tocsin::daemon::openssl {
namespace {

constexpr std::string_view base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Six bits a character, the first ones first.
void append_base64url(const std::array<unsigned char, 32>& bytes, std::string& out) {
    unsigned bits = 0;
    unsigned count = 0;
    for (const unsigned char byte : bytes) {
        bits = (bits << 8U) | byte;
        for (count += 8; count >= 6; count -= 6) out += base64url[(bits >> (count - 6)) & 63U];
    }
    out += base64url[(bits << (6 - count)) & 63U];
}

/// C's words for bytes.
const unsigned char* begin_of(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

api::Digest sha256(std::string_view bytes) {
    api::Digest digest{};
    static_assert(digest.size() == SHA256_DIGEST_LENGTH);
    SHA256(begin_of(bytes), bytes.size(), digest.data());
    return digest;
}

api::Digest hmac_sha256(std::string_view key, std::string_view bytes) {
    api::Digest digest{};
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), begin_of(bytes), bytes.size(),
             digest.data(), nullptr) == nullptr)
        throw core::Error(core::Code::internal, "libcrypto makes no HMAC", "try again");
    return digest;
}

std::string new_token() {
    std::array<unsigned char, 32> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw core::Error(core::Code::internal, "the system gives no random numbers", "try again");
    std::string token = "tcs_";
    append_base64url(bytes, token);
    return token;
}

}  // namespace tocsin::daemon::openssl
