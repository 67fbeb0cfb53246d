// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/logging.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/systemd_sink.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>

#include "common/core/timestamp.hpp"
#include "common/event/json_text.hpp"

namespace tocsin::daemon::app {
namespace {

/// One JSON object a line: time, level, message, thread.
class JsonFormatter final : public spdlog::formatter {
 public:
    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
        std::string line = "{\"time\":\"";
        core::append_rfc3339(std::chrono::time_point_cast<std::chrono::microseconds>(message.time), line);
        line += "\",\"level\":\"";
        const auto level = spdlog::level::to_string_view(message.level);
        line.append(level.data(), level.size());
        line += "\",\"message\":";
        event::append_json_string({message.payload.data(), message.payload.size()}, line);
        line += "}\n";
        out.append(line.data(), line.data() + line.size());
    }
    std::unique_ptr<formatter> clone() const override { return std::make_unique<JsonFormatter>(); }
};

/// systemd names device and inode of the stream that it connected to the journal (systemd.exec(5)).
bool is_journal(int descriptor) {
    const char* stream = std::getenv("JOURNAL_STREAM");  // NOLINT(concurrency-mt-unsafe): before any thread
    struct stat info {};
    if (stream == nullptr || fstat(descriptor, &info) != 0) return false;
    return std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino) == stream;
}

LogFormat resolve(LogFormat format) {
    if (format != LogFormat::automatic) return format;
    if (isatty(STDERR_FILENO) != 0) return LogFormat::text;
    return is_journal(STDERR_FILENO) ? LogFormat::journald : LogFormat::json;
}

spdlog::sink_ptr make_sink(LogFormat format) {
    if (format == LogFormat::journald) return std::make_shared<spdlog::sinks::systemd_sink_mt>("tocsind");
    if (format == LogFormat::json) {
        auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        sink->set_formatter(std::make_unique<JsonFormatter>());
        return sink;
    }
    auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
    // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread
    if (std::getenv("NO_COLOR") != nullptr) sink->set_color_mode(spdlog::color_mode::never);
    sink->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
    return sink;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
    switch (level) {
        case LogLevel::debug: return spdlog::level::debug;
        case LogLevel::info: return spdlog::level::info;
        case LogLevel::warning: return spdlog::level::warn;
        case LogLevel::error: break;
    }
    return spdlog::level::err;
}

LogLevel from_spdlog(spdlog::level::level_enum level) {
    switch (level) {
        case spdlog::level::trace:
        case spdlog::level::debug: return LogLevel::debug;
        case spdlog::level::info: return LogLevel::info;
        case spdlog::level::warn: return LogLevel::warning;
        default: return LogLevel::error;
    }
}

}  // namespace

void set_up_logging(LogFormat format, LogLevel level) {
    auto logger = std::make_shared<spdlog::logger>("tocsind", make_sink(resolve(format)));
    logger->set_level(to_spdlog(level));
    logger->flush_on(spdlog::level::debug);
    spdlog::set_default_logger(std::move(logger));
}

LogLevel log_level() noexcept { return from_spdlog(spdlog::get_level()); }

/// Told at the more talkative of both levels.
void set_log_level(LogLevel level) {
    const auto before = spdlog::get_level();
    const auto after = to_spdlog(level);
    if (before == after) return;
    spdlog::set_level(std::min(before, after));
    spdlog::info("log level is {} now, was {}", log_levels.at(static_cast<std::size_t>(level)),
                 log_levels.at(static_cast<std::size_t>(from_spdlog(before))));
    spdlog::set_level(after);
}

}  // namespace tocsin::daemon::app
