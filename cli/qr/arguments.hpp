// SPDX-License-Identifier: Apache-2.0
// What `tocsin qr` was asked to do.
#pragma once

#include <filesystem>
#include <string>
#include <variant>

#include "common/qr/symbol.hpp"

namespace tocsin::cli::qr {

enum class Format { terminal, png, svg };

enum class Origin { word, standard_input };

struct Job {
    Origin origin = Origin::word;
    std::string word;  ///< the text, when it does not come from standard input
    tocsin::qr::Level level = tocsin::qr::Level::medium;
    Format format = Format::terminal;
    std::filesystem::path file;  ///< empty for the terminal
};

struct Help {
    std::string text;
};

/// Throws `core::Exit` with status `usage` when the words make no sense.
std::variant<Job, Help> parse(int argc, const char* const* argv);

}  // namespace tocsin::cli::qr
