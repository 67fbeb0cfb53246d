// SPDX-License-Identifier: Apache-2.0
// How a code is encoded and what it looks like: the options that all ways to make one share.
#pragma once

#include <optional>
#include <string>

#include "cli/words/options.hpp"
#include "common/qr/drawing/format.hpp"
#include "common/qr/drawing/style.hpp"
#include "common/qr/encoding/symbol.hpp"
#include "common/qr/payload/url_case.hpp"

namespace tocsin::cli::qr::making {

namespace drawing = tocsin::qr::drawing;
namespace encoding = tocsin::qr::encoding;
namespace payload = tocsin::qr::payload;

/// The options as they were written.
struct DesignWords {
    std::optional<std::string> level;
    std::optional<std::string> eci;
    std::optional<std::string> url_case;
    std::optional<std::string> min_version;
    std::optional<std::string> max_version;
    bool micro = false;
    bool no_boost = false;
    std::optional<std::string> type;
    std::optional<std::string> size;
    std::optional<std::string> width;
    std::optional<std::string> dpi;
    std::optional<std::string> quiet_zone;
    std::optional<std::string> foreground;
    std::optional<std::string> background;
    std::optional<std::string> modules;
    std::optional<std::string> logo;
    std::optional<std::string> logo_area;
    bool inline_svg = false;
    std::optional<std::string> css_class;
    std::optional<std::string> title;
    bool force = false;
};

/// What becomes of a code that could not be scanned.
enum class Unscannable { refuse, warn };

struct Design {
    encoding::Options encoding{};
    payload::UrlCase url_case = payload::UrlCase::keep;
    std::optional<drawing::Format> format{};  ///< when one was named
    drawing::Style style{};
    drawing::Scale scale{};
    drawing::SvgWords svg{};
    Unscannable unscannable = Unscannable::refuse;
};

void declare_encoding(words::Options& options, DesignWords& into);
void declare_format(words::Options& options, DesignWords& into);
void declare_style(words::Options& options, DesignWords& into);

/// Reads the logo's file. Throws an `Exit` (64) that names the option that makes no sense, and 65 or 66 for a
/// logo that can't be read.
Design design_of(const DesignWords& words, std::string_view command);

/// Throws an `Exit` (64) when options were given that the format has no use for.
void check_format(const DesignWords& words, drawing::Format format, std::string_view command);

/// A whole number from `least` to `most`. Throws an `Exit` (64) that names the option.
int whole_number(std::string_view command, std::string_view option, const std::string& text, int least,
                 int most);

}  // namespace tocsin::cli::qr::making
