// SPDX-License-Identifier: Apache-2.0
// The builders of records for other programs: a transfer, an appointment.
#include <chrono>

#include "cli/qr/forms/payload_makers.hpp"
#include "cli/qr/forms/payload_words.hpp"
#include "common/core/clock.hpp"
#include "common/qr/payload/epc.hpp"
#include "common/qr/payload/event.hpp"

namespace tocsin::cli::qr::forms {
namespace {

namespace payload = tocsin::qr::payload;

class EpcForm final : public PayloadForm {
 public:
    void declare(words::Options& options) override {
        options.group("Transfer")
            .text("--name", "NAME", name_, "Who gets the money, at most 70 characters")
            .text("--iban", "IBAN", iban_, "Their account; spaces don't count")
            .text("--bic", "BIC", bic_, "Their bank; only version 1 needs it")
            .text("--amount", "EUROS", amount_,
                  "0.01 to 999999999.99, as 25 or 25.50\n[default: the payer fills it in]")
            .text("--purpose", "CODE", purpose_, "A purpose code of ISO 20022, at most 4 characters, as CHAR")
            .text("--reference", "REFERENCE", reference_, "A creditor reference, as RF18539007547034")
            .text("--text", "TEXT", text_, "What it is for, at most 140 characters;\ninstead of a reference")
            .text("--note", "TEXT", note_, "For the payer, at most 70 characters")
            .text("--epc-version", "1|2", version_, "The version of the format [default: 2]");
    }

    payload::Payload payload() const override {
        payload::Epc transfer;
        transfer.version = words_.choice<payload::EpcVersion>(version_.value_or("2"), "--epc-version",
                                                              {{"1", payload::EpcVersion::v1},
                                                               {"2", payload::EpcVersion::v2},
                                                               {"001", payload::EpcVersion::v1},
                                                               {"002", payload::EpcVersion::v2}});
        transfer.name = words_.required(name_, "--name");
        transfer.iban = words_.required(iban_, "--iban");
        transfer.bic = bic_.value_or("");
        transfer.amount = amount_.value_or("");
        transfer.purpose = purpose_.value_or("");
        transfer.reference = reference_.value_or("");
        transfer.text = text_.value_or("");
        transfer.information = note_.value_or("");
        return to_payload(transfer);
    }

 private:
    PayloadWords words_{"epc"};
    std::optional<std::string> name_, iban_, bic_, amount_, purpose_, reference_, text_, note_, version_;
};

class EventForm final : public PayloadForm {
 public:
    void declare(words::Options& options) override {
        options.group("Event")
            .text("--summary", "TEXT", summary_, "What it is")
            .text("--start", "TIME", start_,
                  "2026-12-24 (the whole day), 2026-12-24T18:00 (the reader's\n"
                  "local time), or the same with Z or +01:00 behind it")
            .text("--end", "TIME", end_, "As the start; for whole days the last one")
            .text("--duration", "DURATION", duration_, "Instead of an end, as 90m, 2h or 3d")
            .text("--location", "TEXT", location_, "Where")
            .text("--description", "TEXT", description_, "Anything else; may have several lines")
            .text("--uid", "ID", uid_,
                  "Its name, by which calendars know it again\n[default: made of the event]")
            .text("--stamp", "TIME", stamp_, "When this was written, with Z or +01:00 [default: now]")
            .flag("--bare", bare_, "The lines of the event alone: shorter, and what a few\nreaders want");
    }

    payload::Payload payload() const override {
        payload::Event event{
            .summary = words_.required(summary_, "--summary"),
            .start = payload::parse_event_time("--start", words_.required(start_, "--start"))};
        if (end_) event.end = payload::parse_event_time("--end", *end_);
        if (duration_) event.duration = duration(*duration_);
        event.location = location_.value_or("");
        event.description = description_.value_or("");
        event.uid = uid_.value_or("");
        event.stamp = stamp();
        if (bare_) event.syntax = payload::EventSyntax::bare;
        return to_payload(event);
    }

 private:
    std::chrono::seconds duration(const std::string& text) const {
        const auto span = core::parse_duration(text);
        if (!span || *span % std::chrono::seconds(1) != std::chrono::seconds(0))
            throw words_.misused("--duration '" + text + "' is not a duration such as 90m, 2h or 3d");
        return std::chrono::floor<std::chrono::seconds>(*span);
    }

    std::chrono::sys_seconds stamp() const {
        if (!stamp_) return std::chrono::floor<std::chrono::seconds>(core::SystemClock().now());
        const auto time = payload::parse_event_time("--stamp", *stamp_);
        if (const auto* point = std::get_if<std::chrono::sys_seconds>(&time)) return *point;
        throw words_.misused("--stamp '" + *stamp_ + "' has neither Z nor an offset behind it");
    }

    PayloadWords words_{"event"};
    std::optional<std::string> summary_, start_, end_, duration_, location_, description_, uid_, stamp_;
    bool bare_ = false;
};

}  // namespace

std::unique_ptr<PayloadForm> epc_form() { return std::make_unique<EpcForm>(); }
std::unique_ptr<PayloadForm> event_form() { return std::make_unique<EventForm>(); }

}  // namespace tocsin::cli::qr::forms
