// SPDX-License-Identifier: Apache-2.0
#include "cli/qr_verify/picture.hpp"

#include <png.h>

#include <memory>
#include <string>

#include "common/core/error.hpp"

namespace tocsin::cli::qr_verify {
namespace {

[[noreturn]] void refuse(const png_image& image) {
    const char* why = image.message;
    throw core::Error(core::Code::invalid, "this is no PNG: " + std::string(why), "give a whole PNG file");
}

void check_size(const png_image& image) {
    const std::uint64_t pixels = std::uint64_t{image.width} * image.height;
    if (image.width <= max_side_pixels && image.height <= max_side_pixels && pixels <= max_pixels) return;
    throw core::Error(
        core::Code::too_large,
        "the picture has " + std::to_string(image.width) + " x " + std::to_string(image.height) + " pixels",
        "give one of at most 400 megapixels, and 40000 pixels a side");
}

}  // namespace

Picture read_png(std::string_view file) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    const std::unique_ptr<png_image, decltype(&png_image_free)> owner(&image, &png_image_free);
    if (file.empty()) throw core::Error(core::Code::invalid, "the picture is empty", "give a whole PNG file");
    if (png_image_begin_read_from_memory(&image, file.data(), file.size()) == 0) refuse(image);
    check_size(image);
    image.format = PNG_FORMAT_GRAY;
    Picture picture{static_cast<int>(image.width), static_cast<int>(image.height), {}};
    picture.grey.resize(PNG_IMAGE_SIZE(image));
    constexpr png_color paper{255, 255, 255};
    if (png_image_finish_read(&image, &paper, picture.grey.data(), 0, nullptr) == 0) refuse(image);
    return picture;
}

}  // namespace tocsin::cli::qr_verify
