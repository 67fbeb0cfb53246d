// SPDX-License-Identifier: Apache-2.0
// tocsind: arguments → Config → Daemon, or a look at its store → exit status.
#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/bus_folders.hpp"
#include "common/core/exit_status.hpp"
#include "common/core/version.hpp"
#include "daemon/app/config_commands.hpp"
#include "daemon/app/config_reader.hpp"
#include "daemon/app/daemon.hpp"
#include "daemon/app/logging.hpp"
#include "daemon/app/new_token.hpp"
#include "daemon/app/store_care.hpp"

namespace {

using namespace tocsin;
using core::ExitStatus;

struct Arguments {
    std::string config;
    std::string state;
    std::string runtime;
    std::string spool;
    std::string log_format;
    std::string log_level;
    bool check = false;
    bool user = false;
    std::string action;
    daemon::app::ReportForm form = daemon::app::ReportForm::human;
    std::string file;
    std::string word;
    daemon::app::CareRequest care;
    daemon::app::TokenRequest token;
};

using Care = daemon::app::CareReport (*)(const daemon::app::CareRequest&);

/// A command that works on the store while no daemon runs on it.
struct CareCommand {
    std::string_view name;
    Care run;
    void (*declare)(CLI::App&, Arguments&);
    std::string_view summary;
    std::string_view footer;
};

void declare_doctor(CLI::App& command, Arguments& arguments) {
    command.add_flag("--deep", arguments.care.deep, "hold blocks against their events too, and all indexes");
    command.add_option("--file", arguments.file, "look at this backup instead")->type_name("FILE");
}

void declare_salvage(CLI::App& command, Arguments& arguments) {
    command.add_option("--file", arguments.file, "read this backup instead")->type_name("FILE");
    command.add_option("NEW_DIR", arguments.word, "folder of the new store, empty or not there")
        ->required()
        ->type_name(" ");
}

void declare_restore(CLI::App& command, Arguments& arguments) {
    command.add_flag("--replace", arguments.care.replace, "set the store that is there aside");
    command.add_option("FILE", arguments.word, "the backup; - is standard input")->required()->type_name(" ");
}

constexpr std::array<CareCommand, 3> care_commands{{
    {"doctor", daemon::app::doctor, declare_doctor,
     "Look at the store of a stopped daemon, or at a backup, and tell what is wrong. Changes nothing.",
     R"(Examples:
  tocsin doctor
  tocsin doctor --deep --json --state /var/lib/tocsin
  tocsin backup - > today.db && tocsin doctor --file today.db   # while the daemon runs

Exit status: 0 whole, 66 no store there, 70 damaged, 75 the daemon runs, 78 not Tocsin's, or newer.)"},
    {"salvage", daemon::app::salvage, declare_salvage,
     "Write what can be read of a stopped daemon's store into a new one. The old one stays as it is.",
     R"(Examples:
  tocsin salvage /var/lib/tocsin-saved
  tocsin salvage --file damaged-backup.db saved

Exit status: 0 saved, 66 no store there, 70 nothing can be read, 73 the folder can't be made, 74 I/O failed,
75 the daemon runs.)"},
    {"restore", daemon::app::restore, declare_restore,
     "Put a backup in the store's place, while the daemon is stopped. It is checked first.",
     R"(Examples:
  tocsin restore /var/backups/tocsin.db
  tocsin restore --replace /var/backups/tocsin.db
  ssh other tocsin backup - | tocsin restore - --state /tmp/t/state

Exit status: 0 restored, 66 no such backup, 70 it is damaged, 73 there is a store already, 74 I/O failed,
75 the daemon runs, 78 not Tocsin's, or newer.)"},
}};

constexpr const char* footer = R"(Examples:
  tocsind                                    # /etc/tocsin/tocsin.toml, as the service runs it
  tocsind --config tocsin.toml --check       # tells what is wrong with a configuration
  tocsind --user                             # a bus of one's own, in $XDG_STATE_HOME and $XDG_RUNTIME_DIR
  tocsind --state /tmp/t/state --runtime /tmp/t   # a private daemon
  tocsind doctor --deep                      # looks at the store of a stopped daemon

Exit status: 0 stopped as asked, 64 wrong arguments, 70 store damaged, 74 I/O failed, 75 already running,
78 bad configuration, or a store that is newer or not Tocsin's. The commands have their own.)";

void declare_folders(CLI::App& app, Arguments& arguments) {
    app.add_option(
           "--config", arguments.config,
           "configuration file, conf.d/*.toml beside it over it (default /etc/tocsin/tocsin.toml, if there)")
        ->type_name("FILE");
    app.add_option("--state", arguments.state, "folder of the store")->type_name("DIR");
    app.add_flag("--user", arguments.user, "the user's own bus: its folders and its configuration");
}

void declare_care(CLI::App& app, Arguments& arguments) {
    for (const CareCommand& command : care_commands) {
        CLI::App& declared = *app.add_subcommand(std::string(command.name), std::string(command.summary));
        declare_folders(declared, arguments);
        command.declare(declared, arguments);
        declared.add_flag("--json", arguments.care.json, "report as one line of JSON");
        declared.footer(std::string(command.footer));
    }
    app.require_subcommand(0, 1);
}

void declare_config(CLI::App& app, Arguments& arguments) {
    constexpr const auto& actions = daemon::app::config_actions;
    CLI::App& command = *app.add_subcommand(
        "config",
        "Check a configuration, or show what is in force and where each value comes from. Changes nothing.");
    command.add_option("ACTION", arguments.action, "check, show, or schema: the JSON Schema for editors")
        ->required()
        ->check(CLI::IsMember(std::vector<std::string>(actions.begin(), actions.end())))
        ->type_name(" ");
    command
        .add_option("FILE", arguments.config,
                    "configuration file, conf.d/*.toml beside it over it (default /etc/tocsin/tocsin.toml)")
        ->type_name(" ");
    command.add_flag("--user", arguments.user, "the user's own bus");
    command.add_flag(
        "--json", [&](std::int64_t) { arguments.form = daemon::app::ReportForm::json; },
        "report as one line of JSON");
    command.footer(R"(Examples:
  tocsin config check                    # the files as tocsind would read them now
  tocsin config check ./tocsin.toml
  tocsin config show                     # TOML, with FILE:LINE:COLUMN for each value
  tocsin config show --json | jq -c '.settings[] | select(.from == "file")'
  tocsin config schema > tocsin.schema.json

Exit status: 0 good, 78 mistakes, each told as FILE:LINE:COLUMN: what is wrong; what to write instead.)");
}

void declare_token(CLI::App& app, Arguments& arguments) {
    CLI::App& command = *app.add_subcommand("token", "Make a bearer token for the API over TCP.");
    command.add_option("ACTION", arguments.action, "new")
        ->required()
        ->check(CLI::IsMember(std::vector<std::string>{"new"}))
        ->type_name(" ");
    command.add_option("NAME", arguments.token.name, "who its owner is, in events and logs")
        ->required()
        ->type_name(" ");
    command
        .add_option("RIGHT", arguments.token.allow,
                    "emit, emit:PATTERN, read, read:PATTERN, operate or admin")
        ->required()
        ->type_name(" ");
    command.add_option("--rate", arguments.token.rate, "events a second at most")->type_name("N");
    command.add_flag(
        "--json", [&](std::int64_t) { arguments.form = daemon::app::ReportForm::json; },
        "print all of it as one line of JSON");
    command.footer(
        R"(The token goes to standard output, this once; rows for the configuration to standard error.

Examples:
  tocsin token new ci 'emit:build.>'
  tocsin token new grafana read --json
  tocsin token new ci 'emit:build.>' > ci.token 2>> /etc/tocsin/conf.d/tokens.toml

Exit status: 0 made, 64 wrong arguments, 65 a name or a right that is none.)");
}

void declare(CLI::App& app, Arguments& arguments) {
    declare_folders(app, arguments);
    app.add_option("--runtime", arguments.runtime, "folder of the sockets")->type_name("DIR");
    app.add_option("--spool", arguments.spool, "folder of events that wait for the daemon")->type_name("DIR");
    app.add_option("--log-format", arguments.log_format, "auto, text, json or journald")->type_name("FORMAT");
    app.add_option("--log-level", arguments.log_level, "debug, info, warning or error")->type_name("LEVEL");
    app.add_flag("--check", arguments.check, "check the configuration and end");
    app.set_version_flag("--version", std::string("tocsind ") + core::version, "print the version and end");
    app.footer(footer);
    declare_config(app, arguments);
    declare_token(app, arguments);
    declare_care(app, arguments);
}

/// The folders of the user's own bus stand where the system's would.
void use_own_bus(daemon::app::Sources& sources) {
    const auto bus = core::user_bus(core::process_environment);
    if (!bus)
        throw core::Exit(ExitStatus::config, core::Code::invalid, "--user: there is no home folder to go by",
                         "set HOME, or XDG_CONFIG_HOME and XDG_STATE_HOME");
    sources.file = bus->config_file;
    sources.defaults = {{"--user", "state", bus->state}, {"--user", "runtime", bus->runtime}};
}

/// Where the configuration comes from: the file, its drop-ins, and the command line's words over them.
daemon::app::Sources sources_of(const Arguments& arguments) {
    daemon::app::Sources sources;
    if (arguments.user) use_own_bus(sources);
    if (arguments.config.empty())
        sources.main_file = daemon::app::Sources::MainFile::optional;
    else
        sources.file = std::filesystem::absolute(arguments.config);
    const auto add = [&](const char* option, const char* key, const std::string& value) {
        if (!value.empty()) sources.flags.push_back({option, key, value});
    };
    const auto add_folder = [&](const char* option, const char* key, const std::string& value) {
        add(option, key, value.empty() ? value : std::filesystem::absolute(value).string());
    };
    add_folder("--state", "state", arguments.state);
    add_folder("--runtime", "runtime", arguments.runtime);
    add_folder("--spool", "spool.path", arguments.spool);
    add("--log-format", "log.format", arguments.log_format);
    add("--log-level", "log.level", arguments.log_level);
    return sources;
}

/// A line each, as compilers tell them, so that editors find the places. Throws when there is one.
void tell(const std::vector<daemon::app::Mistake>& mistakes) {
    for (const auto& mistake : mistakes) std::fprintf(stderr, "%s\n", mistake.text().c_str());
    if (mistakes.empty()) return;
    throw core::Exit(ExitStatus::config, core::Code::invalid,
                     "the configuration has " + tocsin::api::count_text(mistakes),
                     "mend what is named above");
}

void print(const std::string& text) {
    if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0)
        throw core::Exit(ExitStatus::io, core::Code::internal, "can't write to standard output",
                         "make room, or send the report elsewhere");
}

daemon::app::Reading configure(const Arguments& arguments) {
    daemon::app::Reading reading = daemon::app::read_config(sources_of(arguments));
    tell(reading.mistakes);
    return reading;
}

ExitStatus work_on_config(const Arguments& arguments, daemon::app::ConfigAction action) {
    const auto report = daemon::app::work_on_config(action, sources_of(arguments), arguments.form);
    print(report.out);
    tell(report.mistakes);
    return report.status;
}

/// The action that was named; the command line's own check has let no other word pass.
ExitStatus work_on_config(const Arguments& arguments) {
    const auto& actions = daemon::app::config_actions;
    const auto action = std::ranges::find(actions, arguments.action) - actions.begin();
    return work_on_config(arguments, static_cast<daemon::app::ConfigAction>(action));
}

/// Left to itself, glibc keeps what large requests took for the next ones (mallopt(3), M_MMAP_THRESHOLD).
void give_large_blocks_back() {
    constexpr int large = 256 << 10;
    constexpr int kept_on_top = 4 << 20;
    mallopt(M_MMAP_THRESHOLD, large);
    mallopt(M_TRIM_THRESHOLD, kept_on_top);
}

/// libjq takes ~/.jq for a part of every program. The folders of the user's own bus stay where they are.
void hide_home() {
    const auto home = core::process_environment("HOME");
    const auto keep = [&](const char* name, const char* below) {
        const auto set = core::process_environment(name);
        const bool is_set = set && set->front() == '/';
        if (!is_set && home && home->front() == '/') setenv(name, (*home + below).c_str(), 1);
    };
    keep("XDG_CONFIG_HOME", "/.config");
    keep("XDG_STATE_HOME", "/.local/state");
    setenv("HOME", "", 1);
}

/// Before any thread exists: signals go to the main thread, and files are private unless they are opened up.
void prepare_process() {
    umask(0077);
    give_large_blocks_back();
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);  // a file-size limit becomes an error of the write
    sigset_t blocked;
    sigemptyset(&blocked);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&blocked, signal);
    pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

ExitStatus serve(const Arguments& arguments) {
    if (arguments.check) return work_on_config(arguments, daemon::app::ConfigAction::check);
    daemon::app::Reading reading = configure(arguments);
    prepare_process();
    daemon::app::set_up_logging(reading.config.log_format, reading.config.log_level);
    const core::SystemClock clock;
    return daemon::app::Daemon(sources_of(arguments), std::move(reading), clock).run();
}

ExitStatus care_for(const CareCommand& command, Arguments& arguments) {
    umask(0077);
    std::signal(SIGXFSZ, SIG_IGN);
    arguments.care.state = configure(arguments).config.state;
    arguments.care.file = arguments.file;
    arguments.care.word = arguments.word;
    const daemon::app::CareReport report = command.run(arguments.care);
    print(report.text);
    return report.status;
}

/// The token is data; what the daemon has to know of it is talk, and talk that explains itself to people
/// only.
ExitStatus make_token(const Arguments& arguments) {
    const auto made = daemon::app::new_token(arguments.token);
    if (arguments.form == daemon::app::ReportForm::json) {
        print(made.json);
        return ExitStatus::ok;
    }
    const bool watched = isatty(STDOUT_FILENO) == 1;
    if (watched) std::fputs("The token, which is shown this once:\n", stderr);
    print(made.token + "\n");
    if (watched)
        std::fputs(
            "What the daemon has to know, for conf.d/tokens.toml beside tocsin.toml; then tocsin reload:\n",
            stderr);
    std::fputs(made.stanza.c_str(), stderr);
    return ExitStatus::ok;
}

int fail(const std::string& who, const char* what, const std::string& hint, ExitStatus status) {
    std::fprintf(stderr, "%s: %s%s%s\n", who.c_str(), what, hint.empty() ? "" : "; ", hint.c_str());
    return core::to_int(status);
}

/// The name of the command among the words; empty when there is none.
std::string chosen(const CLI::App& app) {
    const auto commands = app.get_subcommands();
    return commands.empty() ? std::string() : commands.front()->get_name();
}

ExitStatus run(const std::string& command, Arguments& arguments) {
    if (command.empty()) return serve(arguments);
    if (command == "config") return work_on_config(arguments);
    if (command == "token") return make_token(arguments);
    return care_for(*std::ranges::find(care_commands, command, &CareCommand::name), arguments);
}

int parse_and_run(CLI::App& app, std::string& who, int argc, char** argv) {
    Arguments arguments;
    declare(app, arguments);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
        const std::string about = chosen(app).empty() ? who : who + " " + chosen(app);
        return fail(who, error.what(), "see " + about + " --help", ExitStatus::usage);
    }
    const std::string command = chosen(app);
    if (who == "tocsin") who += ": " + command;
    return core::to_int(run(command, arguments));
}

}  // namespace

int main(int argc, char** argv) {
    // `tocsin doctor` and its like become this program under their own name.
    const bool for_cli = argc > 0 && std::string_view(argv[0]) == "tocsin";
    std::string who = for_cli ? "tocsin" : "tocsind";
    try {
        hide_home();
        CLI::App app("Tocsin's daemon: a durable event bus for one host.", who);
        return parse_and_run(app, who, argc, argv);
    } catch (const core::Error& error) {
        return fail(who, error.what(), error.hint(), core::exit_status_of(error));
    } catch (const std::exception& error) {
        return fail(who, error.what(), "", ExitStatus::software);
    }
}
