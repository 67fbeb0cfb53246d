// SPDX-License-Identifier: Apache-2.0
// The payload builders of the command line: `tocsin qr wifi`, `tocsin qr vcard` and so on.
// Thread rule: one thread.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "cli/words/options.hpp"
#include "common/qr/payload/payload.hpp"

namespace tocsin::cli::qr::forms {

/// One builder's options and what they make.
class PayloadForm {
 public:
    virtual ~PayloadForm() = default;

    /// Adds the options, which write into this form; to be called once, and the form must outlive the parse.
    virtual void declare(words::Options& options) = 0;

    /// After the parse. May read a file or standard input, for a password or a secret.
    /// Throws `core::Exit`: `usage` naming the option that is missing or makes no sense, `no_input` and `io`
    /// for files; and `core::Error` for values that the format does not allow.
    virtual tocsin::qr::payload::Payload payload() const = 0;
};

struct PayloadRow {
    std::string_view name;     ///< behind `tocsin qr`
    std::string_view summary;  ///< a sentence
    std::string_view example;  ///< a whole command
    std::unique_ptr<PayloadForm> (*make)();
};

/// Every builder, in the order in which help lists them.
std::span<const PayloadRow> payload_rows();

}  // namespace tocsin::cli::qr::forms
