// SPDX-License-Identifier: Apache-2.0
// From a text to files or a terminal: encode, look for what would not scan, draw, verify, write.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/output/console.hpp"
#include "cli/qr/making/design.hpp"
#include "common/qr/drawing/picture.hpp"

namespace tocsin::cli::qr::making {

/// What is wanted of the codes beside their design; as it was written.
struct DeliveryWords {
    std::optional<std::string> output;
    std::optional<std::string> parts;
    bool verify = false;
    bool info = false;
};

void declare_delivery(words::Options& options, DeliveryWords& into);

/// One command's way from its text to its pictures. Thread rule: one thread. All it is given must outlive it.
class Delivery {
 public:
    /// Throws an `Exit` (64) for options that make no sense.
    Delivery(std::string_view command, const DesignWords& design_words, const DeliveryWords& words,
             output::Console& console);

    /// The design, to be narrowed by what a payload demands.
    Design& design() noexcept { return design_; }

    /// Throws `Error` when the text can't be encoded, drawn, verified or written; then nothing was written.
    void deliver(std::string_view text);

 private:
    std::vector<drawing::Picture> pictures_of(std::string_view text) const;
    void write(const std::vector<drawing::Picture>& pictures);
    void write_to_stdout(const std::vector<std::string>& files, drawing::Format format);

    std::string command_;
    const DesignWords& design_words_;
    const DeliveryWords& words_;
    output::Console& console_;
    Design design_;
    std::optional<std::string> file_;  ///< nothing for standard output
    drawing::Format format_;
};

/// Throws the `Error` that tells all faults, or warns of them.
void judge(const std::vector<drawing::Fault>& faults, Unscannable unscannable, output::Console& console);

}  // namespace tocsin::cli::qr::making
