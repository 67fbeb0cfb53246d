// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/options.hpp"

#include "cli/connection/find_socket.hpp"

namespace tocsin::cli::commands {

Options::Options(const Call& call, const Synopsis& synopsis)
    : Line{call.verb, call.words, call.literal},
      words::Options(static_cast<const Line&>(*this), synopsis),
      socket_(call.socket) {
    text("--socket", "PATH", socket_,
         "The daemon's socket [default: $TOCSIN_SOCKET, the user's bus, the system's]");
}

std::string Options::socket() const { return connection::find_socket(socket_, core::process_environment); }

}  // namespace tocsin::cli::commands
