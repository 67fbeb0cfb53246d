// SPDX-License-Identifier: Apache-2.0
// Where a command speaks: stdout carries data, stderr carries talk.
#pragma once

#include <string_view>

#include "cli/output/paint.hpp"
#include "cli/output/writer.hpp"
#include "common/core/error.hpp"

namespace tocsin::cli::output {

/// How a command answers: text for people, or JSON, one object a line.
enum class Form { human, json };

/// Thread rule: one thread.
class Console {
 public:
    /// Gives standard descriptors that are closed a dead end, so that no socket takes their numbers.
    Console();

    Writer& out() noexcept { return out_; }
    Writer& err() noexcept { return err_; }

    /// Colours for stdout: none when it is no terminal, or NO_COLOR or TERM=dumb say so.
    const Paint& paint() const noexcept { return paint_; }
    /// True when stderr is a terminal on which a line can be written over.
    bool can_rewrite() const noexcept;

    /// Writes what another program printed to stdout, below an empty line and its label: byte for byte, but
    /// on a terminal without what would steer that. Nothing when it is empty.
    void section(std::string_view label, std::string_view text);

    /// Writes `tocsin: VERB: TEXT` to stderr.
    void say(std::string_view verb, std::string_view text);
    /// Writes `tocsin: VERB: WHAT; HINT` to stderr.
    void fail(std::string_view verb, const core::Error& error);

 private:
    Writer out_;
    Writer err_;
    Paint paint_;
};

}  // namespace tocsin::cli::output
