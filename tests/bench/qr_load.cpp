// SPDX-License-Identifier: Apache-2.0
// What libqrencode and libpng take by themselves: a PNG file for each line of a text, in one thread.
#include <png.h>
#include <qrencode.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <vector>

#include "tests/bench/arguments.hpp"
#include "tests/bench/latencies.hpp"

namespace tocsin::bench {
namespace {

constexpr const char* usage =
    "usage: qr_load --texts FILE --out DIR [--module-pixels 8]\n"
    "Encodes each line of the file at level M and writes DIR/0001.png and so on, black on white, 1 bit a "
    "pixel.\n"
    "Prints JSON: codes, seconds, rate.";

constexpr int quiet_zone = 4;

using Code = std::unique_ptr<QRcode, decltype(&QRcode_free)>;
using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

/// One row of pixels, eight a byte, 0 for dark.
std::vector<png_byte> pixels_of(const QRcode& code, int row, int module) {
    const int side = (code.width + 2 * quiet_zone) * module;
    std::vector<png_byte> bytes(static_cast<std::size_t>(side + 7) / 8, 0xFF);
    const int y = row - quiet_zone;
    if (y < 0 || y >= code.width) return bytes;
    for (int x = 0; x < code.width; ++x) {
        if ((code.data[y * code.width + x] & 1) == 0) continue;
        for (int pixel = (x + quiet_zone) * module; pixel < (x + quiet_zone + 1) * module; ++pixel)
            bytes[static_cast<std::size_t>(pixel) / 8] &= static_cast<png_byte>(~(0x80 >> (pixel % 8)));
    }
    return bytes;
}

void write_png(const QRcode& code, const std::string& path, int module) {
    const File file(std::fopen(path.c_str(), "wb"), &std::fclose);
    if (!file) fail_errno(path, errno);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    png_infop info = png_create_info_struct(png);
    png_init_io(png, file.get());
    const int modules = code.width + 2 * quiet_zone;
    const auto side = static_cast<png_uint_32>(modules * module);
    png_set_IHDR(png, info, side, side, 1, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (int row = 0; row < modules; ++row) {
        const std::vector<png_byte> pixels = pixels_of(code, row, module);
        for (int line = 0; line < module; ++line) png_write_row(png, pixels.data());
    }
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
}

std::string name_of(std::size_t number) {
    std::string digits = std::to_string(number);
    return std::string(4 - std::min<std::size_t>(digits.size(), 4), '0') + digits + ".png";
}

void run(const Arguments& arguments) {
    std::ifstream texts(arguments.required("--texts"));
    const std::string folder = arguments.required("--out");
    const int module = static_cast<int>(arguments.number("--module-pixels", 8));
    const auto started = SteadyClock::now();
    std::size_t codes = 0;
    for (std::string text; std::getline(texts, text); ++codes) {
        const Code code(QRcode_encodeString(text.c_str(), 0, QR_ECLEVEL_M, QR_MODE_8, 1), &QRcode_free);
        if (!code) fail("libqrencode failed");
        write_png(*code, folder + "/" + name_of(codes + 1), module);
    }
    const std::chrono::duration<double> seconds = SteadyClock::now() - started;
    std::printf("{\"codes\":%zu,\"seconds\":%.6f,\"rate\":%.1f}\n", codes, seconds.count(),
                static_cast<double>(codes) / seconds.count());
}

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) {
    using namespace tocsin::bench;
    run(Arguments(argc, argv, usage, {"--texts", "--out", "--module-pixels"}));
    return 0;
}
