// SPDX-License-Identifier: Apache-2.0
// The man pages and the default configuration say what the tables in the code say, both ways.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "common/core/error.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/app/config_reader.hpp"
#include "daemon/pipeline/notice.hpp"

namespace tocsin::daemon {
namespace {

const std::filesystem::path source_folder = TOCSIN_SOURCE_FOLDER;

using Lines = std::vector<std::string>;

Lines read_lines(const std::filesystem::path& file) {
    std::ifstream in(file);
    EXPECT_TRUE(in) << file;
    Lines lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

/// A page's lines with roff's escapes resolved.
Lines read_page(const std::string& name) {
    Lines lines = read_lines(source_folder / "man" / name);
    for (std::string& line : lines)
        line = replaced(replaced(replaced(line, "\\-", "-"), "\\(dq", "\""), "\\&", "");
    return lines;
}

/// The lines below each `.SS`, up to the next heading.
std::map<std::string, Lines> subsections(const Lines& page) {
    std::map<std::string, Lines> found;
    Lines* current = nullptr;
    for (const std::string& line : page) {
        if (line.starts_with(".SS "))
            current = &found[line.substr(4)];
        else if (line.starts_with(".SH "))
            current = nullptr;
        else if (current != nullptr)
            current->push_back(line);
    }
    return found;
}

/// What `.TP` and `.B` name in a section.
std::set<std::string> terms(const Lines& section) {
    std::set<std::string> found;
    for (std::size_t i = 0; i + 1 < section.size(); ++i)
        if (section[i] == ".TP" && section[i + 1].starts_with(".B ")) found.insert(section[i + 1].substr(3));
    return found;
}

bool has_line(const Lines& lines, const std::string& line) {
    return std::ranges::find(lines, line) != lines.end();
}

std::string joined(const Lines& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
}

std::string title(const api::Route& route) {
    return std::string(name_of(route.method)) + " " + std::string(route.path);
}

std::map<std::string, Lines> route_sections() {
    auto sections = subsections(read_page("tocsin-protocol.7"));
    std::erase_if(sections, [](const auto& entry) { return entry.first.find(" /") == std::string::npos; });
    return sections;
}

std::string errors_line(const api::Route& route) {
    std::string text;
    for (const core::Code code : route.errors) {
        text += text.empty() ? "" : ", ";
        text += core::name_of(code);
    }
    return "Errors: " + (text.empty() ? "none" : text) + ".";
}

TEST(ProtocolPage, NamesEveryRouteAndNoOther) {
    std::set<std::string> written;
    for (const auto& [name, lines] : route_sections()) written.insert(name);
    std::set<std::string> real;
    for (const api::Route& route : api::routes()) real.insert(title(route));
    EXPECT_EQ(written, real);
}

TEST(ProtocolPage, NamesEveryQueryParameterAndNoOther) {
    const auto sections = route_sections();
    for (const api::Route& route : api::routes()) {
        std::set<std::string> real;
        for (const api::Parameter& parameter : route.parameters) real.emplace(parameter.name);
        EXPECT_EQ(terms(sections.at(title(route))), real) << title(route);
    }
}

TEST(ProtocolPage, SaysEachRoutesRightRepliesAndErrors) {
    const auto sections = route_sections();
    for (const api::Route& route : api::routes()) {
        const Lines& section = sections.at(title(route));
        EXPECT_TRUE(has_line(section, "Right: " + std::string(name_of(route.scope)) + ".")) << title(route);
        EXPECT_TRUE(has_line(section, "Reply: " + std::string(route.reply_type) + ".")) << title(route);
        EXPECT_TRUE(has_line(section, errors_line(route))) << title(route) << ": " << errors_line(route);
    }
}

TEST(ProtocolPage, NamesEachMediaTypeOfARequest) {
    const auto sections = route_sections();
    for (const api::Route& route : api::routes()) {
        std::istringstream types{replaced(std::string(route.request_type), ", ", "\n")};
        for (std::string type; std::getline(types, type);) {
            if (type.starts_with("or ")) type.erase(0, 3);
            EXPECT_NE(joined(sections.at(title(route))).find(type), std::string::npos)
                << title(route) << ": " << type;
        }
    }
}

TEST(ProtocolPage, NamesEveryErrorCode) {
    const Lines page = read_page("tocsin-protocol.7");
    for (const std::string name :
         {"invalid", "denied", "not_found", "conflict", "too_large", "unavailable", "internal"}) {
        ASSERT_TRUE(core::code_named(name)) << name;
        EXPECT_TRUE(terms(page).contains(name)) << name;
    }
}

TEST(EventsPage, NamesEveryEventOfPipelinesAndNoOther) {
    std::set<std::string> written;
    for (const std::string& term : terms(read_page("tocsin-events.7")))
        if (term.starts_with("tocsin.pipeline.")) written.insert(term);
    using What = pipeline::Notice::What;
    std::set<std::string> real;
    for (const What what :
         {What::down, What::up, What::dead, What::overrun, What::stuck, What::disabled, What::enabled})
        real.insert("tocsin.pipeline." + std::string(name_of(what)));
    EXPECT_EQ(written, real);
}

/// `key = value`, or `key` when it has no default.
std::string with_default(const app::Key& key) {
    std::string line(key.name);
    if (key.standard) line += " = " + app::to_toml(app::parse_value(key.kind, std::string(*key.standard)));
    return line;
}

/// `section.key = value` for each key of the table.
std::set<std::string> real_keys() {
    std::set<std::string> keys;
    for (const app::Entry& entry : app::config_tables().entries) keys.insert(with_default(entry.key));
    return keys;
}

/// The rows' keys: `[[access]] user`, `[[pipeline]] parallel = 1`.
std::set<std::string> real_row_keys() {
    std::set<std::string> keys;
    for (const app::RowTable& table : app::config_tables().rows)
        for (const app::Key& key : table.keys)
            keys.insert("[[" + std::string(table.name) + "]] " + with_default(key));
    return keys;
}

/// Without its value, when the row's key has no default.
std::string without_row_example(const std::string& heading, const std::string& term) {
    const std::string name = term.substr(0, term.find(" = "));
    for (const app::RowTable& table : app::config_tables().rows)
        for (const app::Key& key : table.keys)
            if (heading == "[[" + std::string(table.name) + "]]" && key.name == name && key.standard)
                return heading + " " + term;
    return heading + " " + name;
}

/// Without its value, when the key has no default: what stands there is an example.
std::string without_example(const std::string& line) {
    const std::string name = line.substr(0, line.find(" = "));
    const app::Key* key = app::config_tables().find(name);
    return key != nullptr && !key->standard ? name : line;
}

TEST(ConfigurationPage, NamesEveryKeyWithItsDefaultAndNoOther) {
    std::set<std::string> written;
    std::set<std::string> row_keys;
    for (const auto& [heading, lines] : subsections(read_page("tocsin.toml.5"))) {
        const bool in_section = heading.starts_with("[");
        const std::string prefix = in_section ? heading.substr(1, heading.size() - 2) + "." : "";
        for (const std::string& term : terms(lines)) {
            if (heading.starts_with("[["))
                row_keys.insert(without_row_example(heading, term));
            else
                written.insert(without_example(prefix + term));
        }
    }
    EXPECT_EQ(written, real_keys());
    EXPECT_EQ(row_keys, real_row_keys());
}

/// The delivered configuration with its keys switched on.
Lines switched_on() {
    Lines lines = read_lines(source_folder / "share" / "tocsin.toml");
    for (std::string& line : lines)
        if (line.starts_with("#") && !line.starts_with("# ") && !line.starts_with("#:")) line.erase(0, 1);
    return lines;
}

TEST(DefaultConfiguration, HoldsEveryKeyAtItsDefaultAndNoOther) {
    std::set<std::string> written;
    std::string section;
    for (const std::string& line : switched_on()) {
        if (line.starts_with("[")) section = line;
        if (line.starts_with("[") || line.starts_with("#") || line.empty() || section.starts_with("[["))
            continue;
        const std::string prefix = section.empty() ? "" : section.substr(1, section.size() - 2) + ".";
        written.insert(without_example(prefix + line));
    }
    EXPECT_EQ(written, real_keys());
}

TEST(DefaultConfiguration, ChangesNothingAsDelivered) {
    const app::Reading reading = app::read_config({source_folder / "share" / "tocsin.toml"});
    EXPECT_TRUE(reading.mistakes.empty()) << reading.mistakes.front().text();
    for (const std::string& line : read_lines(source_folder / "share" / "tocsin.toml"))
        EXPECT_TRUE(line.empty() || line.starts_with("#") || line.starts_with("[")) << line;
}

/// The defaults that the table names are those that the code has.
TEST(DefaultConfiguration, SwitchedOnEqualsTheBuiltInDefaults) {
    const std::filesystem::path file = std::filesystem::path(testing::TempDir()) / "switched-on.toml";
    std::ofstream(file) << joined(switched_on());
    const app::Reading reading = app::read_config({file});
    std::filesystem::remove(file);
    ASSERT_TRUE(reading.mistakes.empty()) << reading.mistakes.front().text();
    const app::Config& read = reading.config;
    const app::Config built_in;
    EXPECT_EQ(read.state, built_in.state);
    EXPECT_EQ(read.runtime, built_in.runtime);
    EXPECT_EQ(read.log_format, built_in.log_format);
    EXPECT_EQ(read.log_level, built_in.log_level);
    EXPECT_EQ(read.http.max_connections, built_in.http.max_connections);
    EXPECT_EQ(read.http.idle_timeout, built_in.http.idle_timeout);
    EXPECT_EQ(read.http.request_timeout, built_in.http.request_timeout);
    EXPECT_EQ(read.feed.queue_messages, built_in.feed.queue_messages);
    EXPECT_EQ(read.store.dedupe_age, built_in.store.dedupe_age);
    EXPECT_EQ(read.store.dedupe_max_ids, built_in.store.dedupe_max_ids);
    EXPECT_EQ(read.store.wal_bytes, built_in.store.wal_bytes);
    EXPECT_EQ(read.retention.age, built_in.retention.age);
    EXPECT_EQ(read.retention.bytes, built_in.retention.bytes);
    EXPECT_EQ(read.retention.count, built_in.retention.count);
    EXPECT_EQ(read.spool.limits.files, built_in.spool.limits.files);
    EXPECT_EQ(read.spool.limits.bytes, built_in.spool.limits.bytes);
}

}  // namespace
}  // namespace tocsin::daemon
