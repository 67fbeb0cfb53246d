// SPDX-License-Identifier: Apache-2.0
// Spool files and their names: what is taken is written again as the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/api/spool_file.hpp"
#include "common/core/error.hpp"
#include "daemon/api/draft_codec.hpp"
#include "tests/fuzz/check.hpp"

namespace {

using namespace tocsin;

void check_name(std::string_view name) {
    const auto moment = api::parse_spool_name(name);
    if (!moment) return;
    const std::string again = api::spool_name(*moment, 0);
    fuzz::check(api::parse_spool_name(again).has_value(), "a name that is written can be read", again);
    fuzz::check(name.substr(0, again.size() - 8) == again.substr(0, again.size() - 8),
                "a name that is read is written again", again);
}

void check_header(const api::SpoolFile& file) {
    const std::string text = api::spool_header(file.header, file.lines.size()) + std::string(file.lines);
    const api::SpoolFile again = api::parse_spool_file(text);
    fuzz::check(again.lines == file.lines, "the lines are read back", text);
    fuzz::check(again.header.time == file.header.time && again.header.batch == file.header.batch &&
                    again.header.default_type == file.header.default_type &&
                    again.header.traceparent == file.header.traceparent &&
                    again.header.tracestate == file.header.tracestate,
                "the header is read back", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static daemon::api::DraftCodec codec;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_name(text);
    try {
        const api::SpoolFile file = api::parse_spool_file(text);
        check_header(file);
        codec.read_lines(file.lines, {.type = file.header.default_type});
    } catch (const core::Error& error) {
        fuzz::check(error.code() == core::Code::invalid || error.code() == core::Code::too_large,
                    "what is refused is invalid or too large", error.what());
    }
    return 0;
}
