// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/daemon/curl/certificate.hpp"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <stdexcept>

namespace tocsin::daemon::curl {
namespace {

void require(bool is_done) {
    if (!is_done) throw std::runtime_error("OpenSSL makes no certificate");
}

/// Looks at nothing but where a request's header ends.
void answer_all(SSL* tls) {
    constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    std::array<char, 65536> part{};
    if (SSL_accept(tls) != 1) return;
    for (std::string text;;) {
        const int count = SSL_read(tls, part.data(), static_cast<int>(part.size()));
        if (count <= 0) return;
        text.append(part.data(), static_cast<std::size_t>(count));
        if (text.find("\r\n\r\n") == std::string::npos) continue;
        text.clear();
        if (SSL_write(tls, answer.data(), static_cast<int>(answer.size())) <= 0) return;
    }
}

}  // namespace

Certificate::Certificate(const std::string& names)
    : key_(EVP_EC_gen("P-256"), &EVP_PKEY_free), certificate_(X509_new(), &X509_free) {
    X509* made = certificate_.get();
    require(X509_set_version(made, X509_VERSION_3) == 1);
    ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
    X509_gmtime_adj(X509_getm_notBefore(made), -86400);
    X509_gmtime_adj(X509_getm_notAfter(made), 86400);
    X509_NAME* name = X509_get_subject_name(made);
    const std::array<unsigned char, 5> common_name{'t', 'e', 's', 't', 's'};
    require(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC, common_name.data(),
                                       static_cast<int>(common_name.size()), -1, 0) == 1 &&
            X509_set_issuer_name(made, name) == 1);
    require(X509_set_pubkey(made, key_.get()) == 1);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str()), &X509_EXTENSION_free);
    require(extension && X509_add_ext(made, extension.get(), -1) == 1);
    require(X509_sign(made, key_.get(), EVP_sha256()) > 0);
}

void Certificate::write(const std::filesystem::path& path) const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> file(BIO_new_file(path.c_str(), "w"), &BIO_free);
    require(file && PEM_write_bio_X509(file.get(), certificate_.get()) == 1);
}

Receiver::Conversation Certificate::answering() const {
    return [this](int socket) {
        const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()),
                                                                        &SSL_CTX_free);
        require(context && SSL_CTX_use_certificate(context.get(), certificate_.get()) == 1 &&
                SSL_CTX_use_PrivateKey(context.get(), key_.get()) == 1);
        const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context.get()), &SSL_free);
        require(tls && SSL_set_fd(tls.get(), socket) == 1);
        answer_all(tls.get());
    };
}

}  // namespace tocsin::daemon::curl
