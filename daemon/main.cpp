// SPDX-License-Identifier: Apache-2.0
// tocsind: arguments → Config → Daemon → exit status.
#include <sys/resource.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <string>

#include "common/core/exit_status.hpp"
#include "common/core/version.hpp"
#include "daemon/app/config.hpp"
#include "daemon/app/daemon.hpp"
#include "daemon/app/logging.hpp"

namespace {

using namespace tocsin;
using core::ExitStatus;
using daemon::app::Config;

struct Arguments {
    std::string config;
    std::string state;
    std::string runtime;
    std::string log_format;
    std::string log_level;
    bool check = false;
};

constexpr const char* footer = R"(Examples:
  tocsind                                    # /etc/tocsin/tocsin.toml, as the service runs it
  tocsind --config tocsin.toml --check       # tells what is wrong with a configuration
  tocsind --state /tmp/t/state --runtime /tmp/t   # a private daemon

Exit status: 0 stopped as asked, 64 wrong arguments, 70 store damaged, 74 I/O failed, 75 already running,
78 bad configuration, or a store that is newer or not Tocsin's.)";

void declare(CLI::App& app, Arguments& arguments) {
    app.add_option("--config", arguments.config,
                   "configuration file (default /etc/tocsin/tocsin.toml, if it is there)")
        ->type_name("FILE");
    app.add_option("--state", arguments.state, "folder of the store")->type_name("DIR");
    app.add_option("--runtime", arguments.runtime, "folder of the sockets")->type_name("DIR");
    app.add_option("--log-format", arguments.log_format, "auto, text, json or journald")->type_name("FORMAT");
    app.add_option("--log-level", arguments.log_level, "debug, info, warning or error")->type_name("LEVEL");
    app.add_flag("--check", arguments.check, "check the configuration and end");
    app.set_version_flag("--version", std::string("tocsind ") + core::version, "print the version and end");
    app.footer(footer);
}

/// The file's configuration, with the command line's words over it. Every mistake goes to standard error.
Config configure(const Arguments& arguments) {
    daemon::app::Reading reading;
    const std::string standard(core::system_config);
    if (!arguments.config.empty())
        reading = daemon::app::read_config(arguments.config);
    else if (std::filesystem::exists(standard))
        reading = daemon::app::read_config(standard);
    for (const auto& mistake : reading.mistakes)
        std::fprintf(stderr, "tocsind: %s\n", mistake.text().c_str());
    if (!reading.mistakes.empty())
        throw core::Exit(ExitStatus::config, core::Code::invalid,
                         "the configuration has " + std::to_string(reading.mistakes.size()) + " mistake(s)",
                         "mend what is named above");
    Config& config = reading.config;
    if (!arguments.state.empty()) config.state = std::filesystem::absolute(arguments.state);
    if (!arguments.runtime.empty()) config.runtime = std::filesystem::absolute(arguments.runtime);
    try {
        if (!arguments.log_format.empty())
            config.log_format = daemon::app::parse_log_format(arguments.log_format);
        if (!arguments.log_level.empty())
            config.log_level = daemon::app::parse_log_level(arguments.log_level);
    } catch (const core::Error& error) {
        throw core::Exit(ExitStatus::usage, core::Code::invalid,
                         std::string("--log-format or --log-level: ") + error.what(), "see tocsind --help");
    }
    return config;
}

/// Before any thread exists: signals go to the main thread, and files are private unless they are opened up.
void prepare_process() {
    umask(0077);
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
    const Config config = configure(arguments);
    if (arguments.check) {
        std::puts("tocsind: the configuration is good");
        return ExitStatus::ok;
    }
    prepare_process();
    daemon::app::set_up_logging(config.log_format, config.log_level);
    const core::SystemClock clock;
    return daemon::app::Daemon(config, clock).run();
}

int fail(const char* what, const std::string& hint, ExitStatus status) {
    std::fprintf(stderr, "tocsind: %s%s%s\n", what, hint.empty() ? "" : "; ", hint.c_str());
    return core::to_int(status);
}

}  // namespace

int main(int argc, char** argv) try {
    CLI::App app("Tocsin's daemon: a durable event bus for one host.", "tocsind");
    Arguments arguments;
    declare(app, arguments);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
        return fail(error.what(), "see tocsind --help", ExitStatus::usage);
    }
    return core::to_int(serve(arguments));
} catch (const core::Error& error) {
    return fail(error.what(), error.hint(), core::exit_status_of(error));
} catch (const std::exception& error) {
    return fail(error.what(), "", ExitStatus::software);
}
