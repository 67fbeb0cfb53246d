// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/emit_lines.hpp"

#include <unistd.h>

#include <cstdint>
#include <functional>

#include "cli/commands/client.hpp"
#include "cli/commands/line_batches.hpp"
#include "cli/commands/trace_context.hpp"
#include "cli/connection/find_socket.hpp"
#include "cli/connection/target.hpp"
#include "cli/output/progress.hpp"
#include "cli/output/table.hpp"
#include "common/api/receipts.hpp"
#include "common/core/exit_status.hpp"

namespace tocsin::cli::commands {
namespace {

using core::Error;
using event::Receipt;

connection::Request request_for(const LinesOptions& options) {
    connection::Target target("/v1/events");
    if (options.default_type) target.with("default_type", *options.default_type);
    connection::Request request{"POST", target.text(), {{"Content-Type", "application/x-ndjson"}}, {}};
    if (const auto trace = trace_context(connection::process_environment)) {
        request.headers.emplace_back("traceparent", trace->traceparent);
        if (!trace->tracestate.empty()) request.headers.emplace_back("tracestate", trace->tracestate);
    }
    return request;
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
          connection_(options.socket),
          request_(request_for(options)) {}

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

    void send(const Batch& batch, const std::function<void()>& meanwhile) {
        request_.body = batch.body;
        std::vector<Receipt> receipts;
        try {
            const auto deadline = connection::Deadline::in(options_.timeout);
            receipts = api::parse_receipts(
                body_of(connection_.call(request_, deadline, meanwhile), connection_.path()));
        } catch (const core::Exit& exit) {
            progress_.clear();
            const std::string outcome = connection_.sent() ? ", so what is stored of them is unknown" : "";
            throw core::Exit(exit.status(), exit.code(),
                             place(batch) + ": " + exit.what() + outcome + so_far(),
                             "when it answers, " + resume(batch));
        } catch (const Error& error) {
            progress_.clear();
            throw Error(error.code(), place(batch, error.line()) + ": " + error.what() + so_far(),
                        error.hint() + (error.hint().empty() ? "" : ", then ") + resume(batch));
        }
        account(receipts);
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
        return " (" + std::to_string(acknowledged_) + " events acknowledged before)";
    }
    static std::string resume(const Batch& batch) {
        return "go on from line " + std::to_string(batch.line_numbers.front());
    }
    std::string summary() const {
        std::string text = output::grouped(acknowledged_) + " events acknowledged";
        if (duplicates_ != 0) text += ", " + output::grouped(duplicates_) + " of them duplicates";
        return text;
    }

    const LinesOptions& options_;
    output::Console& console_;
    output::Progress progress_;
    connection::Connection connection_;
    connection::Request request_;
    std::uint64_t acknowledged_ = 0;
    std::uint64_t duplicates_ = 0;
};

}  // namespace

void emit_lines(const LinesOptions& options, output::Console& console) {
    LineEmitter(options, console).run();
}

}  // namespace tocsin::cli::commands
