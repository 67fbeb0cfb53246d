// SPDX-License-Identifier: Apache-2.0
// What a ZeroMQ sink is told. Thread rule: any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin::daemon::zeromq {

struct ZmqOptions {
    enum class Socket : std::uint8_t { pub, push };
    enum class Attach : std::uint8_t { bind, connect };
    Socket socket = Socket::push;
    Attach attach = Attach::connect;
    std::string address;         ///< one that `check_address` lets pass
    int high_water_mark = 1000;  ///< messages that wait for each peer
};

/// Throws `invalid` for anything but `ipc:///ABSOLUTE/PATH` and `tcp://HOST:PORT`, as in `tcp://[::1]:5555`.
void check_address(std::string_view address);

}  // namespace tocsin::daemon::zeromq
