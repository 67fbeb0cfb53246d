// SPDX-License-Identifier: Apache-2.0
// Reads a Redis stream from its beginning to its end and prints each entry's value as a line, as `tocsin
// tail` does.
#include "tests/bench/stream_socket.hpp"

namespace tocsin::bench {
namespace {

constexpr const char* usage =
    "usage: redis_read --unix PATH [--count 1000]\n"
    "Reads the stream `bench`, whose entries have one field, by XREAD COUNT and writes the values to stdout, "
    "one a\n"
    "line.";

/// A cursor over a reply of RESP2; asks the socket for more when it comes to the end.
class Reply {
 public:
    explicit Reply(const StreamSocket& socket) : socket_(socket) {}

    /// The number of a line such as `*2` or `$15`, -1 for none.
    std::int64_t length(char kind) {
        const std::string_view text = line();
        std::int64_t value = 0;
        if (text.empty() || text[0] != kind) fail("redis: " + std::string(text));
        const auto parsed = std::from_chars(text.data() + 1, text.data() + text.size(), value);
        if (parsed.ec != std::errc{}) fail("redis: " + std::string(text));
        return value;
    }

    /// A bulk string; valid until the next call.
    std::string_view bulk() {
        const auto size = static_cast<std::size_t>(length('$'));
        while (bytes_.size() < place_ + size + 2) socket_.receive(bytes_);
        const std::string_view text(bytes_.data() + place_, size);
        place_ += size + 2;
        return text;
    }

    void forget() {
        bytes_.erase(0, place_);
        place_ = 0;
    }

 private:
    std::string_view line() {
        std::size_t end = bytes_.find("\r\n", place_);
        for (; end == std::string::npos; end = bytes_.find("\r\n", place_)) socket_.receive(bytes_);
        const std::string_view text(bytes_.data() + place_, end - place_);
        place_ = end + 2;
        return text;
    }

    const StreamSocket& socket_;
    std::string bytes_;
    std::size_t place_ = 0;
};

void write_all(std::string& text) {
    for (std::string_view rest = text; !rest.empty();) {
        const std::ptrdiff_t written = ::write(STDOUT_FILENO, rest.data(), rest.size());
        if (written <= 0) fail("write failed");
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    text.clear();
}

/// Takes one reply: [[stream, [[id, [field, value]], …]]]. Returns the number of entries.
std::int64_t take(Reply& reply, std::string& last, std::string& out) {
    if (reply.length('*') < 0) return 0;
    reply.length('*');
    reply.bulk();
    const std::int64_t entries = reply.length('*');
    for (std::int64_t i = 0; i < entries; ++i) {
        reply.length('*');
        last = reply.bulk();
        reply.length('*');
        reply.bulk();
        out.append(reply.bulk()) += '\n';
    }
    return entries;
}

void run(const Arguments& arguments) {
    const StreamSocket socket(arguments);
    const std::string count = std::to_string(arguments.number("--count", 1000));
    const std::string head = "*6\r\n$5\r\nXREAD\r\n$5\r\nCOUNT\r\n$" + std::to_string(count.size()) + "\r\n" +
                             count + "\r\n$7\r\nSTREAMS\r\n$5\r\nbench\r\n$";
    Reply reply(socket);
    std::string last = "0";
    std::string out;
    std::int64_t entries = 0;
    do {
        socket.send(head + std::to_string(last.size()) + "\r\n" + last + "\r\n");
        entries = take(reply, last, out);
        reply.forget();
        write_all(out);
    } while (entries > 0);
}

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) {
    using namespace tocsin::bench;
    run(Arguments(argc, argv, usage, {"--unix", "--count"}));
    return 0;
}
