// SPDX-License-Identifier: Apache-2.0
#include "common/qr/payload/epc.hpp"

#include <algorithm>
#include <array>

#include "common/core/error.hpp"
#include "common/qr/payload/banking.hpp"
#include "common/qr/payload/checks.hpp"

namespace tocsin::qr::payload {
namespace {

constexpr std::size_t max_bytes = 331;
constexpr std::size_t max_name = 70;
constexpr std::size_t max_text = 140;
constexpr std::size_t max_information = 70;
constexpr Demands demands{.level = 'M', .max_version = 13, .source = "EPC069-12"};

std::string bic_of(const Epc& transfer) {
    if (!transfer.bic.empty()) return checked_bic(transfer.bic);
    if (transfer.version == EpcVersion::v1)
        refuse("version 001 needs the BIC of the beneficiary's bank", "give it, or use version 002");
    return {};
}

std::string purpose_of(const Epc& transfer) {
    std::string purpose = capitals(transfer.purpose);
    if (purpose.size() > 4 ||
        !std::ranges::all_of(purpose, [](char c) { return is_letter(c) || is_digit(c); }))
        refuse("the purpose '" + transfer.purpose + "' is not a code of at most 4 letters or digits",
               "give a code such as CHAR, and words as the text");
    return purpose;
}

std::string line(const std::string& field, const std::string& value, std::size_t limit) {
    require_text(field, value);
    require_at_most(field, value, limit);
    return value;
}

std::string reference_of(const Epc& transfer) {
    if (transfer.reference.empty()) return {};
    if (!transfer.text.empty())
        refuse("there are a reference and a text, and a transfer has one of them", "leave out one");
    return checked_creditor_reference(transfer.reference);
}

}  // namespace

Payload to_payload(const Epc& transfer) {
    require_some("the name", transfer.name);
    const std::array<std::string, 12> lines{
        "BCD",
        transfer.version == EpcVersion::v1 ? "001" : "002",
        "1",
        "SCT",
        bic_of(transfer),
        line("the name", transfer.name, max_name),
        checked_iban(transfer.iban),
        transfer.amount.empty() ? "" : "EUR" + checked_amount(transfer.amount),
        purpose_of(transfer),
        reference_of(transfer),
        line("the text", transfer.text, max_text),
        line("the information", transfer.information, max_information)};
    std::string text;
    for (const std::string& value : lines) (text += value) += '\n';
    text.erase(text.find_last_not_of('\n') + 1);
    if (text.size() > max_bytes)
        throw core::Error(core::Code::too_large,
                          "the transfer takes " + std::to_string(text.size()) + " bytes, " +
                              std::to_string(text.size() - max_bytes) + " more than EPC069-12 allows",
                          "shorten the text or the information");
    return {text, demands};
}

}  // namespace tocsin::qr::payload
