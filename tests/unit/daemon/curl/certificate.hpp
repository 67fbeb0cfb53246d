// SPDX-License-Identifier: Apache-2.0
// A certificate that nobody else knows, and a server that shows it. Thread rule: any thread.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <filesystem>
#include <memory>
#include <string>

#include "tests/support/http_receiver.hpp"

namespace tocsin::daemon::curl {

using tests::Receiver;

class Certificate {
 public:
    /// For these names in OpenSSL's form: `IP:127.0.0.1`, `DNS:example.org`.
    explicit Certificate(const std::string& names);

    /// In PEM, for those who are to trust it.
    void write(const std::filesystem::path& path) const;

    /// Gives each request of a connection the answer 200. The certificate outlives the receiver.
    Receiver::Conversation answering() const;

 private:
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
    std::unique_ptr<X509, decltype(&X509_free)> certificate_;
};

}  // namespace tocsin::daemon::curl
