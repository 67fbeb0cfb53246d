// SPDX-License-Identifier: Apache-2.0
// Reading a configuration: drop-ins, rows, places, and every mistake at once.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "common/core/exit_status.hpp"
#include "common/core/timestamp.hpp"
#include "daemon/app/config_reader.hpp"
#include "daemon/app/config_show.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tocsin::daemon::app {
namespace {

using core::Code;
using core::Error;

/// Tables with a list of tables whose rows have all that rows may have.
constexpr std::array guest_keys{
    Key{"name", Text{[](const std::string& text) {
            if (text.empty()) throw Error(Code::invalid, "a name can't be empty", "give one");
        }},
        std::nullopt, "", Change::live, Secrecy::open, Need::required},
    Key{"allow", TextList{[](const std::string& text) {
            if (text != "in" && text != "out")
                throw Error(Code::invalid, "'" + text + "' is no way", "write in or out");
        }},
        std::nullopt, ""},
    Key{"rate", WholeNumber{1, 9}, std::nullopt, ""},
    Key{"token", Text{}, std::nullopt, "", Change::live, Secrecy::secret},
    Key{"to.wait", Duration{std::chrono::milliseconds(0), std::chrono::hours(1)}, std::nullopt, ""},
    Key{"to.loud", Switch{}, std::nullopt, ""},
};

void add_guest(Config& config, const Row& row) {
    if (*row.text("name") == "nobody") throw Error(Code::invalid, "nobody is no guest", "leave it out");
    config.state = config.state.string() + "," + *row.text("name");  // a place to see the order in
}

constexpr std::array guest_tables{RowTable{"guest", "", guest_keys, add_guest}};

class ConfigTest : public testing::Test {
 protected:
    void write(const std::string& name, const std::string& text) const {
        const auto path = folder_.path() / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << text;
    }

    Reading read(std::vector<Flag> flags = {}) const {
        return read_config({folder_.path() / "tocsin.toml", Sources::MainFile::required, std::move(flags)},
                           {config_tables().entries, guest_tables});
    }

    /// `NAME:LINE:COLUMN: MESSAGE`, the folder taken off.
    std::vector<std::string> mistakes() const {
        std::vector<std::string> texts;
        for (const Mistake& mistake : read().mistakes)
            texts.push_back(mistake.text().substr(folder_.path().string().size() + 1));
        return texts;
    }

    std::string origin(const Reading& reading, const std::string& key) const {
        std::string text = reading.settings.at(key).origin.text();
        return text.starts_with('/') ? text.substr(folder_.path().string().size() + 1) : text;
    }

