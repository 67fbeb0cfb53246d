// SPDX-License-Identifier: Apache-2.0
#include "common/api/receipts.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "common/api/problem.hpp"
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

namespace {

bool take(std::string_view word, std::string_view& text) {
    if (!text.starts_with(word)) return false;
    text.remove_prefix(word.size());
    return true;
}

/// A receipt as `append_receipt` writes it, if its id needs no escapes.
std::optional<Receipt> take_receipt(std::string_view& text) {
    Receipt receipt;
    if (!take("{\"id\":\"", text)) return std::nullopt;
    const std::size_t end = std::min(text.find('"'), text.size());
    receipt.id = text.substr(0, end);
    text.remove_prefix(end);
    if (receipt.id.find('\\') != std::string::npos || !take("\",\"sequence\":\"", text)) return std::nullopt;
    const auto seq = core::parse_sequence(text.substr(0, core::sequence_digits));
    text.remove_prefix(std::min(core::sequence_digits, text.size()));
    if (!seq || !take("\",\"duplicate\":", text)) return std::nullopt;
    receipt.seq = *seq;
    receipt.outcome = text.starts_with("true") ? Receipt::Outcome::duplicate : Receipt::Outcome::stored;
    if (!take("true}", text) && !take("false}", text)) return std::nullopt;
    return receipt;
}

/// What a daemon of this version writes, which is nearly always what comes; nothing when it looks different.
std::optional<std::vector<Receipt>> parse_own_receipts(std::string_view text) {
    std::vector<Receipt> receipts;
    if (!take("{\"receipts\":[", text)) return std::nullopt;
    do {
        auto receipt = take_receipt(text);
        if (!receipt) return std::nullopt;
        receipts.push_back(std::move(*receipt));
    } while (take(",", text));
    if (text != "]}") return std::nullopt;
    return receipts;
}

}  // namespace

std::vector<Receipt> parse_receipts(std::string_view text) {
    if (auto receipts = parse_own_receipts(text)) return *std::move(receipts);
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
        throw not_understood("receipts", error.what());
    }
}

}  // namespace tocsin::api
