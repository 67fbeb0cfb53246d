// SPDX-License-Identifier: Apache-2.0
// What a client sends over the local socket, headers and bodies: whatever it is, what comes back is HTTP.
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/fuzz/check.hpp"
#include "tests/fuzz/doors.hpp"

namespace {

using namespace tocsin;

/// A stream that follows the log never ends by itself.
constexpr int patience_milliseconds = 50;

class Client {
 public:
    explicit Client(const std::filesystem::path& path)
        : descriptor_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::ranges::copy(path.native(), address.sun_path);
        const auto* generic = reinterpret_cast<const sockaddr*>(&address);
        fuzz::check(connect(descriptor_, generic, sizeof address) == 0, "the door is open");
    }
    ~Client() { close(descriptor_); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// The first bytes of the answer, if there is one.
    std::string exchange(std::string_view request) const {
        send(descriptor_, request.data(), request.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        shutdown(descriptor_, SHUT_WR);
        std::string answer;
        std::array<char, 65536> part{};
        pollfd ready{descriptor_, POLLIN, 0};
        while (poll(&ready, 1, patience_milliseconds) > 0) {
            const ssize_t count = recv(descriptor_, part.data(), part.size(), 0);
            if (count <= 0) break;
            if (answer.size() < part.size()) answer.append(part.data(), static_cast<std::size_t>(count));
        }
        return answer;
    }

 private:
    int descriptor_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string answer =
        Client(fuzz::fresh_doors().api()).exchange({reinterpret_cast<const char*>(data), size});
    fuzz::check(answer.empty() || answer.starts_with("HTTP/1.1 "), "an answer is HTTP",
                answer.substr(0, 200));
    fuzz::check(!answer.starts_with("HTTP/1.1 500"), "no request fails unexpectedly", answer.substr(0, 500));
    return 0;
}
