// SPDX-License-Identifier: Apache-2.0
// Emits events at a pace through one door, and keeps a ledger of what was acknowledged.
#include <array>
#include <atomic>
#include <mutex>
#include <thread>
#include <zmq.hpp>

#include "tests/bench/latencies.hpp"
#include "tests/load/blocking_http.hpp"
#include "tests/load/event_text.hpp"
#include "tests/load/ledger.hpp"

namespace tocsin::load {
namespace {

using bench::fail;
using bench::SteadyClock;

constexpr const char* usage =
    "usage: hold_emitter --door http|intake --socket PATH --emitter N --ledger FILE --rate N --seconds N\n"
    "                    [--per-message 1] [--at-once 16] [--own-ids 0|1] [--repeat 500]\n"
    "Sends events at the pace of --rate a second, as many in a message as told, with that many messages in "
    "flight\n"
    "(http: connections). Every --repeat'th message is sent twice when ids are its own: the second must be "
    "named\n"
    "the duplicate that it is. What is refused as unavailable is sent again.\n"
    "Prints JSON: events, repeated, refused, behind (seconds, at the worst), p50_us, p99_us, max_us.";

struct Plan {
    explicit Plan(const bench::Arguments& arguments)
        : socket(arguments.required("--socket")),
          emitter(arguments.number("--emitter", 1)),
          rate(arguments.real("--rate", 1000.0)),
          seconds(arguments.real("--seconds", 60.0)),
          per_message(arguments.number("--per-message", 1)),
          at_once(arguments.number("--at-once", 16)),
          own_ids(arguments.number("--own-ids", 0) != 0),
          repeat(arguments.number("--repeat", 500)) {
        if (per_message == 0 || at_once == 0 || repeat == 0 || rate <= 0.0)
            arguments.misuse("0 is not possible");
    }

    std::size_t messages() const { return static_cast<std::size_t>(rate * seconds) / per_message; }

    std::string socket;
    std::uint64_t emitter;
    double rate;
    double seconds;
    std::size_t per_message;
    std::size_t at_once;
    bool own_ids;
    std::size_t repeat;
};

/// What is to be sent when, and what came of it. Any thread.
class Work {
 public:
    Work(const Plan& plan, const std::string& ledger)
        : plan_(plan),
          ledger_(Ledger::create(ledger, plan.messages() * plan.per_message)),
          is_new_(plan.messages() * plan.per_message) {}

    const Plan& plan() const noexcept { return plan_; }
    SteadyClock::time_point due(std::size_t message) const {
        return start_ + bench::from_seconds(static_cast<double>(message * plan_.per_message) / plan_.rate);
    }

    /// The time is over, or everything is sent.
    bool is_over(std::size_t message) const {
        return message >= plan_.messages() ||
               SteadyClock::now() > start_ + bench::from_seconds(plan_.seconds);
    }
    bool is_sent_twice(std::size_t message) const { return plan_.own_ids && message % plan_.repeat == 0; }

    std::string body(std::size_t message) const {
        std::string lines;
        for (std::size_t i = 0; i < plan_.per_message; ++i) {
            const std::size_t number = message * plan_.per_message + i;
            const std::string id =
                plan_.own_ids ? "hold-" + std::to_string(plan_.emitter) + "-" + std::to_string(number) : "";
            lines += draft("hold.e" + std::to_string(plan_.emitter), id, {plan_.emitter, number}) + "\n";
        }
        return lines;
    }

    /// Takes the receipts of a message.
    void acknowledge(std::size_t message, std::string_view reply, SteadyClock::time_point sent) {
        const auto now = SteadyClock::now();
        SequenceWalk receipts(reply);
        std::size_t count = 0;
        for (; count < plan_.per_message && receipts.next(); ++count)
            write(message * plan_.per_message + count, receipts.sequence(), receipts.is_duplicate());
        if (count != plan_.per_message || receipts.next()) fail("receipts: " + std::string(reply));
        const std::lock_guard lock(mutex_);
        latencies_.add(now - sent);
        behind_ = std::max(behind_, sent - due(message));
    }

    void refuse() { ++refused_; }

    void print() {
        std::printf(
            "{\"events\":%zu,\"repeated\":%zu,\"refused\":%zu,\"behind\":%.3f,\"p50_us\":%.1f,\"p99_us\":%."
            "1f,\"max_us\":%.1f}\n",
            events_.load(), repeated_.load(), refused_.load(), std::chrono::duration<double>(behind_).count(),
            latencies_.percentile_us(50), latencies_.percentile_us(99), latencies_.percentile_us(100));
    }

 private:
    /// Of two sendings exactly one is new, and both have one sequence; their receipts may come in any order.
    void write(std::size_t number, std::uint64_t sequence, bool is_duplicate) {
        std::uint64_t& known = ledger_.sequences()[number];
        const std::string name =
            "event " + std::to_string(number) + ", acknowledged as " + std::to_string(sequence);
        if (sequence == 0 || (known != 0 && known != sequence))
            fail(name + ", was acknowledged as " + std::to_string(known));
        if (is_duplicate && !is_sent_twice(number / plan_.per_message))
            fail(name + ", is called a duplicate");
        if (!is_duplicate && is_new_[number].exchange(true)) fail(name + ", is called new twice");
        ++(is_duplicate ? repeated_ : events_);
        known = sequence;
    }

