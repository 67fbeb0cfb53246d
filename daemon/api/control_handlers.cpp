// SPDX-License-Identifier: Apache-2.0
// What concerns the daemon as a whole: reloads and the log level.
#include <utility>

#include "common/api/problem.hpp"
#include "daemon/api/handlers.hpp"

namespace tocsin::daemon::api {
namespace {

Response refused(const RefusedReload& refusal) {
    Response response = to_response(refusal.error);
    if (!refusal.mistakes.empty())
        response.body = tocsin::api::problem_json(refusal.error, response.status, refusal.mistakes);
    return response;
}

}  // namespace

void reload(const Context& context, const Request&, const Answer& answer) {
    context.control.reload([answer](const ReloadResult& result) {
        if (const auto* refusal = std::get_if<RefusedReload>(&result)) return answer(refused(*refusal));
        const auto& reloaded = std::get<tocsin::api::Reloaded>(result);
        answer({200, "application/json", tocsin::api::reloaded_json(reloaded), {}});
    });
}

Response get_log_level(const Context& context, const Request&) {
    return {200, "application/json", tocsin::api::log_level_json(context.control.log_level()), {}};
}

Response set_log_level(const Context& context, const Request& request) {
    context.control.set_log_level(tocsin::api::parse_log_level(request.body));
    return get_log_level(context, request);
}

}  // namespace tocsin::daemon::api
