// SPDX-License-Identifier: Apache-2.0
#include "common/core/exit_status.hpp"

namespace tocsin::core {

ExitStatus exit_status_of(Code code) noexcept {
    switch (code) {
        case Code::invalid:
        case Code::conflict:
        case Code::too_large: return ExitStatus::data;
        case Code::denied: return ExitStatus::denied;
        case Code::not_found: return ExitStatus::no_input;
        case Code::unavailable: return ExitStatus::try_again;
        case Code::internal: break;
    }
    return ExitStatus::software;
}

ExitStatus exit_status_of(const Error& error) noexcept {
    const auto* exit = dynamic_cast<const Exit*>(&error);
    return exit != nullptr ? exit->status() : exit_status_of(error.code());
}

}  // namespace tocsin::core
