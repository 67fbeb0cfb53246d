// SPDX-License-Identifier: Apache-2.0
#include "cli/qr/forms/payload_forms.hpp"

#include <array>

#include "cli/qr/forms/payload_makers.hpp"

namespace tocsin::cli::qr::forms {
namespace {

constexpr std::array rows{
    PayloadRow{"wifi", "Access to a wireless network.",
               "tocsin qr wifi --ssid 'Guest; room 7' --password-file guest.txt -o wifi.png", wifi_form},
    PayloadRow{"vcard", "A business card, as address books read it.",
               "tocsin qr vcard --given Ada --family Lovelace --phone work:+442079460018 "
               "--email ada@example.org -o card.svg",
               vcard_form},
    PayloadRow{"mecard", "A business card in a short form: a smaller code.",
               "tocsin qr mecard --given Ada --family Lovelace --phone +442079460018 -o card.png",
               mecard_form},
    PayloadRow{"geo", "A place on the map.",
               "tocsin qr geo --latitude 48.20849 --longitude 16.37208 --label Stephansdom -o place.png",
               geo_form},
    PayloadRow{"sms", "A text message to send.",
               "tocsin qr sms --number +436641234567 --text 'Table for two' -o sms.png", sms_form},
    PayloadRow{"tel", "A number to call.", "tocsin qr tel --number '+43 1 234567' -o call.png", tel_form},
    PayloadRow{"mail", "A mail to write.",
               "tocsin qr mail --to help@example.org --subject 'Machine 7' --body 'It stopped' -o mail.png",
               mail_form},
    PayloadRow{"otpauth", "The secret of one-time passwords, for an authenticator app.",
               "tocsin qr otpauth --issuer Example --account ada@example.org --secret-file - < secret.txt",
               otpauth_form},
    PayloadRow{
        "epc", "A SEPA credit transfer for a banking app (EPC QR code, Girocode).",
        "tocsin qr epc --name 'Red Cross' --iban BE72000000001616 --amount 25 --text Donation -o pay.png",
        epc_form},
    PayloadRow{"event", "An appointment for the calendar.",
               "tocsin qr event --summary Concert --start 2026-12-24T19:30 --duration 2h --location Vienna "
               "-o event.png",
               event_form},
};

}  // namespace

std::span<const PayloadRow> payload_rows() { return rows; }

}  // namespace tocsin::cli::qr::forms
