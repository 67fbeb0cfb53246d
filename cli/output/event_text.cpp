// SPDX-License-Identifier: Apache-2.0
#include "cli/output/event_text.hpp"

#include <algorithm>
#include <array>

#include "cli/output/local_time.hpp"
#include "cli/output/pretty_json.hpp"
#include "cli/output/terminal_text.hpp"
#include "common/core/timestamp.hpp"

namespace tocsin::cli::output {
namespace {

constexpr std::size_t label_columns = 14;

std::string time_text(const std::string& rfc3339) {
    const auto time = core::parse_rfc3339(rfc3339);
    return time ? local_time(*time) : rfc3339;
}

/// When it happened, as its sender says; what the log says else.
std::string happened(const RawEvent& event) {
    const std::string time = event.text("time");
    return time_text(time.empty() ? event.text("recordedtime") : time);
}

/// What it is about; else who sent it, without the host.
std::string about(const RawEvent& event) {
    if (std::string subject = event.text("subject"); !subject.empty()) return subject;
    const std::string source = event.text("source");
    const std::size_t slash = source.starts_with("//") ? source.find('/', 2) : std::string::npos;
    return slash == std::string::npos ? source : source.substr(slash + 1);
}

std::string data_text(const RawEvent& event) {
    if (const auto json = event.raw("data"); !json.empty()) return std::string(json);
    const auto binary = event.raw("data_base64");
    return binary.empty() ? std::string() : "base64:" + plain_text(binary);
}

/// Text in colour, cut to the columns that are left.
class Line {
 public:
    explicit Line(std::size_t columns) : bounded_(columns != 0), left_(columns) {}

    void add(std::string_view text, std::string_view colour, const Paint& paint) {
        if (bounded_ && left_ == 0) return;
        std::string shown = printable(text);
        if (bounded_) {
            shown = cut_to(shown, left_);
            left_ -= std::min(left_, columns_of(shown));
        }
        text_ += colour;
        text_ += shown;
        if (!colour.empty()) text_ += paint.off;
    }
    std::string take() && { return std::move(text_); }

 private:
    bool bounded_;
    std::size_t left_;
    std::string text_;
};

bool is_placed(std::string_view name) {
    constexpr std::array<std::string_view, 11> placed{"specversion", "id",       "source",       "type",
                                                      "time",        "sequence", "recordedtime", "authtype",
                                                      "authid",      "data",     "data_base64"};
    return std::ranges::find(placed, name) != placed.end();
}

void add_row(std::string_view label, std::string_view value, const Paint& paint, std::string& out) {
    out += paint.dim;
    out += label;
    out += paint.off;
    if (!value.empty()) out.append(label.size() < label_columns ? label_columns - label.size() : 1, ' ');
    out += printable(value);
    out += '\n';
}

}  // namespace

std::string short_sequence(const RawEvent& event) {
    std::string text = event.text("sequence");
    text.erase(0, std::min(text.find_first_not_of('0'), text.size()));
    return text.empty() ? "0" : text;
}

std::string event_line(const RawEvent& event, const Paint& paint, std::size_t columns) {
    Line line(columns);
    line.add(happened(event), paint.dim, paint);
    line.add("  " + short_sequence(event) + "  ", {}, paint);
    line.add(event.text("type"), paint.bold, paint);
    line.add("  " + about(event), {}, paint);
    if (const std::string data = data_text(event); !data.empty()) line.add("  " + data, {}, paint);
    return std::move(line).take();
}

std::string event_page(const RawEvent& event, const Paint& paint) {
    std::string out;
    add_row("sequence", event.text("sequence"), paint, out);
    add_row("type", event.text("type"), paint, out);
    add_row("id", event.text("id"), paint, out);
    add_row("source", event.text("source"), paint, out);
    add_row("time", happened(event), paint, out);
    add_row("recorded", time_text(event.text("recordedtime")), paint, out);
    add_row("from", event.text("authtype") + " " + event.text("authid"), paint, out);
    for (const RawMember& member : event.members())
        if (!is_placed(member.name)) add_row(printable(member.name), plain_text(member.value), paint, out);
    if (const auto binary = event.text("data_base64"); !binary.empty())
        add_row("data_base64", binary, paint, out);
    const auto json = event.raw("data");
    if (json.empty()) return out;
    add_row("data", "", paint, out);
    return out += printable_lines(pretty_json(json)) + "\n";
}

}  // namespace tocsin::cli::output