    tests::TemporaryFolder folder_;
};

TEST_F(ConfigTest, EveryKeyHasItsDefault) {
    write("tocsin.toml", "");
    const Reading reading = read();
    EXPECT_TRUE(reading.mistakes.empty());
    EXPECT_EQ(reading.config.state, "/var/lib/tocsin");
    EXPECT_EQ(origin(reading, "http.idle_timeout"), "default");
    EXPECT_EQ(to_toml(reading.settings.at("http.idle_timeout").value), "\"60s\"");
}

TEST_F(ConfigTest, DropInsWinInTheOrderOfTheirNames) {
    write("tocsin.toml", "[http]\nmax_connections = 1\nidle_timeout = \"1s\"\n");
    write("conf.d/20-b.toml", "http.max_connections = 3\n");
    write("conf.d/10-a.toml", "[http]\nmax_connections = 2\nrequest_timeout = \"2s\"\n");
    write("conf.d/.30-hidden.toml", "http.max_connections = 4\n");
    write("conf.d/40-saved.toml~", "http.max_connections = 5\n");
    const Reading reading = read();
    ASSERT_TRUE(reading.mistakes.empty());
    EXPECT_EQ(reading.config.http.max_connections, 3U);
    EXPECT_EQ(origin(reading, "http.max_connections"), "conf.d/20-b.toml:1:24");
    EXPECT_EQ(origin(reading, "http.idle_timeout"), "tocsin.toml:3:16");
    EXPECT_EQ(origin(reading, "http.request_timeout"), "conf.d/10-a.toml:3:19");
    EXPECT_EQ(reading.settings.at("http.max_connections").overridden.size(), 2U);
    EXPECT_EQ(reading.files.size(), 3U);
}

TEST_F(ConfigTest, FlagsWinOverFiles) {
    write("tocsin.toml", "log.level = \"error\"\n");
    const Reading reading = read({{"--log-level", "log.level", "debug"}});
    EXPECT_EQ(reading.config.log_level, LogLevel::debug);
    EXPECT_EQ(origin(reading, "log.level"), "--log-level");
    EXPECT_THROW(read({{"--log-level", "log.level", "loud"}}), core::Exit);
}

TEST_F(ConfigTest, RowsOfSeveralFilesAddUp) {
    write("tocsin.toml",
          "state = \"/s\"\n[[guest]]\nname = \"b\"\n[[guest]]\nname = \"a\"\nto = { wait = \"5s\" }\n");
    write("conf.d/c.toml", "[[guest]]\nname = \"c\"\nallow = [\"in\", \"out\"]\nrate = 9\nto.loud = true\n");
    const Reading reading = read();
    ASSERT_TRUE(reading.mistakes.empty()) << reading.mistakes.front().text();
    EXPECT_EQ(reading.config.state, "/s,b,a,c");
    const auto& rows = reading.rows.at("guest");
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(*rows[1].duration("to.wait"), std::chrono::seconds(5));
    EXPECT_EQ(rows[2].texts("allow"), (std::vector<std::string>{"in", "out"}));
    EXPECT_EQ(*rows[2].number("rate"), 9);
    EXPECT_TRUE(*rows[2].on("to.loud"));
    EXPECT_EQ(rows[0].number("rate"), nullptr);
    EXPECT_EQ(rows[2].origin().line, 1U);
}

TEST_F(ConfigTest, TellsAllMistakesOfAllFilesAtOnce) {
    write("tocsin.toml", "stat = \"/x\"\n[http]\nmax_connections = 0\nidle_timeout = 5\n");
    write("conf.d/a.toml", "[log]\nlevel = \n");
    write("conf.d/b.toml", "[log]\nlevel = \"loud\"\n");
    const auto told = mistakes();
    ASSERT_EQ(told.size(), 5U);
    EXPECT_EQ(told[0], "tocsin.toml:1:1: unknown key 'stat'; did you mean 'state'?");
    EXPECT_EQ(told[1], "tocsin.toml:3:19: http.max_connections: 0 is out of range; write 1 to 65536");
    EXPECT_EQ(
        told[2],
        "tocsin.toml:4:16: http.idle_timeout: this is of the wrong type; write a duration from \"100ms\" to "
        "\"24h\", in quotes");
    EXPECT_TRUE(told[3].starts_with("conf.d/a.toml:2:")) << told[3];
    EXPECT_EQ(told[4],
              "conf.d/b.toml:2:9: log.level: 'loud' is not known here; write one of \"debug\", \"info\", "
              "\"warning\", "
              "\"error\"");
}

TEST_F(ConfigTest, TellsMistakesOfRows) {
    write(
        "tocsin.toml",
        "[[guest]]\nallow = [\"in\", \"up\", 7]\nrate = 10\nto = 3\n\n[[guest]]\nname = \"nobody\"\nnam = 1\n"
        "[[guest]]\nname = \"nobody\"\n[gest]\n");
    EXPECT_EQ(mistakes(),
              (std::vector<std::string>{
                  "tocsin.toml:1:1: [[guest]] lacks 'name'; write a string in quotes",
                  "tocsin.toml:2:16: [[guest]] allow: 'up' is no way; write in or out",
                  "tocsin.toml:2:22: [[guest]] allow: this is of the wrong type; write a list of strings, "
                  "as in [\"a\", \"b\"]",
                  "tocsin.toml:3:8: [[guest]] rate: 10 is out of range; write 1 to 9",
                  "tocsin.toml:4:6: 'to' takes keys of its own; write to = { … }",
                  "tocsin.toml:8:1: unknown key 'nam' in [[guest]]; did you mean 'name'?",
                  "tocsin.toml:9:1: [[guest]]: nobody is no guest; leave it out",
                  "tocsin.toml:11:2: unknown key 'gest'; did you mean [[guest]]?"}));
}

TEST_F(ConfigTest, AListOfTablesIsWrittenAsOne) {
    for (const std::string text : {"guest = 1\n", "[guest]\nname = \"a\"\n", "guest = [1]\n"}) {
        write("tocsin.toml", text);
        ASSERT_EQ(mistakes().size(), 1U) << text;
        EXPECT_NE(mistakes()[0].find("'guest' is a list of tables; write [[guest]]"), std::string::npos);
    }
}

TEST_F(ConfigTest, SuggestsWhatWasMeant) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"[http]\nmax_conections = 1\n", "did you mean 'http.max_connections'?"},
        {"level = \"info\"\n", "did you mean 'log.level'?"},
        {"[sotre]\n", "did you mean [store]?"},
        {"[xyzzy]\n", "see tocsin.toml(5)"}};
    for (const auto& [text, hint] : cases) {
        write("tocsin.toml", text);
        ASSERT_EQ(mistakes().size(), 1U) << text;
        EXPECT_NE(mistakes()[0].find(hint), std::string::npos) << mistakes()[0];
    }
}

