// SPDX-License-Identifier: Apache-2.0
#include "common/api/reports.hpp"

#include <array>
#include <functional>
#include <nlohmann/json.hpp>

#include "common/api/problem.hpp"
#include "common/core/error.hpp"

namespace tocsin::api {
namespace {

using core::Seq;
using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 3> kind_names{"counter", "gauge", "histogram"};

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json sequence(Seq seq) { return core::to_text(seq); }

Seq read_sequence(const Json& json) { return core::parse_sequence(json.get<std::string>()).value_or(0); }

core::Timestamp read_time(const Json& json) {
    return core::parse_rfc3339(json.get<std::string>()).value_or(core::Timestamp());
}

template <class Result>
Result reading(std::string_view text, std::string_view what, const std::function<Result(const Json&)>& read) {
    try {
        return read(Json::parse(text));
    } catch (const Json::exception& error) {
        throw not_understood(what, error.what());
    }
}

Json store_json(const StoreStatus& store) {
    Json missing = Json::array();
    for (const SequenceRange& range : store.missing)
        missing.push_back({{"first", sequence(range.first)}, {"last", sequence(range.last)}});
    Json json{{"path", store.path},
              {"database_bytes", store.database_bytes},
              {"wal_bytes", store.wal_bytes},
              {"free_bytes", store.free_bytes},
              {"missing", missing}};
    if (store.full_since) json["full_since"] = core::to_rfc3339(*store.full_since);
    return json;
}

StoreStatus read_store(const Json& json) {
    StoreStatus store{json.at("path").get<std::string>(),
                      json.at("database_bytes").get<std::uint64_t>(),
                      json.at("wal_bytes").get<std::uint64_t>(),
                      json.at("free_bytes").get<std::uint64_t>(),
                      std::nullopt,
                      {}};
    if (const auto since = json.find("full_since"); since != json.end()) store.full_since = read_time(*since);
    for (const Json& range : json.at("missing"))
        store.missing.push_back({read_sequence(range.at("first")), read_sequence(range.at("last"))});
    return store;
}

Json configuration_json(const ConfigurationStatus& configuration) {
    Json json{{"loaded", core::to_rfc3339(configuration.loaded)}, {"files", configuration.files}};
    if (configuration.refused) json["refused"] = core::to_rfc3339(*configuration.refused);
    return json;
}

ConfigurationStatus read_configuration(const Json& json) {
    ConfigurationStatus configuration{read_time(json.at("loaded")),
                                      json.at("files").get<std::vector<std::string>>(), std::nullopt};
    if (const auto refused = json.find("refused"); refused != json.end())
        configuration.refused = read_time(*refused);
    return configuration;
}

Json retention_json(const RetentionReport& retention) {
    Json json{{"age_seconds", retention.age_seconds},
              {"bytes", retention.bytes},
              {"count", retention.count},
              {"log_bytes", retention.log_bytes},
              {"kept", retention.kept},
              {"held_by", retention.held_by},
              {"removed", retention.removed},
              {"clock_lag_seconds", retention.clock_lag_seconds}};
    if (retention.last_removed) json["last_removed"] = core::to_rfc3339(*retention.last_removed);
    return json;
}

RetentionReport read_retention(const Json& json) {
    RetentionReport retention;
    retention.age_seconds = json.at("age_seconds").get<std::uint64_t>();
    retention.bytes = json.at("bytes").get<std::uint64_t>();
    retention.count = json.at("count").get<std::uint64_t>();
    retention.log_bytes = json.at("log_bytes").get<std::uint64_t>();
    retention.kept = json.at("kept").get<std::uint64_t>();
    retention.held_by = json.at("held_by").get<std::string>();
    retention.removed = json.at("removed").get<std::uint64_t>();
    retention.clock_lag_seconds = json.at("clock_lag_seconds").get<std::uint64_t>();
    if (const auto last = json.find("last_removed"); last != json.end())
        retention.last_removed = read_time(*last);
    return retention;
}

Json spool_json(const SpoolStatus& spool) {
    Json json{{"path", spool.path}, {"waiting", spool.waiting}, {"bad", spool.bad}};
    if (spool.since) json["since"] = core::to_rfc3339(*spool.since);
    if (!spool.problem.empty()) json["problem"] = spool.problem;
    return json;
}

SpoolStatus read_spool(const Json& json) {
    SpoolStatus spool;
    spool.path = json.at("path").get<std::string>();
    spool.waiting = json.at("waiting").get<std::uint64_t>();
    spool.bad = json.at("bad").get<std::uint64_t>();
    if (const auto since = json.find("since"); since != json.end()) spool.since = read_time(*since);
    if (const auto problem = json.find("problem"); problem != json.end())
        spool.problem = problem->get<std::string>();
    return spool;
}

Status read_status(const Json& json) {
    Status status;
    status.version = json.at("version").get<std::string>();
    status.state = json.at("state").get<std::string>();
    status.pid = json.at("pid").get<std::int64_t>();
    status.started = read_time(json.at("started"));
    status.uptime_seconds = json.at("uptime_seconds").get<std::uint64_t>();
    status.epoch = json.at("epoch").get<std::string>();
    status.first = read_sequence(json.at("first"));
    status.head = read_sequence(json.at("head"));
    status.events = json.at("events").get<std::uint64_t>();
    status.connections = json.at("connections").get<std::uint64_t>();
    status.subscriptions = json.at("subscriptions").get<std::uint64_t>();
    status.store = read_store(json.at("store"));
    status.retention = read_retention(json.at("retention"));
    for (const Json& listener : json.at("listeners"))
        status.listeners.push_back(
            {listener.at("name").get<std::string>(), listener.at("address").get<std::string>()});
    status.configuration = read_configuration(json.at("configuration"));
    if (const auto spool = json.find("spool"); spool != json.end()) status.spool = read_spool(*spool);
    if (const auto error = json.find("last_error"); error != json.end() && error->is_object())
        status.last_error = LastError{read_time(error->at("time")), error->at("message").get<std::string>()};
    return status;
}

Json sample_json(const Sample& sample, MetricFamily::Kind kind) {
    Json labels = Json::object();
    for (const auto& [name, value] : sample.labels) labels[name] = value;
    if (kind != MetricFamily::Kind::histogram) return {{"labels", labels}, {"value", sample.value}};
    Json buckets = Json::array();
    for (const auto& [bound, count] : sample.buckets) buckets.push_back({{"le", bound}, {"count", count}});
    return {{"labels", labels}, {"count", sample.count}, {"sum", sample.sum}, {"buckets", buckets}};
}

Sample read_sample(const Json& json) {
    Sample sample;
    for (const auto& [name, value] : json.at("labels").items())
        sample.labels.emplace_back(name, value.get<std::string>());
    if (json.contains("value")) {
        sample.value = json.at("value").get<double>();
        return sample;
    }
    sample.count = json.at("count").get<std::uint64_t>();
    sample.sum = json.at("sum").get<double>();
    for (const Json& bucket : json.at("buckets"))
        sample.buckets.emplace_back(bucket.at("le").get<double>(), bucket.at("count").get<std::uint64_t>());
    return sample;
}

MetricFamily read_family(const Json& json) {
    MetricFamily family{json.at("name").get<std::string>(), json.at("help").get<std::string>(), {}, {}};
    const auto kind = json.at("kind").get<std::string>();
    for (std::size_t i = 0; i < kind_names.size(); ++i)
        if (kind_names[i] == kind) family.kind = static_cast<MetricFamily::Kind>(i);
    for (const Json& sample : json.at("samples")) family.samples.push_back(read_sample(sample));
    return family;
}

}  // namespace

std::string types_json(const std::vector<TypeSummary>& types) {
    Json list = Json::array();
    for (const TypeSummary& type : types)
        list.push_back({{"type", type.type},
                        {"count", type.count},
                        {"first", sequence(type.first)},
                        {"last", sequence(type.last)}});
    return dump(Json{{"types", std::move(list)}});
}

std::vector<TypeSummary> parse_types(std::string_view text) {
    return reading<std::vector<TypeSummary>>(text, "list of types", [](const Json& json) {
        std::vector<TypeSummary> types;
        for (const Json& item : json.at("types"))
            types.push_back({item.at("type").get<std::string>(), item.at("count").get<std::uint64_t>(),
                             read_sequence(item.at("first")), read_sequence(item.at("last"))});
        return types;
    });
}

std::string head_json(const Head& head) {
    return dump(Json{{"head", sequence(head.head)}, {"epoch", head.epoch}});
}

Head parse_head(std::string_view text) {
    return reading<Head>(text, "head", [](const Json& json) {
        return Head{read_sequence(json.at("head")), json.at("epoch").get<std::string>()};
    });
}

std::string status_json(const Status& status) {
    Json listeners = Json::array();
    for (const Listener& listener : status.listeners)
        listeners.push_back({{"name", listener.name}, {"address", listener.address}});
    Json json{{"version", status.version},
              {"state", status.state},
              {"pid", status.pid},
              {"started", core::to_rfc3339(status.started)},
              {"uptime_seconds", status.uptime_seconds},
              {"epoch", status.epoch},
              {"first", sequence(status.first)},
              {"head", sequence(status.head)},
              {"events", status.events},
              {"connections", status.connections},
              {"subscriptions", status.subscriptions},
              {"store", store_json(status.store)},
              {"retention", retention_json(status.retention)},
              {"listeners", listeners},
              {"configuration", configuration_json(status.configuration)}};
    if (status.spool) json["spool"] = spool_json(*status.spool);
    if (status.last_error)
        json["last_error"] = {{"time", core::to_rfc3339(status.last_error->time)},
                              {"message", status.last_error->message}};
    return dump(json);
}

Status parse_status(std::string_view text) { return reading<Status>(text, "status", read_status); }

std::string metrics_json(const std::vector<MetricFamily>& families) {
    Json list = Json::array();
    for (const MetricFamily& family : families) {
        Json samples = Json::array();
        for (const Sample& sample : family.samples) samples.push_back(sample_json(sample, family.kind));
        list.push_back({{"name", family.name},
                        {"help", family.help},
                        {"kind", kind_names[static_cast<std::size_t>(family.kind)]},
                        {"samples", samples}});
    }
    return dump(Json{{"metrics", std::move(list)}});
}

std::vector<MetricFamily> parse_metrics(std::string_view text) {
    return reading<std::vector<MetricFamily>>(text, "metrics", [](const Json& json) {
        std::vector<MetricFamily> families;
        for (const Json& item : json.at("metrics")) families.push_back(read_family(item));
        return families;
    });
}

}  // namespace tocsin::api
