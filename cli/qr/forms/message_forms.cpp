// SPDX-License-Identifier: Apache-2.0
// The builders whose code opens an app with something filled in: a place, a number, a message.
#include "cli/qr/forms/payload_makers.hpp"
#include "cli/qr/forms/payload_words.hpp"
#include "common/qr/payload/geo.hpp"
#include "common/qr/payload/message.hpp"

namespace tocsin::cli::qr::forms {
namespace {

namespace payload = tocsin::qr::payload;

class GeoForm final : public PayloadForm {
 public:
    void declare(words::Options& options) override {
        options.group("Place")
            .text("--latitude", "DEGREES", latitude_, "Degrees north, -90 to 90, as 48.20849")
            .text("--longitude", "DEGREES", longitude_, "Degrees east, -180 to 180, as 16.37208")
            .text("--altitude", "METRES", altitude_, "Above the ellipsoid of WGS 84")
            .text("--uncertainty", "METRES", uncertainty_, "How far from there it may be")
            .text("--label", "TEXT", label_, "A name that maps on Android show");
    }

    payload::Payload payload() const override {
        return to_payload(payload::Geo{.latitude = words_.required(latitude_, "--latitude"),
                                       .longitude = words_.required(longitude_, "--longitude"),
                                       .altitude = altitude_.value_or(""),
                                       .uncertainty = uncertainty_.value_or(""),
                                       .label = label_.value_or("")});
    }

 private:
    PayloadWords words_{"geo"};
    std::optional<std::string> latitude_, longitude_, altitude_, uncertainty_, label_;
};

class SmsForm final : public PayloadForm {
 public:
    void declare(words::Options& options) override {
        options.group("Message")
            .text("--number", "NUMBER", number_, "Whom it goes to: + and country code, or a short code")
            .text("--text", "TEXT", text_, "The message; may have several lines")
            .flag("--sms-uri", uri_,
                  "Write it as RFC 5724 says, sms:NUMBER?body=TEXT\n[default: SMSTO:NUMBER:TEXT]");
    }

    payload::Payload payload() const override {
        return to_payload(payload::Sms{.number = words_.required(number_, "--number"),
                                       .text = text_.value_or(""),
                                       .syntax = uri_ ? payload::SmsSyntax::uri : payload::SmsSyntax::smsto});
    }

 private:
    PayloadWords words_{"sms"};
    std::optional<std::string> number_, text_;
    bool uri_ = false;
};

class TelForm final : public PayloadForm {
 public:
    void declare(words::Options& options) override {
        options.group("Call")
            .text("--number", "NUMBER", number_, "+ and country code; a local number needs --context")
            .text("--extension", "DIGITS", extension_, "What to dial when the call is taken")
            .text("--context", "WHERE", context_,
                  "Where a local number is valid: a prefix as +43, or a domain");
    }

    payload::Payload payload() const override {
        return to_payload(payload::Tel{.number = words_.required(number_, "--number"),
                                       .extension = extension_.value_or(""),
                                       .context = context_.value_or("")});
    }

 private:
    PayloadWords words_{"tel"};
    std::optional<std::string> number_, extension_, context_;
};

class MailForm final : public PayloadForm {
 public:
    void declare(words::Options& options) override {
        options.group("Mail")
            .texts("--to", "ADDRESS", to_,
                   "Whom it goes to, as name@example.org;\nmay be given several times")
            .texts("--cc", "ADDRESS", cc_, "Who gets a copy; may be given several times")
            .texts("--bcc", "ADDRESS", bcc_, "Who gets a copy unseen; may be given several times")
            .text("--subject", "TEXT", subject_, "The subject")
            .text("--body", "TEXT", body_, "The text; may have several lines");
    }

    payload::Payload payload() const override {
        if (to_.empty()) throw words_.misused("--to is missing");
        return to_payload(payload::Mail{
            .to = to_, .cc = cc_, .bcc = bcc_, .subject = subject_.value_or(""), .body = body_.value_or("")});
    }

 private:
    PayloadWords words_{"mail"};
    std::vector<std::string> to_, cc_, bcc_;
    std::optional<std::string> subject_, body_;
};

}  // namespace

std::unique_ptr<PayloadForm> geo_form() { return std::make_unique<GeoForm>(); }
std::unique_ptr<PayloadForm> sms_form() { return std::make_unique<SmsForm>(); }
std::unique_ptr<PayloadForm> tel_form() { return std::make_unique<TelForm>(); }
std::unique_ptr<PayloadForm> mail_form() { return std::make_unique<MailForm>(); }

}  // namespace tocsin::cli::qr::forms
