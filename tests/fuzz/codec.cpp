// SPDX-License-Identifier: Apache-2.0
// The event codec: what it takes is written out and read back as the same draft. The first byte picks the
// form.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/core/error.hpp"
#include "common/event/json_text.hpp"
#include "daemon/api/draft_codec.hpp"
#include "tests/fuzz/check.hpp"

namespace {

using namespace tocsin;
using daemon::api::DraftCodec;
using event::Draft;

std::vector<Draft> read(DraftCodec& codec, std::uint8_t form, std::string_view text) {
    switch (form % 4) {
        case 0: return {codec.read_one(text)};
        case 1: return codec.read_array(text);
        case 2: return codec.read_lines(text);
        default: return codec.read_lines(text, {.type = "given.type"});
    }
}

void check_same(const Draft& draft, const Draft& again, const std::string& text) {
    fuzz::check(draft.type == again.type, "the type is read back", text);
    fuzz::check(draft.source == again.source, "the source is read back", text);
    fuzz::check(draft.id == again.id, "the id is read back", text);
    fuzz::check(draft.attributes == again.attributes, "the attributes are read back", text);
    fuzz::check(draft.data == again.data, "the data are read back", text);
}

void check_value(DraftCodec& codec, std::string_view text) {
    const std::string value = codec.read_value(text);
    fuzz::check(codec.read_value(value) == value, "a value that was stored is read as itself", value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    static DraftCodec codec;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    try {
        for (const Draft& draft : read(codec, data[0], text)) {
            std::string line;
            event::append_json(draft, line);
            fuzz::check(line.find('\n') == std::string::npos, "a draft is one line", line);
            check_same(draft, codec.read_one(line), line);
        }
        check_value(codec, text);
    } catch (const core::Error& error) {
        fuzz::check(error.code() == core::Code::invalid || error.code() == core::Code::too_large,
                    "what is refused is invalid or too large", error.what());
        fuzz::check(error.what()[0] != '\0', "a refusal says why");
    }
    return 0;
}
