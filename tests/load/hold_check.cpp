// SPDX-License-Identifier: Apache-2.0
// Holds a log against the ledgers of those who wrote it: nothing acknowledged missing, nothing twice.
#include <iostream>

#include "tests/load/event_text.hpp"
#include "tests/load/ledger.hpp"

namespace tocsin::load {
namespace {

constexpr const char* usage =
    "usage: hold_check --ledger FILE…\n"
    "Reads the log from stdin, an event a line from the first on. The first ledger is that of emitter 1.\n"
    "Prints JSON: events, hash, acknowledged, faults (how many), and the first of them in words.";

constexpr std::size_t faults_shown = 10;

class Check {
 public:
    explicit Check(const std::vector<std::string>& ledgers) {
        for (const std::string& path : ledgers) {
            ledgers_.push_back(Ledger::open(path));
            seen_.emplace_back(ledgers_.back().sequences().size(), false);
        }
    }

    void take(std::string_view line) {
        SequenceWalk walk(line);
        if (!walk.next()) return fault("no event: " + std::string(line));
        const std::uint64_t sequence = walk.sequence();
        if (sequence != position_ + 1)
            fault("after " + std::to_string(position_) + " comes " + std::to_string(sequence));
        position_ = sequence;
        ++events_;
        const Origin origin = walk.origin();
        hash_.add(sequence, origin);
        if (origin.emitter != 0) compare(sequence, origin);
    }

    void finish() {
        for (std::size_t i = 0; i < ledgers_.size(); ++i) {
            const auto sequences = ledgers_[i].sequences();
            for (std::size_t number = 0; number < sequences.size(); ++number) {
                if (sequences[number] == 0) continue;
                ++acknowledged_;
                if (!seen_[i][number]) fault(name({i + 1, number}) + " was acknowledged and is missing");
            }
        }
    }

    int print() const {
        std::printf("{\"events\":%zu,\"hash\":%zu,\"acknowledged\":%zu,\"faults\":%zu,\"words\":[", events_,
                    hash_.value(), acknowledged_, faults_);
        const char* comma = "";
        for (const std::string& words : words_) {
            std::printf("%s\"%s\"", comma, words.c_str());
            comma = ",";
        }
        std::printf("]}\n");
        return faults_ == 0 ? 0 : 1;
    }

 private:
    void compare(std::uint64_t sequence, Origin origin) {
        const std::size_t place = origin.emitter - 1;
        if (place >= ledgers_.size() || origin.number >= seen_[place].size())
            return fault(name(origin) + " was never sent");
        if (seen_[place][origin.number]) fault(name(origin) + " is there twice");
        seen_[place][origin.number] = true;
        const std::uint64_t acknowledged = ledgers_[place].sequences()[origin.number];
        if (acknowledged != sequence)
            fault(name(origin) + " has the sequence " + std::to_string(sequence) + ", acknowledged as " +
                  std::to_string(acknowledged));
    }

    static std::string name(Origin origin) {
        return "event " + std::to_string(origin.number) + " of emitter " + std::to_string(origin.emitter);
    }

    void fault(std::string words) {
        std::erase(words, '"');
        std::erase(words, '\\');
        if (++faults_ <= faults_shown) words_.push_back(std::move(words));
    }

    std::vector<Ledger> ledgers_;
    std::vector<std::vector<bool>> seen_;
    RunningHash hash_;
    std::uint64_t position_ = 0;
    std::size_t events_ = 0;
    std::size_t acknowledged_ = 0;
    std::size_t faults_ = 0;
    std::vector<std::string> words_;
};

}  // namespace
}  // namespace tocsin::load

int main(int argc, char** argv) {
    using namespace tocsin::load;
    const tocsin::bench::Arguments arguments(argc, argv, usage, {"--ledger"});
    Check check(arguments.all("--ledger"));
    std::ios::sync_with_stdio(false);
    for (std::string line; std::getline(std::cin, line);) check.take(line);
    check.finish();
    return check.print();
}
