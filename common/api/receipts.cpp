// SPDX-License-Identifier: Apache-2.0
#include "common/api/receipts.hpp"

#include <nlohmann/json.hpp>

#include "common/core/error.hpp"
#include "common/event/json_text.hpp"

namespace tocsin::api {

using event::Receipt;

void append_receipt(const Receipt& receipt, std::string& out) {
    out += "{\"id\":";
    event::append_json_string(receipt.id, out);
    out += ",\"sequence\":\"";
    core::append_sequence(receipt.seq, out);
    out +=
        receipt.outcome == Receipt::Outcome::duplicate ? "\",\"duplicate\":true}" : "\",\"duplicate\":false}";
}

std::string receipts_json(const std::vector<Receipt>& receipts) {
    std::string out = "{\"receipts\":[";
    out.reserve(32 + receipts.size() * 96);
    for (const Receipt& receipt : receipts) {
        if (&receipt != &receipts.front()) out += ',';
        append_receipt(receipt, out);
    }
    out += "]}";
    return out;
}

std::vector<Receipt> parse_receipts(std::string_view text) {
    try {
        const auto json = nlohmann::json::parse(text);
        std::vector<Receipt> receipts;
        for (const auto& item : json.at("receipts")) {
            const auto seq = core::parse_sequence(item.at("sequence").get<std::string>());
            receipts.push_back(
                {item.at("id").get<std::string>(), seq.value_or(0),
                 item.at("duplicate").get<bool>() ? Receipt::Outcome::duplicate : Receipt::Outcome::stored});
        }
        return receipts;
    } catch (const nlohmann::json::exception& error) {
        throw core::Error(core::Code::internal, std::string("the receipts can't be read: ") + error.what(),
                          "check that tocsin and tocsind have the same version");
    }
}

}  // namespace tocsin::api
