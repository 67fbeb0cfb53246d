// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/config_pipelines.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "common/core/error.hpp"
#include "common/core/text.hpp"

namespace tocsin::daemon::app {
namespace {

using core::Code;
using core::Error;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;

constexpr std::array<std::string_view, 2> modes{"binary", "structured"};
constexpr std::array<std::string_view, 2> sockets{"pub", "push"};
constexpr std::array<std::string_view, 2> attachments{"bind", "connect"};

struct Backoff {
    milliseconds least;
    milliseconds most;
};

/// `1s..5m`, or one duration for both ends.
Backoff parse_backoff(const std::string& text) {
    const std::size_t dots = text.find("..");
    const auto least = core::parse_duration(text.substr(0, dots));
    const auto most = dots == std::string::npos ? least : core::parse_duration(text.substr(dots + 2));
    if (!least || !most || *least < milliseconds(1) || *most < *least || *most > days(1))
        throw Error(Code::invalid, "'" + text + "' is no range of pauses",
                    R"(write the first and the longest, as in "1s..5m"; at most "24h")");
    return {*least, *most};
}

pipeline::Start parse_start(const std::string& text) {
    if (text == "new") return pipeline::AtHead{};
    if (text == "beginning") return pipeline::AtBeginning{};
    const auto seq = core::parse_sequence(text);
    if (!seq)
        throw Error(Code::invalid, "'" + text + "' is no place to start",
                    R"(write "new", "beginning" or a sequence)");
    return *seq;
}

void check_word(const std::string& word) {
    if (word.find('\0') != std::string::npos)
        throw Error(Code::invalid, "a word of a command can't hold a NUL character", "take it out");
}

void check_variable(const std::string& name, const std::string& value) {
    process::check_variable(name);
    check_word(value);
}

constexpr Key text_key(std::string_view name, CheckText check, std::string_view summary) {
    return {name, Text{check}, std::nullopt, summary, Change::live};
}

constexpr std::array keys{
    Key{"name", Text{[](const std::string& text) { pipeline::checked_name(text); }}, std::nullopt,
        "its identity: a pipeline that keeps its name goes on where it was", Change::live, Secrecy::open,
        Need::required},
    Key{"from", TextList{[](const std::string& text) { event::TopicPattern::parse(text); }}, std::nullopt,
        "types or patterns of the events it takes", Change::live, Secrecy::open, Need::required},
    text_key("where", jq::check_expression, "in jq; drops events for which it is false or null"),
    text_key("map", jq::check_expression, "in jq; what is delivered instead, a message for each output"),
    text_key("order_by", jq::check_expression, "in jq; events with the same value never overtake each other"),
    Key{"parallel", WholeNumber{1, 64}, "1", "deliveries at one time", Change::live},
    Key{"rate", WholeNumber{1, 1'000'000}, std::nullopt, "events a second at most; no limit unless written",
        Change::live},
    Key{"start", TextOrNumber{[](const std::string& text) { parse_start(text); }}, "new",
        "where a new pipeline begins: new, beginning, or a sequence", Change::live},
    Key{"enabled", Switch{}, "true", "a pipeline that is not keeps its place, and does not hold the log",
        Change::live},
    Key{"batch.size", WholeNumber{1, 10'000}, std::nullopt,
        "events that are delivered together; one by one unless written", Change::live},
    Key{"batch.wait", Duration{milliseconds(0), hours(1)}, "1s",
        "how long the first of a batch waits for the others", Change::live},
    Key{"retry.attempts", WholeNumber{1, 1000}, "8", "attempts before an event is a dead letter",
        Change::live},
    Key{"retry.backoff", Text{[](const std::string& text) { parse_backoff(text); }}, "1s..5m",
        "first and longest pause between attempts; each is twice the one before", Change::live},
    Key{"retry.max_age", Duration{milliseconds(1), days(365)}, "24h",
        "an event is a dead letter when it was tried first so long ago", Change::live},
    Key{"to.exec", TextList{check_word}, std::nullopt, "a command and its arguments; no shell is between",
        Change::live},
    Key{"to.cwd", AbsolutePath{}, "/", "the folder in which the command runs", Change::live},
    Key{"to.env", TextMap{check_variable}, std::nullopt, "more variables for the command", Change::live,
        Secrecy::secret},
    text_key("to.http", curl::check_url, "a URL that events are posted to"),
    Key{"to.mode", Choice{modes}, "binary", "how an event is posted, in the words of CloudEvents",
        Change::live},
    Key{"to.headers", TextMap{curl::check_header}, std::nullopt, "more headers of the request", Change::live,
        Secrecy::secret},
    Key{"to.secrets", TextList{}, std::nullopt,
        "files with the keys that sign (Standard Webhooks): paths, or names in $CREDENTIALS_DIRECTORY",
        Change::live},
    Key{"to.connect_timeout", Duration{milliseconds(10), hours(1)}, "10s", "how long a connection may take",
        Change::live},
    Key{"to.ca_file", AbsolutePath{}, std::nullopt, "certificates to trust in place of the system's",
        Change::live},
    Key{"to.timeout", Duration{milliseconds(10), hours(24)}, "30s",
        "how long a command or a request may take", Change::live},
    Key{"to.file", AbsolutePath{}, std::nullopt, "a file that gets a line of JSON for each message",
        Change::live},
    Key{"to.rotate_bytes", WholeNumber{0, 1LL << 40}, "0",
        "begin a new file when it would be larger; 0: never", Change::live},
    Key{"to.rotate_age", Duration{milliseconds(0), days(3650)}, "0s",
        "begin a new file when it is older; 0s: never", Change::live},
    Key{"to.keep", WholeNumber{0, 1000}, "7", "how many older files stay, as FILE.1 and so on", Change::live},
    Key{"to.sync", Switch{}, "true", "whether delivered means on disk", Change::live},
    text_key(
        "to.zmq", [](const std::string& text) { zeromq::check_address(text); },
        "an address of ZeroMQ: ipc:// or tcp://"),
    Key{"to.socket", Choice{sockets}, "push", "pub: every subscriber gets each message; push: one peer does",
        Change::live},
    Key{"to.attach", Choice{attachments}, "bind", "whether the daemon binds the address or connects to it",
        Change::live},
    Key{"to.high_water_mark", WholeNumber{1, 1'000'000}, "1000", "messages that wait for each peer",
        Change::live},
};

/// The keys of each sink beside the one that names it.
struct SinkKeys {
    std::string_view name;
    std::array<std::string_view, 6> keys;
};
constexpr std::array sink_keys{
    SinkKeys{"to.exec", {"to.cwd", "to.env", "to.timeout"}},
    SinkKeys{"to.http",
             {"to.mode", "to.headers", "to.secrets", "to.connect_timeout", "to.ca_file", "to.timeout"}},
    SinkKeys{"to.file", {"to.rotate_bytes", "to.rotate_age", "to.keep", "to.sync"}},
    SinkKeys{"to.zmq", {"to.socket", "to.attach", "to.high_water_mark"}},
};

/// A row with the keys' defaults behind it.
class PipelineRow {
 public:
    explicit PipelineRow(const Row& row) : row_(row) {}

    template <class Type>
    std::optional<Type> optional(std::string_view name) const {
        const auto found = row_.settings().find(name);
        if (found != row_.settings().end()) return std::get<Type>(found->second.value);
        const auto key = std::ranges::find(keys, name, &Key::name);
        if (!key->standard) return std::nullopt;
        return std::get<Type>(parse_value(key->kind, std::string(*key->standard)));
    }
    std::string text(std::string_view name) const { return optional<std::string>(name).value_or(""); }
    std::int64_t number(std::string_view name) const { return optional<std::int64_t>(name).value_or(0); }
    bool on(std::string_view name) const { return optional<bool>(name).value_or(false); }
    milliseconds duration(std::string_view name) const {
        return optional<milliseconds>(name).value_or(milliseconds(0));
    }
    std::vector<std::string> texts(std::string_view name) const { return row_.texts(name); }
    TextByName pairs(std::string_view name) const {
        return optional<TextByName>(name).value_or(TextByName());
    }
    bool has(std::string_view name) const { return row_.has(name); }
    const Settings& settings() const { return row_.settings(); }

 private:
    const Row& row_;
};

/// The one key that names the sink.
const SinkKeys& sink_of(const PipelineRow& row) {
    const SinkKeys* found = nullptr;
    for (const SinkKeys& sink : sink_keys) {
        if (!row.has(sink.name)) continue;
        if (found != nullptr)
            throw Error(Code::invalid,
                        "it has two sinks, " + std::string(found->name) + " and " + std::string(sink.name),
                        "write a pipeline for each");
        found = &sink;
    }
    if (found == nullptr)
        throw Error(Code::invalid, "it has no sink",
                    R"(write to = { exec = ["COMMAND"] }, or http, file or zmq)");
    for (const auto& [name, setting] : row.settings())
        if (name.starts_with("to.") && name != found->name &&
            std::ranges::find(found->keys, name) == found->keys.end())
            throw Error(Code::invalid, "'" + name + "' does not belong to " + std::string(found->name),
                        "take it out");
    return *found;
}

std::string read_secret(const std::string& name) {
    std::string path = name;
    if (!name.starts_with('/')) {
        const char* folder = std::getenv("CREDENTIALS_DIRECTORY");  // NOLINT(concurrency-mt-unsafe)
        if (folder == nullptr)
            throw Error(
                Code::invalid,
                "to.secrets: '" + name + "' is no absolute path, and there is no $CREDENTIALS_DIRECTORY",
                "begin it with '/', or load it as a credential of the unit");
        path = std::string(folder) + "/" + name;
    }
    std::ifstream file(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file.good() && !file.eof())
        throw Error(Code::invalid, "to.secrets: " + path + " can't be read", "check its path and rights");
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    return text;
}

process::ExecOptions exec_options(const PipelineRow& row) {
    process::ExecOptions options;
    options.argv = row.texts("to.exec");
    if (options.argv.empty() || options.argv.front().empty())
        throw Error(Code::invalid, "to.exec names no command", R"(write ["COMMAND", "ARGUMENT"])");
    for (const auto& [name, value] : row.pairs("to.env")) options.env.push_back(name + "=" + value);
    options.cwd = row.text("to.cwd");
    options.timeout = row.duration("to.timeout");
    return options;
}

curl::Options http_options(const PipelineRow& row, std::string& description) {
    curl::Options options;
    options.url = row.text("to.http");
    options.mode = row.text("to.mode") == "binary" ? curl::Mode::binary : curl::Mode::structured;
    if (options.mode == curl::Mode::binary && row.number("batch.size") > 1 && !row.has("map"))
        throw Error(Code::invalid, "a batch can't be posted in binary mode", R"(write mode = "structured")");
    for (const auto& [name, value] : row.pairs("to.headers")) options.headers.emplace_back(name, value);
    std::vector<std::string> secrets;
    for (const std::string& name : row.texts("to.secrets")) secrets.push_back(read_secret(name));
    for (const std::string& secret : secrets)
        description += std::to_string(std::hash<std::string>()(secret)) + "\n";
    options.secrets = curl::parse_secrets(secrets);
    options.timeout = row.duration("to.timeout");
    options.connect_timeout = std::min(row.duration("to.connect_timeout"), options.timeout);
    options.ca_file = row.text("to.ca_file");
    return options;
}

file::Options file_options(const PipelineRow& row) {
    file::Options options;
    options.path = row.text("to.file");
    options.rotate_bytes = static_cast<std::uint64_t>(row.number("to.rotate_bytes"));
    options.rotate_age = row.duration("to.rotate_age");
    options.keep = static_cast<std::uint32_t>(row.number("to.keep"));
    options.sync = row.on("to.sync");
    return options;
}

zeromq::ZmqOptions zmq_options(const PipelineRow& row) {
    using zeromq::ZmqOptions;
    ZmqOptions options;
    options.address = row.text("to.zmq");
    options.socket = row.text("to.socket") == "pub" ? ZmqOptions::Socket::pub : ZmqOptions::Socket::push;
    options.attach = row.text("to.attach") == "bind" ? ZmqOptions::Attach::bind : ZmqOptions::Attach::connect;
    options.high_water_mark = static_cast<int>(row.number("to.high_water_mark"));
    return options;
}

PipelineConfig::Sink sink_options(const PipelineRow& row, const SinkKeys& sink, std::string& description) {
    if (sink.name == "to.exec") return exec_options(row);
    if (sink.name == "to.http") return http_options(row, description);
    if (sink.name == "to.file") return file_options(row);
    return zmq_options(row);
}

/// A sink in a few words: its kind and where it leads.
std::string words_for(const PipelineRow& row, const SinkKeys& sink) {
    std::string words(sink.name.substr(3));
    if (sink.name != "to.exec") return words + " " + row.text(sink.name);
    for (const std::string& word : row.texts("to.exec")) words += " " + word;
    return words;
}

pipeline::Options options_of(const PipelineRow& row) {
    pipeline::Options options;
    options.name = row.text("name");
    for (const std::string& text : row.texts("from"))
        options.from.push_back(event::TopicPattern::parse(text));
    if (options.from.empty())
        throw Error(Code::invalid, "'from' is empty", R"(write types or patterns, as in ["order.>"])");
    if (row.has("order_by")) options.ordering = pipeline::Ordering::by_key;
    const Backoff backoff = parse_backoff(row.text("retry.backoff"));
    options.retry = {.attempts = static_cast<std::uint32_t>(row.number("retry.attempts")),
                     .least = backoff.least,
                     .most = backoff.most,
                     .max_age = row.duration("retry.max_age")};
    options.batch = {.size = static_cast<std::size_t>(row.number("batch.size")),
                     .wait = row.duration("batch.wait")};
    options.rate = static_cast<std::uint32_t>(row.number("rate"));
    options.parallel = static_cast<std::uint32_t>(row.number("parallel"));
    options.start = parse_start(row.text("start"));
    if (!row.on("enabled")) options.use = pipeline::Options::Use::disabled;
    return options;
}

}  // namespace

std::span<const Key> pipeline_keys() noexcept { return keys; }

void add_pipeline(Config& config, const Row& row) {
    const PipelineRow known(row);
    PipelineConfig made{options_of(known), {}, {}};
    const auto same_name = [&](const PipelineConfig& other) {
        return other.options.name == made.options.name;
    };
    if (std::ranges::any_of(config.pipelines, same_name))
        throw Error(Code::invalid, "there are two pipelines '" + made.options.name + "'",
                    "give each its own name");
    made.expressions = {
        .where = known.text("where"), .order_by = known.text("order_by"), .map = known.text("map")};
    const SinkKeys& sink = sink_of(known);
    for (const auto& [name, setting] : row.settings())
        made.options.description += name + " = " + to_toml(setting.value) + "\n";
    made.sink = sink_options(known, sink, made.options.description);
    made.options.sink = words_for(known, sink);
    config.pipelines.push_back(std::move(made));
}

}  // namespace tocsin::daemon::app
