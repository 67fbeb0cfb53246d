// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "cli/commands/client.hpp"
#include "cli/commands/options.hpp"
#include "cli/commands/verbs.hpp"
#include "cli/output/new_file.hpp"
#include "cli/output/table.hpp"
#include "common/event/json_text.hpp"

namespace tocsin::cli::commands {
namespace {

using core::ExitStatus;
using output::Form;

constexpr Synopsis synopsis{
    "FILE", "Copy the log into a file while the daemon runs. The file appears when it is whole.",
    R"(FILE may be -, standard output. 'tocsin doctor --file' looks at a backup, 'tocsin restore' puts it in place.

Examples:
  tocsin backup /var/backups/tocsin.db
  tocsin backup - | zstd > tocsin.db.zst
  tocsin backup today.db && tocsin doctor --deep --file today.db
)"};

/// How long the daemon may be silent in the middle.
constexpr std::chrono::seconds idle_limit{60};

/// Where the bytes go, and how many came.
class Sink {
 public:
    Sink(const std::string& file, output::Console& console) : console_(console) {
        if (file != "-") file_.emplace(file);
    }

    void take(std::string_view part) {
        bytes_ += part.size();
        file_ ? file_->write(part) : console_.out().write(part);
    }
    void publish() {
        if (file_) file_->publish();
    }
    std::uint64_t bytes() const noexcept { return bytes_; }

 private:
    output::Console& console_;
    std::optional<output::NewFile> file_;
    std::uint64_t bytes_ = 0;
};

std::string the_file(const std::vector<std::string>& words) {
    if (words.empty()) throw usage_error("backup", "no file is named");
    if (words.size() > 1) throw usage_error("backup", "unexpected word '" + words[1] + "'");
    if (words[0].empty()) throw usage_error("backup", "the file's name is empty");
    return words[0];
}

/// The connection ends in the middle with an error, never with less than all.
void fetch_into(Sink& sink, connection::Connection& connection, std::chrono::milliseconds timeout) {
    const connection::Stream stream{.take =
                                        [&](std::string_view part) {
                                            sink.take(part);
                                            return connection::Flow::go_on;
                                        },
                                    .pause = [] {},
                                    .idle_limit = idle_limit};
    const connection::Request request{"GET", "/v1/backup", {}, {}};
    body_of(connection.call(request, connection::Deadline::in(timeout), stream), connection.path());
}

std::string json_of(const std::string& file, std::uint64_t bytes) {
    std::string json = "{\"file\":";
    event::append_json_string(file, json);
    return json + ",\"bytes\":" + std::to_string(bytes) + "}";
}

}  // namespace

ExitStatus backup(const Call& call, output::Console& console) {
    Form form = Form::human;
    std::chrono::milliseconds timeout = std::chrono::hours(1);
    Options options(call, synopsis);
    options.duration("--timeout", timeout, "How long the daemon may take before it sends [default: 60m]")
        .json(form, "Print the file's name and size as JSON");
    const auto words = options.read(console);
    if (!words) return ExitStatus::ok;
    const std::string file = the_file(*words);
    const bool to_output = file == "-";
    if (to_output && form == Form::json)
        throw usage_error("backup", "--json needs a file, since - is the backup itself");
    if (to_output && console.out().is_terminal())
        throw usage_error("backup",
                          "a backup is no text for a terminal: name a file, or send it into a pipe");
    connection::Connection connection(options.socket());
    Sink sink(file, console);
    fetch_into(sink, connection, timeout);
    sink.publish();
    if (form == Form::json)
        console.out().line(json_of(file, sink.bytes()));
    else if (!to_output && console.out().is_terminal())
        console.out().line(output::bytes_text(sink.bytes()) + " in " + file);
    return ExitStatus::ok;
}

}  // namespace tocsin::cli::commands
