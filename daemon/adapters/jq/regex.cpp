// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/jq/regex.hpp"

#include <oniguruma.h>

namespace tocsin::daemon::jq {
namespace {

const OnigUChar* bytes(const char* text) noexcept { return reinterpret_cast<const OnigUChar*>(text); }

}  // namespace

void Regex::Free::operator()(re_pattern_buffer* pattern) const noexcept { onig_free(pattern); }

std::optional<Regex> Regex::compile(std::string_view pattern) {
    OnigErrorInfo info{};
    regex_t* compiled = nullptr;
    const int result = onig_new(&compiled, bytes(pattern.data()), bytes(pattern.data() + pattern.size()),
                                ONIG_OPTION_CAPTURE_GROUP, ONIG_ENCODING_UTF8, ONIG_SYNTAX_PERL_NG, &info);
    if (result != ONIG_NORMAL) return std::nullopt;
    Regex regex;
    regex.pattern_.reset(compiled);
    return regex;
}

Regex::Search Regex::search(std::string_view text) const {
    const OnigUChar* const begin = bytes(text.data());
    const OnigUChar* const end = begin + text.size();
    const int place = onig_search(pattern_.get(), begin, end, begin, end, nullptr, ONIG_OPTION_NONE);
    if (place == ONIG_MISMATCH) return Search::not_found;
    return place >= 0 ? Search::found : Search::failed;
}

}  // namespace tocsin::daemon::jq
