// SPDX-License-Identifier: Apache-2.0
// What each route does. Errors are thrown; the table's dispatch turns them into replies.
#pragma once

#include "daemon/api/routes.hpp"

namespace tocsin::daemon::api {

void emit_events(const Context& context, const Request& request, const Answer& answer);
Response list_events(const Context& context, const Request& request);
Stream stream_events(const Context& context, const Request& request);
Response get_event(const Context& context, const Request& request);
Response list_types(const Context& context, const Request& request);
Response get_head(const Context& context, const Request& request);
Response get_status(const Context& context, const Request& request);
void get_backup(const Context& context, const Request& request, const Answer& answer);
void reload(const Context& context, const Request& request, const Answer& answer);
Response get_log_level(const Context& context, const Request& request);
Response set_log_level(const Context& context, const Request& request);
Response list_pipelines(const Context& context, const Request& request);
Response get_pipeline(const Context& context, const Request& request);
void pause_pipeline(const Context& context, const Request& request, const Answer& answer);
void resume_pipeline(const Context& context, const Request& request, const Answer& answer);
void skip_events(const Context& context, const Request& request, const Answer& answer);
Response list_runs(const Context& context, const Request& request);
Response get_run(const Context& context, const Request& request);
Response list_dead(const Context& context, const Request& request);
Response get_dead(const Context& context, const Request& request);
Response retry_dead(const Context& context, const Request& request);
Response drop_dead(const Context& context, const Request& request);
Response get_health(const Context& context, const Request& request);
Response get_ready(const Context& context, const Request& request);
Response get_metrics(const Context& context, const Request& request);

}  // namespace tocsin::daemon::api
