// SPDX-License-Identifier: Apache-2.0
#include "cli/connection/failure.hpp"

#include <cerrno>
#include <system_error>

namespace tocsin::cli::connection {

using core::Code;
using core::Exit;
using core::ExitStatus;

Exit no_daemon(const std::string& path, int error_number) {
    const std::string why = std::generic_category().message(error_number);
    if (error_number == EACCES || error_number == EPERM)
        return {ExitStatus::denied, Code::denied, "can't connect to " + path + " (" + why + ")",
                "ask for access to the socket, or name another with --socket"};
    return {ExitStatus::no_service, Code::unavailable, "no daemon answers on " + path + " (" + why + ")",
            "start tocsind or name its socket with --socket"};
}

Exit not_accepted(const std::string& path, std::chrono::milliseconds waited) {
    return {ExitStatus::try_again, Code::unavailable,
            "the daemon on " + path + " took no connection within " + to_text(waited),
            "nothing was sent; try again, or allow more with --timeout"};
}

Exit no_answer(std::chrono::milliseconds waited) {
    return {ExitStatus::try_again, Code::unavailable, "the daemon did not answer within " + to_text(waited),
            "look at its log, then try again"};
}

Exit closed_unanswered(const std::string& path) {
    return {ExitStatus::try_again, Code::unavailable,
            "the daemon on " + path + " closed the connection unanswered", "it may be restarting; try again"};
}

Exit cut(const std::string& path) {
    return {ExitStatus::protocol, Code::unavailable,
            "the connection to " + path + " ended in the middle of an answer",
            "it may be restarting; look at its log, then try again"};
}

Exit not_understood(const std::string& path, std::string_view why) {
    return {ExitStatus::protocol, Code::internal,
            "the answer from " + path + " can't be understood: " + std::string(why),
            "check that the socket belongs to tocsind of this version"};
}

std::string to_text(std::chrono::milliseconds span) {
    const auto count = span.count();
    if (count % 1000 != 0 || count == 0) return std::to_string(count) + "ms";
    if (count % 60'000 != 0) return std::to_string(count / 1000) + "s";
    return std::to_string(count / 60'000) + "m";
}

}  // namespace tocsin::cli::connection
