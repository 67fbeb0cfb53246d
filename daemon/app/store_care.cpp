// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/store_care.hpp"

#include "common/core/clock.hpp"
#include "daemon/adapters/sqlite/doctor.hpp"
#include "daemon/adapters/sqlite/restore.hpp"
#include "daemon/adapters/sqlite/salvage.hpp"

namespace tocsin::daemon::app {
namespace {

template <class Result>
std::string report(const Result& result, const CareRequest& request) {
    return request.json ? report_json(result) : report_text(result);
}

}  // namespace

CareReport doctor(const CareRequest& request) {
    const auto depth = request.deep ? sqlite::Depth::deep : sqlite::Depth::quick;
    const sqlite::Diagnosis diagnosis = request.file.empty() ? sqlite::examine_store(request.state, depth)
                                                             : sqlite::examine_backup(request.file, depth);
    return {report(diagnosis, request),
            diagnosis.is_whole() ? core::ExitStatus::ok : core::ExitStatus::software};
}

CareReport salvage(const CareRequest& request) {
    const core::SystemClock clock;
    return {report(request.file.empty() ? sqlite::salvage_store(request.state, request.word, clock)
                                        : sqlite::salvage_file(request.file, request.word, clock),
                   request)};
}

CareReport restore(const CareRequest& request) {
    const auto if_there = request.replace ? sqlite::IfThere::set_aside : sqlite::IfThere::refuse;
    return {report(sqlite::restore(request.word, request.state, if_there, core::SystemClock()), request)};
}

}  // namespace tocsin::daemon::app
