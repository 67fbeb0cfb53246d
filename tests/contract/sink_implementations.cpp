// SPDX-License-Identifier: Apache-2.0
// The sinks that the contract runs over. A new one joins the list at the end.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <sstream>
#include <thread>
#include <zmq.hpp>

#include "daemon/adapters/curl/http_sink.hpp"
#include "daemon/adapters/file/file_sink.hpp"
#include "daemon/adapters/openssl/crypto.hpp"
#include "daemon/adapters/process/exec_sink.hpp"
#include "daemon/adapters/zeromq/zmq_sink.hpp"
#include "tests/contract/sink_contract.hpp"
#include "tests/support/http_receiver.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tocsin::tests {
namespace {

using daemon::pipeline::Sink;
using daemon::zeromq::ZmqOptions;
using daemon::zeromq::ZmqSink;

std::vector<std::string> lines_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

/// A file whose folder can be away.
class FileUnderTest final : public SinkUnderTest {
 public:
    FileUnderTest() { std::filesystem::create_directory(here_); }
    Sink& sink() override { return sink_; }
    void take_away() override {
        std::filesystem::rename(here_, away_);
        sink_.reopen();
    }
    void bring_back() override { std::filesystem::rename(away_, here_); }
    std::vector<std::string> arrived() override { return lines_of(here_ / "out.jsonl"); }

 private:
    static daemon::file::Options options(const std::filesystem::path& folder) {
        daemon::file::Options options;
        options.path = folder / "out.jsonl";
        return options;
    }

    TemporaryFolder folder_;
    const std::filesystem::path here_ = folder_.path() / "here";
    const std::filesystem::path away_ = folder_.path() / "away";
    ManualClock clock_;
    daemon::file::FileSink sink_{options(here_), clock_};
};

/// A program that appends to a file, and can be away.
class ExecUnderTest final : public SinkUnderTest {
 public:
    ExecUnderTest() {
        std::ofstream(here_) << "#!/bin/sh\nexec 9>>" << out_.string() << "\nflock 9\nexec cat >&9\n";
        std::filesystem::permissions(here_, std::filesystem::perms::owner_all);
    }
    Sink& sink() override { return sink_; }
    void take_away() override { std::filesystem::rename(here_, away_); }
    void bring_back() override { std::filesystem::rename(away_, here_); }
    std::vector<std::string> arrived() override { return lines_of(out_); }

 private:
    static daemon::process::ExecOptions options(const std::filesystem::path& program) {
        daemon::process::ExecOptions options;
        options.argv = {program};
        return options;
    }

    TemporaryFolder folder_;
    const std::filesystem::path here_ = folder_.path() / "program";
    const std::filesystem::path away_ = folder_.path() / "away";
    const std::filesystem::path out_ = folder_.path() / "out";
    daemon::process::Children children_;
    daemon::process::ExecSink sink_{options(here_), children_};
};

/// A peer that reads on a thread of its own while it is there.
class ZmqUnderTest final : public SinkUnderTest {
 public:
    explicit ZmqUnderTest(ZmqOptions::Socket socket)
        : is_pub_(socket == ZmqOptions::Socket::pub),
          sink_(context_, {.socket = socket, .attach = ZmqOptions::Attach::bind, .address = address_}) {
        bring_back();
    }
    Sink& sink() override { return sink_; }
    /// A peer that leaves takes along what was just queued for it, so it is waited until it has left.
    void take_away() override {
        reader_ = {};
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    void bring_back() override {
        reader_ = std::jthread([this](const std::stop_token& stop) { read(stop); });
    }
    std::vector<std::string> arrived() override {
        const std::lock_guard lock(mutex_);
        return bodies_;
    }

 private:
    void read(const std::stop_token& stop) {
        zmq::socket_t socket(context_.get(), is_pub_ ? zmq::socket_type::sub : zmq::socket_type::pull);
        socket.set(zmq::sockopt::linger, 0);
        socket.set(zmq::sockopt::reconnect_ivl, 10);
        if (is_pub_) socket.set(zmq::sockopt::subscribe, "");
        socket.connect(address_);
        zmq::pollitem_t item{socket.handle(), 0, ZMQ_POLLIN, 0};
        daemon::zeromq::Message message;
        while (!stop.stop_requested()) {
            zmq::poll(&item, 1, std::chrono::milliseconds(10));
            while (daemon::zeromq::receive(socket, message)) keep(message);
        }
    }
    void keep(const daemon::zeromq::Message& message) {
        const std::lock_guard lock(mutex_);
        bodies_.emplace_back(daemon::zeromq::text(message.frames.at(message.frame_count - 1)));
    }

    const bool is_pub_;
    TemporaryFolder folder_;
    const std::string address_ = "ipc://" + (folder_.path() / "sink.sock").string();
    daemon::zeromq::Context context_;
    ZmqSink sink_;
    std::mutex mutex_;  // guards what follows
    std::vector<std::string> bodies_;
    std::jthread reader_;
};

/// The members of a JSON array, as they stand in it.
std::vector<std::string> members_of(std::string_view array) {
    std::vector<std::string> members(1);
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = 1; i + 1 < array.size(); ++i) {
        const char c = array[i];
        if (in_string && c == '\\') members.back() += array[i++];
        if (c == '"') in_string = !in_string;
        if (!in_string && (c == '{' || c == '[')) ++depth;
        if (!in_string && (c == '}' || c == ']')) --depth;
        if (!in_string && depth == 0 && c == ',')
            members.emplace_back();
        else
            members.back() += array[i];
    }
    return members;
}

/// A server that refuses everything while it is away.
class HttpUnderTest final : public SinkUnderTest {
 public:
    Sink& sink() override { return sink_; }
    void take_away() override { is_away_ = true; }
    void bring_back() override { is_away_ = false; }
    std::vector<std::string> arrived() override {
        const std::lock_guard lock(mutex_);
        return bodies_;
    }

 private:
    Receiver::Then serve(int socket, const Received& request) {
        static const auto busy = answering("503 Service Unavailable");
        static const auto taken = answering("204 No Content");
        if (is_away_) return busy(socket, request);
        {
            const std::lock_guard lock(mutex_);
            if (request.header("content-type").find("batch") != std::string::npos)
                std::ranges::move(members_of(request.body), std::back_inserter(bodies_));
            else
                bodies_.push_back(request.body);
        }
        return taken(socket, request);
    }
    daemon::curl::Options options() const {
        daemon::curl::Options options;
        options.url = receiver_.url();
        options.mode = daemon::curl::Mode::structured;
        return options;
    }

    std::atomic<bool> is_away_{false};
    std::mutex mutex_;  // guards what follows
    std::vector<std::string> bodies_;
    Receiver receiver_{[this](int socket, const Received& request) { return serve(socket, request); }};
    ManualClock clock_;
    daemon::curl::HttpSink sink_{options(), clock_, daemon::openssl::hmac_sha256};
};

}  // namespace

std::vector<SinkImplementation> sink_implementations() {
    return {{"File", [] { return std::make_unique<FileUnderTest>(); }},
            {"Http", [] { return std::make_unique<HttpUnderTest>(); }},
            {"Exec", [] { return std::make_unique<ExecUnderTest>(); }},
            {"ZmqPush", [] { return std::make_unique<ZmqUnderTest>(ZmqOptions::Socket::push); }},
            {"ZmqPub", [] { return std::make_unique<ZmqUnderTest>(ZmqOptions::Socket::pub); }}};
}

}  // namespace tocsin::tests
