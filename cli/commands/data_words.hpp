// SPDX-License-Identifier: Apache-2.0
// The words of `emit` that make an event's data: key=text and key:=json.
#pragma once

#include <span>
#include <string>

namespace tocsin::cli::commands {

/// One JSON object from the words, in their order; dots in keys are part of the key, and JSON values stay as
/// they are written. Throws `invalid` (exit 65) for a value that is not JSON or not UTF-8, and a usage error
/// (64) for a word that is neither form, an empty key, or a key that comes twice.
std::string data_from_words(std::span<const std::string> words);

}  // namespace tocsin::cli::commands
