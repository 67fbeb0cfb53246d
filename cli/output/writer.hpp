// SPDX-License-Identifier: Apache-2.0
// Writes to one of the standard descriptors, in large pieces.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tocsin::cli::output {

/// Throws an `Exit`: 141 when nobody reads any more (where SIGPIPE is ignored; otherwise the signal ends the
/// program), 74 when the system refuses the bytes. What is not flushed is lost: the owner flushes at the end.
/// Thread rule: one thread.
class Writer {
 public:
    /// `name` stands in errors: `standard output`.
    Writer(int descriptor, std::string_view name);
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void write(std::string_view text) {
        buffer_ += text;
        if (buffer_.size() >= flush_bytes) flush();
    }
    void line(std::string_view text) {
        buffer_ += text;
        buffer_ += '\n';
        if (buffer_.size() >= flush_bytes) flush();
    }
    void flush();

    int descriptor() const noexcept { return descriptor_; }
    bool is_terminal() const noexcept { return terminal_; }
    /// The terminal's width; 0 when it is unknown or there is no terminal: nothing is cut then.
    std::size_t columns() const noexcept;

 private:
    static constexpr std::size_t flush_bytes = 128U << 10;
    int descriptor_;
    std::string_view name_;
    bool terminal_;
    std::string buffer_;
};

}  // namespace tocsin::cli::output
