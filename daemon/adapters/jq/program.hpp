// SPDX-License-Identifier: Apache-2.0
// An expression in the language of jq(1), compiled by libjq 1.6. It sees its input and nothing of the host:
// no environment, no files, no further inputs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct jq_state;

namespace tocsin::daemon::jq {

/// What an expression made of one input: values in JSON, and the error that ended it, if one did.
struct Outputs {
    std::vector<std::string> values;
    std::optional<std::string> error;
};

/// What `select` would make of it, by the first output: jq calls all true but `false` and `null`.
struct Truth {
    enum class Kind { yes, no, error };
    Kind kind = Kind::no;
    std::string error = {};
};

/// Thread rule: one thread at a time; each thread has its own.
class Program {
 public:
    /// Throws `invalid` with jq's own words when the expression does not compile; where jq names a line it is
    /// the error's line, from 1.
    static Program compile(std::string_view expression);

    Program(Program&&) noexcept;
    Program& operator=(Program&&) noexcept;
    ~Program();

    /// All outputs, at most `most`. The text must be JSON, as an event's is.
    Outputs run(std::string_view json, std::size_t most) const;
    Truth truth(std::string_view json) const;

 private:
    struct Close {
        void operator()(jq_state* state) const noexcept;
    };
    explicit Program(std::unique_ptr<jq_state, Close> state);
    std::unique_ptr<jq_state, Close> state_;
};

}  // namespace tocsin::daemon::jq
