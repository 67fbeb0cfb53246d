// SPDX-License-Identifier: Apache-2.0
#include "cli/output/pretty_json.hpp"

#include <algorithm>

namespace tocsin::cli::output {
namespace {

class Printer {
 public:
    void put(char c) {
        if (in_string_) return put_within_string(c);
        switch (c) {
            case ' ':
            case '\n':
            case '\t':
            case '\r': return;
            case '{':
            case '[': return open(c);
            case '}':
            case ']': return close(c);
            default: break;
        }
        begin_content();
        out_ += c;
        if (c == ',') break_line();
        if (c == ':') out_ += ' ';
        in_string_ = c == '"';
    }
    std::string take() && { return std::move(out_); }

 private:
    void put_within_string(char c) {
        out_ += c;
        if (escaped_) {
            escaped_ = false;
        } else {
            escaped_ = c == '\\';
            in_string_ = c != '"';
        }
    }
    void open(char c) {
        begin_content();
        out_ += c;
        ++depth_;
        just_opened_ = true;
    }
    void close(char c) {
        depth_ -= depth_ > 0 ? 1 : 0;
        if (!just_opened_) break_line();
        just_opened_ = false;
        out_ += c;
    }
    /// An empty object or array stays on its line, so the line breaks only when something follows.
    void begin_content() {
        if (just_opened_) break_line();
        just_opened_ = false;
    }
    void break_line() {
        out_ += '\n';
        out_.append(2 * std::min<std::size_t>(depth_, 40), ' ');
    }

    std::string out_;
    std::size_t depth_ = 0;
    bool just_opened_ = false;
    bool in_string_ = false;
    bool escaped_ = false;
};

}  // namespace

std::string pretty_json(std::string_view json) {
    Printer printer;
    for (const char c : json) printer.put(c);
    return std::move(printer).take();
}

}  // namespace tocsin::cli::output
