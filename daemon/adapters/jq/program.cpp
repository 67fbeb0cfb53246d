// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/jq/program.hpp"

extern "C" {
#include <jq.h>
}

#include <charconv>
#include <utility>

#include "common/core/error.hpp"

namespace tocsin::daemon::jq {
namespace {

using core::Code;
using core::Error;

/// Names that would reach beyond the input, defined anew. On one line with the expression, so that jq counts
/// its lines from 1.
constexpr std::string_view prelude =
    R"({} as $ENV | def env: {}; def input: error("there is no further input"); def inputs: empty; )"
    R"(def debug: .; def stderr: .; def input_filename: null; def input_line_number: 0; )"
    R"(def modulemeta: error("there are no modules"); def get_search_list: []; )"
    R"(def halt: error("halt ends nothing here"); def halt_error: error("halt_error ends nothing here"); )"
    R"(def halt_error(code): error("halt_error ends nothing here"); )";

/// A value of libjq with its owner: the library's functions take and give ownership.
class Value {
 public:
    explicit Value(jv value) noexcept : value_(value) {}
    Value(const Value&) = delete;
    Value& operator=(const Value&) = delete;
    ~Value() { jv_free(value_); }
    jv copy() const noexcept { return jv_copy(value_); }
    bool is_valid() const noexcept { return jv_is_valid(value_) != 0; }
    jv_kind kind() const noexcept { return jv_get_kind(value_); }

 private:
    jv value_;
};

std::string text_of(jv value) {
    const Value owned(value);
    const jv text = owned.kind() == JV_KIND_STRING ? owned.copy() : jv_dump_string(owned.copy(), 0);
    const Value string(text);
    return {jv_string_value(text), static_cast<std::size_t>(jv_string_length_bytes(string.copy()))};
}

/// The message of an invalid value; nothing when it only says that there are no more.
std::optional<std::string> message_of(const Value& invalid) {
    if (jv_invalid_has_msg(invalid.copy()) == 0) return std::nullopt;
    return text_of(jv_invalid_get_msg(invalid.copy()));
}

/// Collects what the compiler complains about. The first line says most; the last only counts.
void take_complaint(void* context, jv message) {
    auto& complaint = *static_cast<std::string*>(context);
    const std::string text = text_of(jq_format_error(message));
    if (complaint.empty()) complaint = text;
}

/// `jq: error: syntax error, unexpected … at <top-level>, line 3:` and the source behind it.
Error refusal(std::string complaint) {
    complaint = complaint.substr(0, complaint.find('\n'));
    for (const std::string_view begin : {"jq: error: ", "error: "})
        if (complaint.starts_with(begin)) complaint.erase(0, begin.size());
    std::size_t line = 0;
    if (const std::size_t at = complaint.rfind(", line "); at != std::string::npos) {
        const char* const digits = complaint.data() + at + 7;
        std::from_chars(digits, complaint.data() + complaint.size(), line);
        complaint.erase(complaint.rfind(" at <", at) == std::string::npos ? at
                                                                          : complaint.rfind(" at <", at));
    }
    Error error(Code::invalid, "the jq expression does not compile: " + complaint,
                "jq(1) describes the language; try it with `jq -n 'EXPRESSION'`");
    return line > 0 ? error.at_line(line) : error;
}

}  // namespace

void Program::Close::operator()(jq_state* state) const noexcept { jq_teardown(&state); }

Program::Program(std::unique_ptr<jq_state, Close> state) : state_(std::move(state)) {}
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;
Program::~Program() = default;

Program Program::compile(std::string_view expression) {
    std::unique_ptr<jq_state, Close> state(jq_init());
    if (!state) throw Error(Code::internal, "libjq can't be started", "look whether memory has run out");
    std::string complaint;
    jq_set_error_cb(state.get(), &take_complaint, &complaint);
    jq_set_attr(state.get(), jv_string("JQ_LIBRARY_PATH"), jv_array());
    if (expression.find('\0') != std::string_view::npos) throw refusal("it holds a NUL byte");
    const std::string text = std::string(prelude) + std::string(expression);
    if (jq_compile(state.get(), text.c_str()) == 0) throw refusal(std::move(complaint));
    jq_set_error_cb(state.get(), nullptr, nullptr);
    return Program(std::move(state));
}

Outputs Program::run(std::string_view json, std::size_t most) const {
    Outputs outputs;
    const Value input(jv_parse_sized(json.data(), static_cast<int>(json.size())));
    if (!input.is_valid()) {
        outputs.error = message_of(input).value_or("the input is no JSON");
        return outputs;
    }
    jq_start(state_.get(), input.copy(), 0);
    while (outputs.values.size() < most) {
        const Value value(jq_next(state_.get()));
        if (!value.is_valid()) {
            outputs.error = message_of(value);
            break;
        }
        outputs.values.push_back(text_of(jv_dump_string(value.copy(), 0)));
    }
    return outputs;
}

Truth Program::truth(std::string_view json) const {
    const Value input(jv_parse_sized(json.data(), static_cast<int>(json.size())));
    if (!input.is_valid()) return {Truth::Kind::error, message_of(input).value_or("the input is no JSON")};
    jq_start(state_.get(), input.copy(), 0);
    const Value value(jq_next(state_.get()));
    if (!value.is_valid()) {
        const auto error = message_of(value);
        return error ? Truth{Truth::Kind::error, *error} : Truth{};
    }
    const bool is_true = value.kind() != JV_KIND_NULL && value.kind() != JV_KIND_FALSE;
    return {is_true ? Truth::Kind::yes : Truth::Kind::no};
}

}  // namespace tocsin::daemon::jq
