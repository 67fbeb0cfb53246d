// SPDX-License-Identifier: Apache-2.0
// The builders that carry a password or a secret.
#include "cli/qr/forms/payload_makers.hpp"
#include "cli/qr/forms/payload_words.hpp"
#include "common/qr/payload/otpauth.hpp"
#include "common/qr/payload/wifi.hpp"

namespace tocsin::cli::qr::forms {
namespace {

namespace payload = tocsin::qr::payload;
using payload::Security;

class WifiForm final : public PayloadForm {
 public:
    void declare(words::Options& options) override {
        options.group("Network")
            .text("--ssid", "NAME", ssid_, "The network's name, 1 to 32 bytes")
            .text("--password", "TEXT", password_, "Its password; others see it in the list of processes")
            .text("--password-file", "FILE|-", password_file_,
                  "Read the password from a file or standard input")
            .text("--security", "KIND", security_,
                  "WPA (to WPA3; 8 to 63 characters, or 64 hexadecimal digits),\n"
                  "SAE (WPA3 alone), WEP, nopass or enterprise [default: WPA]")
            .flag("--hidden", hidden_, "The network does not tell its name")
            .flag("--wifi-uri", uri_,
                  "Percent-encode, as the WPA3 specification says;\nfew phones read it yet")
            .flag("--hex-quotes", hex_quotes_,
                  "Quote a name or password of hexadecimal digits alone, for\n"
                  "old readers; iPhones take the quotes for a part of it")
            .group("Enterprise")
            .text("--eap-method", "METHOD", account_method_, "PEAP, TTLS or PWD [default: PEAP]")
            .text("--eap-inner", "METHOD", inner_method_, "MSCHAPV2, MSCHAP, PAP or GTC")
            .text("--identity", "NAME", identity_, "The user's name")
            .text("--anonymous-identity", "NAME", anonymous_identity_, "The name that is sent in the clear");
    }

    payload::Payload payload() const override {
        payload::Wifi wifi;
        wifi.ssid = words_.required(ssid_, "--ssid");
        wifi.security = words_.choice<Security>(security_.value_or("WPA"), "--security",
                                                {{"WPA", Security::wpa},
                                                 {"SAE", Security::sae},
                                                 {"WEP", Security::wep},
                                                 {"nopass", Security::open},
                                                 {"enterprise", Security::enterprise}});
        const auto password = words_.secret(password_, password_file_, "--password");
        if (!password && wifi.security != Security::open)
            throw words_.misused(
                "--password or --password-file is missing; an open network has --security nopass");
        wifi.password = password.value_or("");
        if (hidden_) wifi.visibility = payload::Visibility::hidden;
        if (uri_) wifi.syntax = payload::WifiSyntax::uri;
        if (hex_quotes_) wifi.hex_quotes = payload::HexQuotes::on;
        add_account(wifi);
        return to_payload(wifi);
    }

 private:
    void add_account(payload::Wifi& wifi) const {
        if (wifi.security == Security::enterprise) {
            wifi.account = {account_method_.value_or("PEAP"), inner_method_.value_or(""),
                            words_.required(identity_, "--identity"), anonymous_identity_.value_or("")};
        } else if (account_method_ || inner_method_ || identity_ || anonymous_identity_) {
            throw words_.misused("accounts are for --security enterprise");
        }
    }

    PayloadWords words_{"wifi"};
    std::optional<std::string> ssid_, password_, password_file_, security_;
    std::optional<std::string> account_method_, inner_method_, identity_, anonymous_identity_;
    bool hidden_ = false;
    bool uri_ = false;
    bool hex_quotes_ = false;
};

class OtpauthForm final : public PayloadForm {
 public:
    void declare(words::Options& options) override {
        options.group("Passwords")
            .text("--account", "NAME", account_,
                  "Whose passwords they are: a name or mail address, without ':'")
            .text("--issuer", "NAME", issuer_, "The service that asks for them, without ':'")
            .text("--secret", "BASE32", secret_, "The secret; others see it in the list of processes")
            .text("--secret-file", "FILE|-", secret_file_, "Read the secret from a file or standard input")
            .text("--kind", "KIND", kind_, "totp, by time, or hotp, by a counter [default: totp]")
            .text("--algorithm", "HASH", algorithm_, "SHA1, SHA256 or SHA512 [default: SHA1]")
            .text("--digits", "N", digits_, "Digits of a password, 6 to 8 [default: 6]")
            .text("--period", "SECONDS", period_, "How long a password is valid [default: 30]; for totp")
            .text("--counter", "N", counter_, "The next counter; for hotp, which needs it");
    }

    payload::Payload payload() const override {
        payload::Otp otp;
        otp.account = words_.required(account_, "--account");
        const auto secret = words_.secret(secret_, secret_file_, "--secret");
        if (!secret) throw words_.misused("--secret or --secret-file is missing");
        otp.secret = *secret;
        otp.issuer = issuer_.value_or("");
        otp.kind = words_.choice<payload::OtpKind>(
            kind_.value_or("totp"), "--kind",
            {{"totp", payload::OtpKind::totp}, {"hotp", payload::OtpKind::hotp}});
        otp.hash = words_.choice<payload::OtpHash>(algorithm_.value_or("SHA1"), "--algorithm",
                                                   {{"SHA1", payload::OtpHash::sha1},
                                                    {"SHA256", payload::OtpHash::sha256},
                                                    {"SHA512", payload::OtpHash::sha512}});
        if (digits_) otp.digits = words_.number(*digits_, "--digits");
        if (period_) otp.period = words_.number(*period_, "--period");
        if (counter_) otp.counter = words_.number(*counter_, "--counter");
        return to_payload(otp);
    }

 private:
    PayloadWords words_{"otpauth"};
    std::optional<std::string> account_, issuer_, secret_, secret_file_, kind_, algorithm_;
    std::optional<std::string> digits_, period_, counter_;
};

}  // namespace

std::unique_ptr<PayloadForm> wifi_form() { return std::make_unique<WifiForm>(); }
std::unique_ptr<PayloadForm> otpauth_form() { return std::make_unique<OtpauthForm>(); }

}  // namespace tocsin::cli::qr::forms
