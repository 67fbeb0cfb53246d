// SPDX-License-Identifier: Apache-2.0
// A ROUTER that answers what intake_load sends in the intake's own frames and stores nothing: what ZeroMQ
// leaves.
#include <csignal>
#include <zmq.hpp>

#include "tests/bench/arguments.hpp"

namespace tocsin::bench {
namespace {

constexpr const char* usage =
    "usage: ack_router --endpoint ipc://PATH\n"
    "Takes \"\", command, correlation, body from each client and answers \"\", ok, correlation, a receipt of "
    "the\n"
    "length that Tocsin's has. One thread; ends on SIGTERM.";

constexpr std::string_view receipt =
    "{\"receipts\":[{\"id\":\"01935a1e-7c00-7000-8000-000000000000\",\"sequence\":\"0000000000000042\","
    "\"duplicate\":false}]}";

volatile std::sig_atomic_t is_over = 0;

/// One request and its reply; false when none waits.
bool answer(zmq::socket_t& socket, zmq::recv_flags flags) {
    zmq::message_t identity;
    zmq::message_t empty;
    zmq::message_t command;
    zmq::message_t correlation;
    zmq::message_t body;
    if (!socket.recv(identity, flags)) return false;
    for (zmq::message_t* frame : {&empty, &command, &correlation, &body})
        if (!socket.recv(*frame)) fail("a message is cut off");
    if (body.more()) fail("a message has more than four frames");
    socket.send(identity, zmq::send_flags::sndmore);
    socket.send(empty, zmq::send_flags::sndmore);
    socket.send(zmq::str_buffer("ok"), zmq::send_flags::sndmore);
    socket.send(correlation, zmq::send_flags::sndmore);
    socket.send(zmq::buffer(receipt), zmq::send_flags::none);
    return true;
}

void run(const Arguments& arguments) {
    zmq::context_t context(1);
    zmq::socket_t socket(context, zmq::socket_type::router);
    socket.set(zmq::sockopt::sndhwm, 0);
    socket.set(zmq::sockopt::rcvhwm, 0);
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::rcvtimeo, 100);
    socket.bind(arguments.required("--endpoint"));
    while (is_over == 0) {
        try {
            if (!answer(socket, zmq::recv_flags::none)) continue;
            while (answer(socket, zmq::recv_flags::dontwait)) {
            }
        } catch (const zmq::error_t& error) {
            if (error.num() != EINTR) throw;
        }
    }
}

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) {
    using namespace tocsin::bench;
    std::signal(SIGTERM, [](int) { is_over = 1; });
    run(Arguments(argc, argv, usage, {"--endpoint"}));
    return 0;
}
