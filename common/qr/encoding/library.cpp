// SPDX-License-Identifier: Apache-2.0
#include "common/qr/encoding/library.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include "common/core/error.hpp"

namespace tocsin::qr::encoding {
namespace {

constexpr unsigned eci_utf8 = 26;

QRencodeMode library_mode(Mode mode) noexcept {
    constexpr std::array modes{QR_MODE_NUM, QR_MODE_AN, QR_MODE_8, QR_MODE_KANJI};
    return modes[static_cast<std::size_t>(mode)];
}

Owned<QRinput> new_input(Version version, Level level) {
    QRinput* input = version.family == Family::micro ? QRinput_newMQR(version.number, library_level(level))
                                                     : QRinput_new2(version.number, library_level(level));
    if (input == nullptr) library_failed();
    return Owned<QRinput>(input);
}

Owned<QRinput> input_of(const Plan& plan) {
    Owned<QRinput> input = new_input(plan.version, plan.level);
    if (plan.content.announces_utf8 && QRinput_appendECIheader(input.get(), eci_utf8) != 0) library_failed();
    for (const Segment& segment : plan.content.segments) {
        const std::vector<unsigned char> data(segment.data.begin(), segment.data.end());
        if (QRinput_append(input.get(), library_mode(segment.mode), static_cast<int>(data.size()),
                           data.data()) != 0)
            library_failed();
    }
    return input;
}

std::vector<std::uint8_t> modules_of(const QRcode& code) {
    const auto width = static_cast<std::size_t>(code.width);
    return {code.data, code.data + width * width};
}

/// The version that the library is asked for is only the least that it may take.
void expect_version(const QRcode& code, const Plan& plan) {
    if (code.width == size_of(plan.version)) return;
    throw core::Error(core::Code::internal,
                      "libqrencode made a code of " + std::to_string(code.width) + " modules for version " +
                          to_string(plan.version),
                      "please report this text as a bug");
}

Owned<QRinput_Struct> inputs_of(std::span<const Plan> plans, std::uint8_t parity) {
    Owned<QRinput_Struct> inputs(QRinput_Struct_new());
    if (!inputs) library_failed();
    QRinput_Struct_setParity(inputs.get(), parity);
    for (const Plan& plan : plans) {
        Owned<QRinput> input = input_of(plan);
        if (QRinput_Struct_appendInput(inputs.get(), input.get()) < 0) library_failed();
        static_cast<void>(input.release());  // the list owns it now
    }
    if (QRinput_Struct_insertStructuredAppendHeaders(inputs.get()) != 0) library_failed();
    return inputs;
}

}  // namespace

QRecLevel library_level(Level level) noexcept {
    constexpr std::array levels{QR_ECLEVEL_L, QR_ECLEVEL_M, QR_ECLEVEL_Q, QR_ECLEVEL_H};
    return levels[static_cast<std::size_t>(level)];
}

void library_failed() {
    throw core::Error(core::Code::internal, "libqrencode failed: " + std::generic_category().message(errno),
                      "please report this text as a bug");
}

Symbol Library::make(Plan plan) {
    const Owned<QRinput> input = input_of(plan);
    const Owned<QRcode> code(QRcode_encodeInput(input.get()));
    if (!code) library_failed();
    expect_version(*code, plan);
    Symbol symbol(plan.version, plan.level, modules_of(*code));
    symbol.content_ = std::move(plan.content);
    return symbol;
}

std::vector<Symbol> Library::make_parts(std::span<const Plan> plans, std::uint8_t parity) {
    const Owned<QRinput_Struct> inputs = inputs_of(plans, parity);
    const Owned<QRcode_List> codes(QRcode_encodeInputStructured(inputs.get()));
    if (!codes) library_failed();
    std::vector<Symbol> symbols;
    const QRcode_List* code = codes.get();
    for (const Plan& plan : plans) {
        if (code == nullptr) library_failed();
        expect_version(*code->code, plan);
        Symbol symbol(plan.version, plan.level, modules_of(*code->code));
        symbol.content_ = plan.content;
        symbol.part_ = {.index = static_cast<int>(symbols.size()),
                        .count = static_cast<int>(plans.size()),
                        .parity = parity};
        symbols.push_back(std::move(symbol));
        code = code->next;
    }
    return symbols;
}

Symbol Library::adopt(const QRcode& code, Family family, Level level) {
    const int number = family == Family::qr ? (code.width - 17) / 4 : (code.width - 9) / 2;
    return Symbol({.family = family, .number = number}, level, modules_of(code));
}

}  // namespace tocsin::qr::encoding
