// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/diagnosis.hpp"

#include <nlohmann/json.hpp>

#include "common/core/timestamp.hpp"
#include "daemon/adapters/sqlite/store.hpp"

namespace tocsin::daemon::sqlite {
namespace {

using core::SequenceRange;
using Json = nlohmann::ordered_json;

std::string line(std::string_view name, const std::string& text) {
    std::string out(name);
    out.append(11 - name.size(), ' ');
    return out + text + '\n';
}

std::string size_text(std::uint64_t bytes) {
    constexpr std::uint64_t mebi = 1U << 20;
    return bytes < mebi ? std::to_string((bytes + 1023) / 1024) + " KiB"
                        : std::to_string((bytes + mebi / 2) / mebi) + " MiB";
}

std::string time_text(std::int64_t microseconds) {
    return core::to_rfc3339(core::from_microseconds(microseconds));
}

std::string checks_text(const Diagnosis& diagnosis) {
    std::string text = diagnosis.depth == Depth::deep
                           ? "each event's checksum, blocks against their events, structure, indexes, names"
                           : "each event's checksum, structure, names";
    if (!diagnosis.is_backup) text += ", write-ahead log, high-water mark";
    return text;
}

std::string remedy(const Diagnosis& diagnosis) {
    if (diagnosis.is_backup)
        return "use another backup; 'tocsin salvage --file' saves what can be read of it";
    return "keep the files as they are; then put a backup in place with 'tocsin restore --replace', or save "
           "what "
           "can be read with 'tocsin salvage'";
}

Json ranges_json(const std::vector<SequenceRange>& ranges) {
    Json list = Json::array();
    for (const SequenceRange& range : ranges)
        list.push_back({{"first", core::to_text(range.first)}, {"last", core::to_text(range.last)}});
    return list;
}

}  // namespace

std::string range_text(SequenceRange range) {
    const std::string first = std::to_string(range.first);
    return range.first == range.last ? first : first + " to " + std::to_string(range.last);
}

std::string report_text(const Diagnosis& diagnosis) {
    std::string size = size_text(diagnosis.database_bytes);
    if (diagnosis.wal_bytes > 0) size += ", write-ahead log " + size_text(diagnosis.wal_bytes);
    std::string text =
        line(diagnosis.is_backup ? "backup" : "store", diagnosis.file.string() + " (" + size + ")");
    std::string events = std::to_string(diagnosis.events);
    if (diagnosis.events > 0) events += " whole, in places " + range_text({diagnosis.first, diagnosis.head});
    text += line("events", events);
    if (diagnosis.begins > 1)
        text += line("removed", "up to " + std::to_string(diagnosis.begins - 1) + ", by retention");
    if (!diagnosis.epoch.empty()) text += line("epoch", diagnosis.epoch);
    text += line("checked", checks_text(diagnosis));
    for (const KnownMissing& known : diagnosis.known_missing)
        text += line("missing", range_text(known.range) + ", told at the start of " + time_text(known.found));
    for (const std::string& note : diagnosis.notes) text += line("note", note);
    if (diagnosis.is_whole()) return text += line("result", "whole");
    for (const std::string& finding : diagnosis.findings) text += line("wrong", finding);
    text += line("result", "damaged");
    return text += line("to do", remedy(diagnosis));
}

std::string report_json(const Diagnosis& diagnosis) {
    Json json{{"file", diagnosis.file.string()},           {"whole", diagnosis.is_whole()},
              {"deep", diagnosis.depth == Depth::deep},    {"database_bytes", diagnosis.database_bytes},
              {"wal_bytes", diagnosis.wal_bytes},          {"events", diagnosis.events},
              {"first", core::to_text(diagnosis.first)},   {"head", core::to_text(diagnosis.head)},
              {"begins", core::to_text(diagnosis.begins)}, {"epoch", diagnosis.epoch}};
    if (diagnosis.mark)
        json["mark"] = {{"sequence", core::to_text(diagnosis.mark->seq)},
                        {"epoch", epoch_text(diagnosis.mark->epoch)}};
    Json known = Json::array();
    for (const KnownMissing& range : diagnosis.known_missing)
        known.push_back({{"first", core::to_text(range.range.first)},
                         {"last", core::to_text(range.range.last)},
                         {"told", time_text(range.found)}});
    json["known_missing"] = std::move(known);
    json["missing"] = ranges_json(diagnosis.missing);
    json["damaged"] = ranges_json(diagnosis.damaged);
    json["findings"] = diagnosis.findings;
    json["notes"] = diagnosis.notes;
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace tocsin::daemon::sqlite
