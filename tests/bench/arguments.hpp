// SPDX-License-Identifier: Apache-2.0
// Arguments of the load clients: options that take one value each, and words after `--`.
#pragma once

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace tocsin::bench {

/// Ends the program: a load client that can't measure must not print a figure.
[[noreturn]] inline void fail(std::string_view what) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(what.size()), what.data());
    std::exit(1);  // NOLINT(concurrency-mt-unsafe): at most one thread of a client fails
}

/// The same for a call that failed; `error` is an errno.
[[noreturn]] inline void fail_errno(const std::string& what, int error = errno) {
    fail(what + ": " + std::generic_category().message(error));
}

class Arguments {
 public:
    /// `options` are the names that are known; any other ends the program with the usage.
    Arguments(int argc, char** argv, std::string usage, std::vector<std::string_view> options);

    std::optional<std::string> find(std::string_view name) const;
    std::string text(std::string_view name, std::string fallback) const;
    std::string required(std::string_view name) const;
    std::uint64_t number(std::string_view name, std::uint64_t fallback) const;
    double real(std::string_view name, double fallback) const;

    /// Every value of an option that may be repeated, in order.
    std::vector<std::string> all(std::string_view name) const;

    /// What stands after `--`.
    const std::vector<std::string>& rest() const noexcept { return rest_; }

    [[noreturn]] void misuse(const std::string& what) const { fail(what + "\n" + usage_); }

 private:
    template <typename Number>
    Number parse(std::string_view name, Number fallback) const;

    std::string usage_;
    std::vector<std::pair<std::string, std::string>> values_;
    std::vector<std::string> rest_;
};

inline Arguments::Arguments(int argc, char** argv, std::string usage, std::vector<std::string_view> options)
    : usage_(std::move(usage)) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    for (std::size_t i = 0; i < words.size(); i += 2) {
        if (words[i] == "--") {
            rest_.assign(words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
            return;
        }
        if (words[i] == "--help") {
            std::printf("%s\n", usage_.c_str());
            std::exit(0);  // NOLINT(concurrency-mt-unsafe): before any thread
        }
        if (std::find(options.begin(), options.end(), words[i]) == options.end()) {
            misuse(words[i] + ": no such option");
        }
        if (i + 1 == words.size()) misuse(words[i] + ": takes a value");
        values_.emplace_back(words[i], words[i + 1]);
    }
}

inline std::optional<std::string> Arguments::find(std::string_view name) const {
    for (const auto& [option, value] : values_) {
        if (option == name) return value;
    }
    return std::nullopt;
}

inline std::string Arguments::text(std::string_view name, std::string fallback) const {
    return find(name).value_or(std::move(fallback));
}

inline std::string Arguments::required(std::string_view name) const {
    const auto value = find(name);
    if (!value) misuse(std::string(name) + " is missing");
    return *value;
}

inline std::vector<std::string> Arguments::all(std::string_view name) const {
    std::vector<std::string> found;
    for (const auto& [option, value] : values_) {
        if (option == name) found.push_back(value);
    }
    return found;
}

template <typename Number>
Number Arguments::parse(std::string_view name, Number fallback) const {
    const auto value = find(name);
    if (!value) return fallback;
    Number number{};
    const char* const end = value->data() + value->size();
    const auto [stop, error] = std::from_chars(value->data(), end, number);
    if (error != std::errc{} || stop != end || number < Number{}) {
        misuse(std::string(name) + ": '" + *value + "' is not a number");
    }
    return number;
}

inline std::uint64_t Arguments::number(std::string_view name, std::uint64_t fallback) const {
    return parse<std::uint64_t>(name, fallback);
}

inline double Arguments::real(std::string_view name, double fallback) const {
    return parse<double>(name, fallback);
}

}  // namespace tocsin::bench
