// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/emit_lines.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>

#include "cli/commands/client.hpp"
#include "cli/commands/line_batches.hpp"
#include "cli/commands/trace_context.hpp"
#include "cli/connection/target.hpp"
#include "cli/output/progress.hpp"
#include "cli/output/table.hpp"
#include "common/api/receipts.hpp"
#include "common/core/bus_folders.hpp"
#include "common/core/clock.hpp"
#include "common/core/exit_status.hpp"
#include "common/core/uuid.hpp"

namespace tocsin::cli::commands {
namespace {

using core::Error;
using event::Receipt;
using Clock = std::chrono::steady_clock;

/// Asking a daemon that does not answer costs the whole timeout, so it is asked again after so many times as
/// long as the last try took.
constexpr int patience_factor = 20;
constexpr std::chrono::seconds shortest_pause{1};
constexpr std::chrono::seconds longest_pause{60};

connection::Target target_for(const LinesOptions& options) {
    connection::Target target = emit_target(options.bus);
    if (options.default_type) target.with("default_type", *options.default_type);
    return target;
}

std::string lines_text(std::size_t first, std::size_t last) {
    if (first == last) return "line " + std::to_string(first);
    return "lines " + std::to_string(first) + " to " + std::to_string(last);
}

class LineEmitter {
 public:
    LineEmitter(const LinesOptions& options, output::Console& console)
        : options_(options),
          console_(console),
          progress_(console),
          spool_(options.bus.spool),
          connection_(options.bus.socket),
          target_(target_for(options)),
          trace_(trace_context(core::process_environment).value_or(event::TraceContext())),
          request_{"POST", target_.text(), {{"Content-Type", "application/x-ndjson"}}, {}} {
        if (trace_.traceparent.empty()) return;
        request_.headers.emplace_back("traceparent", trace_.traceparent);
        if (!trace_.tracestate.empty()) request_.headers.emplace_back("tracestate", trace_.tracestate);
    }

    void run() {
        LineBatches batches(STDIN_FILENO);
        for (Batch batch = next(batches); !batch.empty(); batch = next(batches))
            send(batch, [&] { batches.read_ahead(); });
        progress_.clear();
        if (options_.form == output::Form::human && console_.out().is_terminal())
            console_.out().line(summary());
    }

 private:
    Batch next(LineBatches& batches) try { return batches.next(); } catch (const Error& error) {
        progress_.clear();
        if (!error.line()) throw;
        throw Error(error.code(), lines_text(*error.line(), *error.line()) + ": " + error.what() + so_far(),
                    error.hint());
    }

    /// A batch gets a name before the first try, which names lines without an id: whoever stores it, and
    /// however often it comes, each is stored once.
    void send(const Batch& batch, const std::function<void()>& meanwhile) {
        if (spool_) {
            name_ = core::to_text(ids_.next(core::SystemClock().now()));
            connection::Target target = target_;
            request_.target = target.with("batch", name_).text();
        }
        if (failure_ && Clock::now() < ask_again_) return spool(batch, *failure_);
        const auto begun = Clock::now();
        try {
            account(ask(batch, meanwhile));
            failure_.reset();
        } catch (const Error& error) {
            if (!spool_ || !is_for_the_spool(error)) throw;
            spool(batch, error);
            failure_ = error;
            const auto pause = (Clock::now() - begun) * patience_factor;
            ask_again_ = Clock::now() + std::clamp<Clock::duration>(pause, shortest_pause, longest_pause);
        }
    }

    std::vector<Receipt> ask(const Batch& batch, const std::function<void()>& meanwhile) {
        request_.body = batch.body;
        try {
            const auto deadline = connection::Deadline::in(options_.timeout);
            return api::parse_receipts(
                body_of(call_within_rate(connection_, request_, deadline, meanwhile), connection_.path()));
        } catch (const core::Exit& exit) {
            progress_.clear();
            const std::string outcome = connection_.sent() ? ", so what is stored of them is unknown" : "";
            throw core::Exit(exit.status(), exit.code(),
                             place(batch) + ": " + exit.what() + outcome + so_far(),
                             "when it answers, " + resume(batch));
        } catch (const Error& error) {
            progress_.clear();
            throw told_by_line(batch, error);
        }
    }

    Error told_by_line(const Batch& batch, const Error& error) const {
        const std::string what = place(batch, error.line()) + ": " + error.what() + so_far();
        const std::string hint = error.hint() + (error.hint().empty() ? "" : ", then ") + resume(batch);
        if (error.code() == core::Code::unavailable) return Error::unavailable(error.reason(), what, hint);
        return {error.code(), what, hint};
    }

    void spool(const Batch& batch, const Error& why) {
        progress_.clear();
        try {
            check_lines(batch.body);
        } catch (const Error& error) {
            throw told_by_line(batch, error);
        }
        write_to_spool(spool_.value(),
                       {core::SystemClock().now(), options_.default_type.value_or(""), name_,
                        trace_.traceparent, trace_.tracestate},
                       batch.body, why);
        spooled_ += batch.line_numbers.size();
        if (options_.form == output::Form::json)
            for (const std::size_t line : batch.line_numbers)
                console_.out().line("{\"line\":" + std::to_string(line) + ",\"spooled\":true}");
        console_.out().flush();
    }

    void account(const std::vector<Receipt>& receipts) {
        std::string line;
        for (const Receipt& receipt : receipts) {
            duplicates_ += receipt.outcome == Receipt::Outcome::duplicate ? 1 : 0;
            if (options_.form != output::Form::json) continue;
            line.clear();
            api::append_receipt(receipt, line);
            console_.out().line(line);
        }
        acknowledged_ += receipts.size();
        console_.out().flush();
        progress_.show(acknowledged_);
    }

    /// The daemon counts the lines of one batch; people count those of their input.
    static std::string place(const Batch& batch, std::optional<std::size_t> line = std::nullopt) {
        const auto& numbers = batch.line_numbers;
        if (line && *line >= 1 && *line <= numbers.size())
            return lines_text(numbers[*line - 1], numbers[*line - 1]);
        return lines_text(numbers.front(), numbers.back());
    }
    std::string so_far() const {
        const std::string spooled = spooled_ == 0 ? "" : " and " + std::to_string(spooled_) + " spooled";
        return " (" + std::to_string(acknowledged_) + " events acknowledged" + spooled + " before)";
    }
    static std::string resume(const Batch& batch) {
        return "go on from line " + std::to_string(batch.line_numbers.front());
    }
    std::string summary() const {
        std::string text = output::grouped(acknowledged_) + " events acknowledged";
        if (duplicates_ != 0) text += ", " + output::grouped(duplicates_) + " of them duplicates";
        if (spooled_ != 0) text += ", " + output::grouped(spooled_) + " spooled";
        return text;
    }

    const LinesOptions& options_;
    output::Console& console_;
    output::Progress progress_;
    std::optional<connection::Spool> spool_;
    connection::Connection connection_;
    connection::Target target_;
    event::TraceContext trace_;
    connection::Request request_;
    core::UuidSource ids_;
    std::string name_;              // of the batch
    std::optional<Error> failure_;  // why the last batch was spooled
    Clock::time_point ask_again_;
    std::uint64_t acknowledged_ = 0;
    std::uint64_t duplicates_ = 0;
    std::uint64_t spooled_ = 0;
};

}  // namespace

void emit_lines(const LinesOptions& options, output::Console& console) {
    LineEmitter(options, console).run();
}

}  // namespace tocsin::cli::commands
