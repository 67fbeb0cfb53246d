// SPDX-License-Identifier: Apache-2.0
// One function for each builder's form; what is behind them stands in the `.cpp` files.
#pragma once

#include <memory>

#include "cli/qr/forms/payload_forms.hpp"

namespace tocsin::cli::qr::forms {

std::unique_ptr<PayloadForm> wifi_form();
std::unique_ptr<PayloadForm> vcard_form();
std::unique_ptr<PayloadForm> mecard_form();
std::unique_ptr<PayloadForm> geo_form();
std::unique_ptr<PayloadForm> sms_form();
std::unique_ptr<PayloadForm> tel_form();
std::unique_ptr<PayloadForm> mail_form();
std::unique_ptr<PayloadForm> otpauth_form();
std::unique_ptr<PayloadForm> epc_form();
std::unique_ptr<PayloadForm> event_form();

}  // namespace tocsin::cli::qr::forms
