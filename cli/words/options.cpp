// SPDX-License-Identifier: Apache-2.0
#include "cli/words/options.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>

#include "common/core/text.hpp"
#include "common/core/timestamp.hpp"

namespace tocsin::cli::words {
namespace {

using core::Code;
using core::Exit;
using core::ExitStatus;

/// CLI11 names only the positionals that it knows of.
class HelpText final : public CLI::Formatter {
 public:
    explicit HelpText(std::string usage) : usage_(std::move(usage)) { column_width(32); }
    std::string make_usage(const CLI::App*, std::string) const override { return "Usage: " + usage_ + "\n"; }
    std::string make_option_opts(const CLI::Option* option) const override {
        return option->get_type_size() == 0 ? std::string() : " " + option->get_type_name();
    }

 private:
    std::string usage_;
};

/// CLI11 leaves two empty lines between groups.
std::string with_single_gaps(std::string text) {
    for (auto at = text.find("\n\n\n"); at != std::string::npos; at = text.find("\n\n\n", at))
        text.erase(at, 1);
    return text;
}

std::uint64_t parse_number(std::string_view command, const std::string& name, const std::string& text) {
    const auto value = core::parse_number<std::uint64_t>(text);
    if (!value) throw usage_error(command, name + " is not a whole number: '" + text + "'");
    return *value;
}

std::chrono::milliseconds parse_span(std::string_view command, const std::string& name,
                                     const std::string& text) {
    const auto span = core::parse_duration(text);
    if (!span || span->count() == 0)
        throw usage_error(command, name + " is not a duration such as 250ms, 5s or 2m: '" + text + "'");
    return *span;
}

}  // namespace

Exit usage_error(std::string_view command, const std::string& what) {
    return {ExitStatus::usage, Code::invalid, what,
            command.empty() ? "see tocsin --help" : "see tocsin " + std::string(command) + " --help"};
}

Options::Options(const Line& line, const Synopsis& synopsis)
    : line_(line), app_(std::make_unique<CLI::App>(std::string(synopsis.summary))) {
    std::string usage = "tocsin " + line.command + " [OPTIONS]";
    if (!synopsis.words.empty()) usage += " " + std::string(synopsis.words);
    app_->formatter(std::make_shared<HelpText>(usage));
    app_->footer(std::string(synopsis.examples.substr(0, synopsis.examples.find_last_not_of('\n') + 1)));
    app_->allow_extras();
    app_->set_help_flag();  // CLI11's own would end the parse with an exception
    flag("-h,--help", help_, "Print this help and exit");
}

Options::~Options() = default;

Options& Options::group(const std::string& name) {
    group_ = name;
    return *this;
}

Options& Options::flag(const std::string& name, bool& target, const std::string& help) {
    app_->add_flag(name, target, help)->group(group_);
    return *this;
}

Options& Options::text(const std::string& name, const std::string& kind, std::optional<std::string>& target,
                       const std::string& help) {
    // the callback gets the word as it was written; a string target would lose `{}`
    const auto take = [&target](const CLI::results_t& words) {
        target = words.front();
        return true;
    };
    app_->add_option(name, take, help)->type_name(kind)->expected(1)->group(group_);
    return *this;
}

Options& Options::texts(const std::string& name, const std::string& kind, std::vector<std::string>& target,
                        const std::string& help) {
    const auto take = [&target](const CLI::results_t& words) {
        target = words;
        return true;
    };
    app_->add_option(name, take, help)->type_name(kind)->take_all()->expected(1)->group(group_);
    return *this;
}

Options& Options::number(const std::string& name, std::optional<std::uint64_t>& target,
                         const std::string& help) {
    const auto take = [this, name, &target](const CLI::results_t& words) {
        target = parse_number(line_.command, name, words.front());
        return true;
    };
    app_->add_option(name, take, help)->type_name("N")->expected(1)->group(group_);
    return *this;
}

Options& Options::duration(const std::string& name, std::chrono::milliseconds& target,
                           const std::string& help) {
    const auto take = [this, name, &target](const CLI::results_t& words) {
        target = parse_span(line_.command, name, words.front());
        return true;
    };
    app_->add_option(name, take, help)->type_name("DURATION")->expected(1);
    return *this;
}

Options& Options::json(output::Form& target, const std::string& help) {
    app_->add_flag_function(
        "--json", [&target](std::int64_t) { target = output::Form::json; }, help);
    return *this;
}

void Options::parse() try {
    std::vector<std::string> words = line_.words;
    std::ranges::reverse(words);  // CLI11 takes them from the back
    app_->parse(std::move(words));
} catch (const CLI::ParseError& error) {
    std::string what = error.what();
    std::ranges::replace(what, '\n', ' ');
    throw usage_error(line_.command, what);
}

std::optional<std::vector<std::string>> Options::read(output::Console& console) {
    parse();
    if (help_) {
        console.out().write(with_single_gaps(app_->help()));
        return std::nullopt;
    }
    std::vector<std::string> words = app_->remaining();
    for (const std::string& word : words)
        if (word.size() > 1 && word.front() == '-')
            throw usage_error(line_.command,
                              "unknown option '" + word + "'; words that start with '-' go behind '--'");
    if (line_.literal) words.insert(words.end(), line_.literal->begin(), line_.literal->end());
    return words;
}

bool Options::read_no_words(output::Console& console) {
    const auto words = read(console);
    if (words && !words->empty())
        throw usage_error(line_.command, "unexpected word '" + words->front() + "'");
    return words.has_value();
}

}  // namespace tocsin::cli::words
