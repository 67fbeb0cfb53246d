// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/client.hpp"
#include "cli/commands/draft_builder.hpp"
#include "cli/commands/emit_lines.hpp"
#include "cli/commands/options.hpp"
#include "cli/commands/spooling.hpp"
#include "cli/commands/verbs.hpp"
#include "common/api/receipts.hpp"
#include "common/core/clock.hpp"
#include "common/event/json_text.hpp"

namespace tocsin::cli::commands {
namespace {

using core::Error;
using core::ExitStatus;
using output::Form;

constexpr Synopsis synopsis{
    "TYPE [KEY=TEXT | KEY:=JSON …]", "Emit an event. It is on disk when this returns 0.",
    R"(Data comes from KEY=TEXT and KEY:=JSON words (dots in keys are part of the key), from --data or from
--data-file. stdin is read only for --data-file - and --ndjson. With --ndjson lines are sent as they are, in
batches that are acknowledged one after another: the daemon gives a line its id, source and time where it
carries none, so give lines ids of their own where a retry must not store them twice. With --type a line that is
no event (it has neither type nor data, as journalctl's) becomes the data of one.
When the daemon can't be reached or can't take the event now, it is put on disk in the bus's spool, which the daemon
takes in later, in order and once; that counts as done. A terminal and --json are told.

Examples:
  tocsin emit backup.finished host=web1 size:=123456
  tocsin emit order.created --data '{"id":7,"amount":250}' --id order-7
  tocsin emit report.done --data-file report.json --subject monthly
  journalctl -o json -f | tocsin emit --type host.log --ndjson
  tocsin emit note.taken --json -- -x=1    # words behind -- are never options
  tocsin emit door.opened --no-spool || echo "nobody took it"
)"};

struct EmitOptions {
    EventOptions event;
    std::optional<std::string> default_type;
    std::chrono::milliseconds timeout{std::chrono::seconds(5)};
    bool lines = false;
    bool no_spool = false;
    Form form = Form::human;
};

void declare(Options& options, EmitOptions& to) {
    options.text("--data", "JSON", to.event.data, "The data: one JSON value")
        .text("--data-file", "FILE", to.event.data_file, "Read the data from a file; - is stdin")
        .flag("--ndjson", to.lines, "Read events from stdin, one JSON object a line")
        .text("--type", "TYPE", to.default_type, "With --ndjson: the type of lines that carry none")
        .text("--id", "ID", to.event.id, "The event's id, which makes a retry harmless [default: a UUIDv7]")
        .text("--source", "URI", to.event.source, "Where it comes from [default: //HOST/USER/tocsin]")
        .text("--subject", "TEXT", to.event.subject, "What it is about")
        .text("--time", "TIME", to.event.time, "When it happened (RFC 3339) [default: now]")
        .duration("--timeout", to.timeout, "For connecting and the acknowledgement [default: 5s]")
        .flag("--no-spool", to.no_spool,
              "Fail (69, 75) when the daemon does not take it; leave the spool alone")
        .json(to.form, "Print a receipt as JSON for each event");
}

void show(const event::Draft& draft, const event::Receipt& receipt, Form form, output::Writer& out) {
    const bool duplicate = receipt.outcome == event::Receipt::Outcome::duplicate;
    if (form == Form::json) {
        std::string line;
        api::append_receipt(receipt, line);
        out.line(line);
    } else if (out.is_terminal()) {
        out.line(draft.type.name() + (duplicate ? " duplicate of " : " ") + core::to_text(receipt.seq));
    }
}

void show_spooled(const event::Draft& draft, Form form, output::Writer& out) {
    if (form == Form::json) {
        std::string line = "{\"id\":";
        event::append_json_string(draft.id, line);
        out.line(line + ",\"spooled\":true}");
    } else if (out.is_terminal()) {
        out.line(draft.type.name() + " spooled");
    }
}

/// Sends the draft. When nobody knows whether it was stored, the error says how to try again without harm.
std::vector<event::Receipt> send(const event::Draft& draft, const Bus& bus,
                                 std::chrono::milliseconds timeout) {
    std::string body;
    event::append_json(draft, body);
    connection::Connection connection(bus.socket);
    const connection::Request request{
        "POST", emit_target(bus).text(), {{"Content-Type", "application/cloudevents+json"}}, body};
    const std::string retry = "try again with --id '" + draft.id + "', which stores it once";
    try {
        const auto deadline = connection::Deadline::in(timeout);
        return api::parse_receipts(
            body_of(call_within_rate(connection, request, deadline), connection.path()));
    } catch (const core::Exit& exit) {
        if (!connection.sent() || exit.code() != core::Code::unavailable) throw;
        throw core::Exit(exit.status(), exit.code(),
                         std::string(exit.what()) + ", so whether the event is stored is unknown", retry);
    } catch (const Error& error) {
        if (error.reason() != core::Reason::store_io) throw;
        throw Error::unavailable(error.reason(), error.what(), error.hint() + "; then " + retry);
    }
}

/// Gives the event to the daemon, or else to the spool, under the same id.
void deliver(const event::Draft& draft, Bus bus, const EmitOptions& options, output::Writer& out) {
    const core::Timestamp now = core::SystemClock().now();
    try {
        for (const auto& receipt : send(draft, bus, options.timeout)) show(draft, receipt, options.form, out);
        return;
    } catch (const Error& error) {
        if (!bus.spool || !is_for_the_spool(error)) throw;
        write_to_spool(*bus.spool, {.time = now}, spool_line(draft), error);
    }
    show_spooled(draft, options.form, out);
}

void refuse_event_options(const EmitOptions& options, const std::vector<std::string>& words) {
    const EventOptions& event = options.event;
    if (event.data || event.data_file || event.id || event.source || event.subject || event.time)
        throw usage_error("emit", "with --ndjson each line says its own data, id, source, subject and time");
    if (words.size() > 1 || (!words.empty() && options.default_type))
        throw usage_error("emit", "unexpected word '" + words.back() + "' with --ndjson");
}

void emit_from_stdin(EmitOptions& options, const std::vector<std::string>& words, Bus bus,
                     output::Console& console) {
    refuse_event_options(options, words);
    if (!words.empty()) options.default_type = words.front();
    if (options.default_type) event::Topic::parse(*options.default_type);
    emit_lines({options.default_type, std::move(bus), options.timeout, options.form}, console);
}

}  // namespace

ExitStatus emit(const Call& call, output::Console& console) {
    EmitOptions settings;
    Options options(call, synopsis);
    declare(options, settings);
    const auto words = options.read(console);
    if (!words) return ExitStatus::ok;
    const Bus bus = bus_at(options.socket(), settings.no_spool ? Spooling::never : Spooling::allowed);
    if (settings.lines) {
        emit_from_stdin(settings, *words, bus, console);
        return ExitStatus::ok;
    }
    if (settings.default_type)
        throw usage_error("emit", "--type goes with --ndjson; else the type is the first word");
    if (words->empty()) throw usage_error("emit", "no type is named");
    const event::Draft draft = build_draft(words->front(), std::span(*words).subspan(1), settings.event);
    deliver(draft, bus, settings, console.out());
    return ExitStatus::ok;
}

}  // namespace tocsin::cli::commands
