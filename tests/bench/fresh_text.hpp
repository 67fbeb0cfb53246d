// SPDX-License-Identifier: Apache-2.0
// A text in which every `@` becomes a fresh random id.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::bench {

/// An id is 32 hexadecimal digits, so that every rendering has the same length. One thread only.
class FreshText {
 public:
    static constexpr std::size_t id_length = 32;

    explicit FreshText(std::string_view pattern) {
        for (const char character : pattern) {
            if (character != '@') {
                text_ += character;
                continue;
            }
            places_.push_back(text_.size());
            text_.append(id_length, '0');
        }
    }

    /// The text with new ids; valid until the next call.
    std::string_view next() {
        for (const std::size_t place : places_) {
            write_digits(place);
            write_digits(place + id_length / 2);
        }
        return text_;
    }

    std::size_t size() const noexcept { return text_.size(); }

 private:
    void write_digits(std::size_t place) {
        constexpr std::string_view digits = "0123456789abcdef";
        std::uint64_t bits = random_();
        for (std::size_t i = 0; i < id_length / 2; ++i, bits >>= 4U) text_[place + i] = digits[bits & 15U];
    }

    static std::mt19937_64 seeded() {
        std::random_device device;
        std::seed_seq seed{device(), device(), device(), device()};
        return std::mt19937_64(seed);
    }

    std::string text_;
    std::vector<std::size_t> places_;
    std::mt19937_64 random_ = seeded();
};

}  // namespace tocsin::bench
