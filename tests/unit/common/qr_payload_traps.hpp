// SPDX-License-Identifier: Apache-2.0
// How the tests of payload builders ask: the text that comes out, or why it was refused.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/core/error.hpp"
#include "common/qr/payload/payload.hpp"

namespace tocsin::qr::payload {

/// The text, or what was said instead.
template <typename Fields>
std::string text_of(const Fields& fields) {
    try {
        return to_payload(fields).text;
    } catch (const core::Error& error) {
        return std::string("refused: ") + error.what();
    }
}

template <typename Fields>
struct Good {
    Fields fields;
    std::string text;
};

template <typename Fields>
struct Bad {
    Fields fields;
    std::string words;  ///< in the message
    core::Code code = core::Code::invalid;
};

template <typename Fields>
void expect_texts(const std::vector<Good<Fields>>& table) {
    for (const auto& row : table) EXPECT_EQ(text_of(row.fields), row.text);
}

template <typename Call>
core::Error error_of(Call call) {
    try {
        call();
    } catch (const core::Error& error) {
        return error;
    }
    return core::Error(core::Code::internal, "it was taken");
}

/// The message says it in these words, without a full stop, and the hint says what to do.
inline void expect_error(const core::Error& error, core::Code code, const std::string& words) {
    const std::string message = error.what();
    EXPECT_EQ(error.code(), code) << message;
    EXPECT_NE(message.find(words), std::string::npos) << "'" << words << "' is not in: " << message;
    EXPECT_FALSE(message.ends_with('.')) << message;
    EXPECT_FALSE(error.hint().empty()) << message;
}

template <typename Fields>
void expect_refusals(const std::vector<Bad<Fields>>& table) {
    for (const auto& row : table)
        expect_error(error_of([&] { return to_payload(row.fields); }), row.code, row.words);
}

/// Texts that break a format whose values are not escaped.
inline std::vector<std::string> nasty_texts() {
    return {"plain",
            "semi;colon",
            "com,ma",
            "co:lon",
            "quo\"te",
            "back\\slash",
            "ends\\",
            "\\",
            "\\\\;",
            ";;",
            ",",
            "\\n is no line end",
            "a=b&c=d?e#f%20+ g",
            "Grüße, 日本; 🎉",
            "TEL:1;URL:x",
            " spaces at both ends ",
            "[brackets] {braces}",
            "'single'"};
}

}  // namespace tocsin::qr::payload