TEST_F(ConfigTest, WhatCannotBeReadIsNamed) {
    EXPECT_EQ(mistakes(),
              std::vector<std::string>{
                  "tocsin.toml: can't be read (No such file or directory); check its path and rights"});
    write("tocsin.toml", "");
    std::filesystem::create_directories(folder_.path() / "conf.d" / "folder.toml");
    std::filesystem::create_symlink("nowhere", folder_.path() / "conf.d" / "link.toml");
    EXPECT_EQ(mistakes(),
              (std::vector<std::string>{
                  "conf.d/link.toml: can't be read (No such file or directory); check its path and rights",
                  "conf.d/folder.toml: this is not a file; take it away"}));
}

TEST_F(ConfigTest, AnOptionalMainFileMayBeMissing) {
    write("conf.d/a.toml", "feed.queue_messages = 7\n");
    const Reading reading = read_config({folder_.path() / "tocsin.toml", Sources::MainFile::optional});
    EXPECT_TRUE(reading.mistakes.empty());
    EXPECT_EQ(reading.config.feed.queue_messages, 7);
}

TEST_F(ConfigTest, ShowMasksSecrets) {
    write("tocsin.toml", "[[guest]]\nname = \"a\"\ntoken = \"hush\"\n");
    const Tables tables{config_tables().entries, guest_tables};
    for (const std::string& shown : {show_toml(read(), tables), show_json(read(), tables)}) {
        EXPECT_EQ(shown.find("hush"), std::string::npos) << shown;
        EXPECT_NE(shown.find("********"), std::string::npos) << shown;
    }
    EXPECT_NE(show_toml(read(), tables).find("[[guest]]"), std::string::npos);
}

TEST_F(ConfigTest, TheSchemaSaysWhatRowsTake) {
    const std::string schema = config_schema({config_tables().entries, guest_tables});
    for (const std::string part : {"\"guest\"", "\"required\"", "\"wait\"", "\"boolean\""})
        EXPECT_NE(schema.find(part), std::string::npos) << part;
}

TEST(ConfigValue, DurationsAreWrittenAsTheyAreRead) {
    using std::chrono::milliseconds;
    for (const std::string text :
         {"0ms", "1ms", "1500ms", "1s", "60s", "90s", "2m", "1h", "24h", "2d", "30d"})
        EXPECT_EQ(core::duration_text(std::get<milliseconds>(
                      parse_value(Duration{milliseconds(0), std::chrono::days(100)}, text))),
                  text);
}

TEST(ConfigValue, TextIsQuotedForToml) {
    EXPECT_EQ(to_toml(std::string("a\"\\\n\x7F"
                                  "é")),
              "\"a\\\"\\\\\\u000A\\u007Fé\"");
    EXPECT_EQ(to_toml(std::vector<std::string>{"a", "b"}), "[\"a\", \"b\"]");
}

}  // namespace
}  // namespace tocsin::daemon::app