    const Plan& plan_;
    Ledger ledger_;
    std::vector<std::atomic<bool>> is_new_;
    SteadyClock::time_point start_ = SteadyClock::now();
    std::atomic<std::size_t> events_ = 0;
    std::atomic<std::size_t> repeated_ = 0;
    std::atomic<std::size_t> refused_ = 0;
    std::mutex mutex_;
    bench::Latencies latencies_;
    SteadyClock::duration behind_{};
};

// --- HTTP
// ---------------------------------------------------------------------------------------------------

void post(BlockingHttp& http, Work& work, std::size_t message, SteadyClock::time_point sent) {
    const std::string body = work.body(message);
    while (true) {
        const auto reply = http.post("/v1/events", "application/x-ndjson", body);
        if (reply.status == 200) return work.acknowledge(message, reply.body, sent);
        if (reply.status != 503) fail("status " + std::to_string(reply.status) + ": " + reply.body);
        work.refuse();
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
}

void run_http(Work& work) {
    std::atomic<std::size_t> next = 0;
    std::vector<std::jthread> connections;
    for (std::size_t i = 0; i < work.plan().at_once; ++i) {
        connections.emplace_back([&] {
            BlockingHttp http(work.plan().socket);
            for (std::size_t message = next++; !work.is_over(message); message = next++) {
                std::this_thread::sleep_until(work.due(message));
                const auto sent = SteadyClock::now();
                post(http, work, message, sent);
                if (work.is_sent_twice(message)) post(http, work, message, sent);
            }
        });
    }
}

// --- intake
// -------------------------------------------------------------------------------------------------

class IntakeDoor {
 public:
    explicit IntakeDoor(Work& work) : work_(work) {
        socket_.set(zmq::sockopt::linger, 0);
        socket_.connect("ipc://" + work.plan().socket);
    }

    void run() {
        std::size_t next = 0;
        while (!work_.is_over(next) || in_flight_ > 0) {
            while (!work_.is_over(next) && in_flight_ < work_.plan().at_once &&
                   SteadyClock::now() >= work_.due(next)) {
                const std::size_t times = work_.is_sent_twice(next) ? 2 : 1;
                for (std::size_t i = 0; i < times; ++i) send(next);
                ++next;
            }
            receive();
        }
    }

 private:
    static constexpr int patience_ms = 20'000;

    /// The correlation is the message's number and when it left.
    void send(std::size_t message) {
        const std::string correlation =
            std::to_string(message) + " " + std::to_string(SteadyClock::now().time_since_epoch().count());
        socket_.send(zmq::const_buffer(), zmq::send_flags::sndmore);
        socket_.send(zmq::str_buffer("emit"), zmq::send_flags::sndmore);
        socket_.send(zmq::buffer(correlation), zmq::send_flags::sndmore);
        socket_.send(zmq::buffer(work_.body(message)), zmq::send_flags::none);
        ++in_flight_;
    }

    /// Takes the replies that are there, after a millisecond at most when nothing is full.
    void receive() {
        const bool is_full = in_flight_ >= work_.plan().at_once;
        socket_.set(zmq::sockopt::rcvtimeo, is_full ? patience_ms : 1);
        std::array<zmq::message_t, 4> frames;
        bool is_silent = true;
        while (socket_.recv(frames[0])) {
            is_silent = false;
            for (std::size_t i = 1; i < frames.size(); ++i) (void)socket_.recv(frames[i]);
            take(frames[1].to_string_view(), frames[2].to_string(), frames[3].to_string_view());
            socket_.set(zmq::sockopt::rcvtimeo, 0);
        }
        if (is_full && is_silent) fail("no reply within 20 s");
    }

    void take(std::string_view code, const std::string& correlation, std::string_view body) {
        const std::size_t message = std::stoul(correlation);
        const SteadyClock::time_point sent(
            SteadyClock::duration(std::stoll(correlation.substr(correlation.find(' ')))));
        --in_flight_;
        if (code == "ok") return work_.acknowledge(message, body, sent);
        if (code != "unavailable") fail("intake: " + std::string(body));
        work_.refuse();
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        send(message);
    }

    Work& work_;
    zmq::context_t context_{1};
    zmq::socket_t socket_{context_, zmq::socket_type::dealer};
    std::size_t in_flight_ = 0;
};

}  // namespace
}  // namespace tocsin::load

int main(int argc, char** argv) {
    using namespace tocsin::load;
    const tocsin::bench::Arguments arguments(
        argc, argv, usage,
        {"--door", "--socket", "--emitter", "--ledger", "--rate", "--seconds", "--per-message", "--at-once",
         "--own-ids", "--repeat"});
    const Plan plan(arguments);
    Work work(plan, arguments.required("--ledger"));
    if (arguments.required("--door") == "http") {
        run_http(work);
    } else {
        IntakeDoor(work).run();
    }
    work.print();
    return 0;
}
