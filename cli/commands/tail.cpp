// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <thread>

#include "cli/commands/client.hpp"
#include "cli/commands/options.hpp"
#include "cli/commands/tail_query.hpp"
#include "cli/commands/verbs.hpp"
#include "cli/output/event_text.hpp"
#include "common/api/reports.hpp"
#include "common/core/clock.hpp"
#include "common/event/topic.hpp"

namespace tocsin::cli::commands {
namespace {

using connection::Flow;
using core::Code;
using core::Error;
using core::ExitStatus;
using output::Form;
using std::chrono::milliseconds;

constexpr Synopsis synopsis{
    "[PATTERN …]", "Print stored events, then, with --follow, each new one as it comes.",
    R"(In a pattern * stands for one token, > for one or more at the end. No pattern means >, which leaves out
tocsin.…, the daemon's own types. Without --follow it ends at the head of the log. With --follow it goes on
after the last event when the daemon was away, without a gap and without a duplicate.

Examples:
  tocsin tail -n 50
  tocsin tail 'order.>' --since 1h --follow
  tocsin tail 'backup.*' --since 2026-11-22T00:00:00Z --until 2026-11-23T00:00:00Z --json
  tocsin tail --since beginning --json > events.ndjson
  tocsin tail deploy.finished -n 0 --follow --count 1    # wait for one
  tocsin tail --daemon --since 1d    # when the daemon was started, stopped, reloaded
)"};

constexpr milliseconds first_backoff{50};
constexpr milliseconds longest_backoff{1000};
constexpr std::chrono::seconds head_limit{30};

class Tail {
 public:
    Tail(const TailOptions& options, const std::string& socket, output::Console& console)
        : options_(options), console_(console), connection_(socket) {}

    void run() {
        if (options_.count == 0U) return;
        if (follows() && !options_.since)
            position_.after = api::parse_head(fetch(connection_, "/v1/head")).head;
        while (!read_once()) pause_before_retry();
        console_.out().flush();
    }

 private:
    bool follows() const { return options_.following == Following::follow; }

    /// Reads the stream to its end. False when the daemon went away and the reader wants more.
    bool read_once() try {
        const connection::Request request{
            "GET", tail_target(options_, position_), {{"Accept", "application/x-ndjson"}}, {}};
        body_of(connection_.call(request, connection::Deadline::in(head_limit), stream()),
                connection_.path());
        return !follows() || is_complete();
    } catch (const Error& error) {
        if (!follows() || !answered_ || error.code() != Code::unavailable) throw;
        return is_complete();
    }

    connection::Stream stream() {
        connection::Stream stream;
        stream.take = [this](std::string_view part) {
            welcome();
            return take(part);
        };
        stream.pause = [this] {
            welcome();
            console_.out().flush();
        };
        if (!follows()) stream.idle_limit = head_limit;
        stream.output = console_.out().descriptor();
        return stream;
    }

    bool is_complete() const {
        if (options_.count && position_.shown >= *options_.count) return true;
        if (!options_.until) return false;
        return !options_.until->time || core::SystemClock().now() >= *options_.until->time;
    }

    Flow take(std::string_view part) {
        while (!part.empty()) {
            const std::size_t end = part.find('\n');
            if (end == std::string_view::npos) {
                partial_ += part;
                break;
            }
            std::string_view line = part.substr(0, end);
            if (!partial_.empty()) line = partial_ += line;
            if (!line.empty() && line != "\r") show(line);
            partial_.clear();
            part.remove_prefix(end + 1);
            if (options_.count && position_.shown >= *options_.count) return Flow::stop;
        }
        return Flow::go_on;
    }

    void show(std::string_view line) {
        if (options_.form == Form::json) {
            console_.out().line(line);
        } else {
            console_.out().line(
                output::event_line(output::RawEvent(line), console_.paint(), console_.out().columns()));
        }
        ++position_.shown;
        if (follows()) last_line_.assign(line);
    }

    /// The daemon has answered: the talk about waiting ends.
    void welcome() {
        answered_ = true;
        if (waiting_) console_.say("tail", "the daemon is back");
        waiting_ = false;
        backoff_ = first_backoff;
    }

    void pause_before_retry() {
        partial_.clear();
        if (!last_line_.empty())
            position_.after = core::parse_sequence(output::RawEvent(last_line_).text("sequence"));
        position_.resuming = position_.after.has_value();
        console_.out().flush();
        if (!waiting_) console_.say("tail", "the daemon went away; waiting for it on " + connection_.path());
        waiting_ = true;
        std::this_thread::sleep_for(backoff_);
        backoff_ = std::min(2 * backoff_, longest_backoff);
    }

    const TailOptions& options_;
    output::Console& console_;
    connection::Connection connection_;
    TailPosition position_;
    std::string partial_;    ///< of a line whose end has not come
    std::string last_line_;  ///< the last event that was shown
    bool answered_ = false;
    bool waiting_ = false;
    milliseconds backoff_ = first_backoff;
};

struct TailWords {
    std::optional<std::uint64_t> last;
    std::optional<std::string> since;
    std::optional<std::string> until;
    bool follow = false;
    bool daemon = false;
};

TailOptions checked(TailOptions options, const TailWords& words) {
    const core::Timestamp now = core::SystemClock().now();
    if (words.last && words.since) throw usage_error("tail", "-n and --since exclude each other");
    if (words.since) options.since = parse_since(*words.since, now);
    if (words.until) options.until = parse_until(*words.until, now);
    if (words.follow) options.following = Following::follow;
    options.last = words.last.value_or(options.last);
    if (words.daemon) options.patterns.emplace_back("tocsin.>");
    if (options.patterns.empty()) options.patterns.emplace_back(">");
    for (const std::string& pattern : options.patterns) event::TopicPattern::parse(pattern);
    return options;
}

}  // namespace

ExitStatus tail(const Call& call, output::Console& console) {
    TailOptions settings;
    TailWords words;
    Options options(call, synopsis);
    options.number("-n", words.last, "The last N events first [default: 10; all with --since]")
        .text("--since", "WHEN", words.since, "From here on: 1h, an RFC 3339 time, a sequence, beginning")
        .text("--until", "WHEN", words.until, "Up to here, exclusive: 5m, an RFC 3339 time, a sequence")
        .flag("-f,--follow", words.follow, "Go on with new events")
        .flag("--daemon", words.daemon, "The daemon's own events: started, stopped, reloaded, refused")
        .number("--count", settings.count, "Stop after N events")
        .text("--source", "URI", settings.source, "Only events of this source")
        .json(settings.form, "Print each event as a line of JSON");
    auto patterns = options.read(console);
    if (!patterns) return ExitStatus::ok;
    settings.patterns = *std::move(patterns);
    Tail(checked(std::move(settings), words), options.socket(), console).run();
    return ExitStatus::ok;
}

}  // namespace tocsin::cli::commands
