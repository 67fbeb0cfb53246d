// SPDX-License-Identifier: Apache-2.0
// libjq alone: one thread that reads lines of JSON from a file, runs an expression on each, and writes a
// file.
extern "C" {
#include <jq.h>
}

#include <fcntl.h>
#include <unistd.h>

#include <memory>

#include "tests/bench/arguments.hpp"
#include "tests/bench/latencies.hpp"

namespace tocsin::bench {
namespace {

constexpr const char* usage =
    "usage: jq_load --input FILE --output FILE (--where EXPRESSION | --map EXPRESSION)\n"
    "With --where it writes the lines for which the expression is neither false nor null, with --map all\n"
    "outputs, a line each. The expression is compiled before the clock starts.\n"
    "Prints JSON: lines, written, seconds, rate (lines a second).";

constexpr std::size_t buffer_bytes = 256UL * 1024;

class File {
 public:
    File(const std::string& path, int flags) : number_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {
        if (number_ < 0) fail_errno(path);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() { ::close(number_); }
    int number() const noexcept { return number_; }

 private:
    int number_;
};

/// Lines of a file that is read in large pieces.
class Lines {
 public:
    explicit Lines(const std::string& path) : file_(path, O_RDONLY), buffer_(buffer_bytes) {}

    /// The next line without its end, valid until the next call; nothing at the end of the file.
    std::optional<std::string_view> next() {
        while (true) {
            const std::string_view rest(buffer_.data() + begin_, end_ - begin_);
            if (const std::size_t length = rest.find('\n'); length != std::string_view::npos) {
                begin_ += length + 1;
                return rest.substr(0, length);
            }
            if (!read_more()) return std::nullopt;
        }
    }

 private:
    bool read_more() {
        std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
                  buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
        end_ -= begin_;
        begin_ = 0;
        if (end_ == buffer_.size()) buffer_.resize(2 * buffer_.size());
        const ssize_t count = ::read(file_.number(), buffer_.data() + end_, buffer_.size() - end_);
        if (count < 0) fail_errno("read");
        end_ += static_cast<std::size_t>(count);
        return count > 0;
    }

    File file_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

/// A file that is written in large pieces.
class Output {
 public:
    explicit Output(const std::string& path) : file_(path, O_WRONLY | O_CREAT | O_TRUNC) {}

    void add(std::string_view line) {
        (buffer_ += line) += '\n';
        ++lines_;
        if (buffer_.size() >= buffer_bytes) flush();
    }
    void flush() {
        for (std::string_view rest = buffer_; !rest.empty();) {
            const ssize_t count = ::write(file_.number(), rest.data(), rest.size());
            if (count < 0) fail_errno("write");
            rest.remove_prefix(static_cast<std::size_t>(count));
        }
        buffer_.clear();
    }
    std::size_t lines() const noexcept { return lines_; }

 private:
    File file_;
    std::string buffer_;
    std::size_t lines_ = 0;
};

class Program {
 public:
    explicit Program(const std::string& expression) : state_(jq_init()) {
        if (!state_ || jq_compile(state_.get(), expression.c_str()) == 0) fail("the expression is no jq");
    }

    void select(std::string_view line, Output& output) {
        start(line);
        jv value = jq_next(state_.get());
        check(value);
        const jv_kind kind = jv_get_kind(value);
        jv_free(value);
        if (kind != JV_KIND_INVALID && kind != JV_KIND_NULL && kind != JV_KIND_FALSE) output.add(line);
    }

    void map(std::string_view line, Output& output) {
        start(line);
        jv value = jq_next(state_.get());
        for (; jv_is_valid(value) != 0; value = jq_next(state_.get())) {
            jv text = jv_dump_string(value, 0);
            output.add(
                {jv_string_value(text), static_cast<std::size_t>(jv_string_length_bytes(jv_copy(text)))});
            jv_free(text);
        }
        check(value);
        jv_free(value);
    }

 private:
    struct Close {
        void operator()(jq_state* state) const noexcept { jq_teardown(&state); }
    };

    void start(std::string_view line) {
        jv input = jv_parse_sized(line.data(), static_cast<int>(line.size()));
        if (jv_is_valid(input) == 0) fail("a line is no JSON");
        jq_start(state_.get(), input, 0);
    }

    static void check(jv value) {
        if (jv_is_valid(value) == 0 && jv_invalid_has_msg(jv_copy(value)) != 0)
            fail("the expression fails on a line");
    }

    std::unique_ptr<jq_state, Close> state_;
};

void run(const Arguments& arguments) {
    const auto where = arguments.find("--where");
    const auto map = arguments.find("--map");
    if (where.has_value() == map.has_value()) arguments.misuse("either --where or --map is needed");
    Program program(where ? *where : *map);
    const auto begun = SteadyClock::now();
    Lines lines(arguments.required("--input"));
    Output output(arguments.required("--output"));
    std::size_t count = 0;
    for (; const auto line = lines.next(); ++count) {
        if (where)
            program.select(*line, output);
        else
            program.map(*line, output);
    }
    output.flush();
    const double seconds = seconds_between(begun, SteadyClock::now());
    std::printf("{\"lines\":%zu,\"written\":%zu,\"seconds\":%.3f,\"rate\":%.1f}\n", count, output.lines(),
                seconds, static_cast<double>(count) / seconds);
}

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) {
    using namespace tocsin::bench;
    run(Arguments(argc, argv, usage, {"--input", "--output", "--where", "--map"}));
    return 0;
}
