// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/doctor.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "common/core/exit_status.hpp"
#include "common/core/folder_lock.hpp"
#include "common/core/paths.hpp"
#include "daemon/adapters/sqlite/carver.hpp"
#include "daemon/adapters/sqlite/sequence_runs.hpp"
#include "daemon/adapters/sqlite/store.hpp"
#include "daemon/adapters/sqlite/structure_check.hpp"

namespace tocsin::daemon::sqlite {
namespace {

using core::Code;
using core::Exit;
using core::ExitStatus;
using core::Seq;
using core::SequenceRange;

constexpr std::size_t header_bytes = 100;
constexpr std::size_t page_count_field = 28;
constexpr std::size_t application_id_field = 68;

/// What stands in the header of every store (https://sqlite.org/fileformat2.html, section 1.3).
struct HeaderField {
    std::size_t place;
    std::string_view bytes;
};
using std::string_view_literals::operator""sv;
constexpr std::array<HeaderField, 6> header_fields{{
    {0, "SQLite format 3\0"sv},
    {16, "\x10\0\x02\x02\0\x40\x20\x20"sv},  // page size, write-ahead log, nothing reserved, fractions
    {44, "\0\0\0\x04\0\0\0\0"sv},            // schema format, cache size
    {56, "\0\0\0\x01"sv},                    // UTF-8
    {64, "\0\0\0\x01"sv},                    // incremental vacuum
    {72, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"sv},
}};

std::string size_of(std::size_t count, const std::string& noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

/// `12, 14 to 20 and 3 more`.
std::string list_text(const std::vector<SequenceRange>& ranges) {
    constexpr std::size_t most = 8;
    std::string text;
    for (std::size_t i = 0; i < std::min(ranges.size(), most); ++i)
        text += (i == 0 ? "" : ", ") + range_text(ranges[i]);
    if (ranges.size() > most) text += " and " + std::to_string(ranges.size() - most) + " more ranges";
    return text;
}

bool is_one(const std::vector<SequenceRange>& ranges) {
    return ranges.size() == 1 && ranges[0].first == ranges[0].last;
}

/// One look at one store.
class Examination {
 public:
    Examination(Diagnosis& diagnosis, const WalFile& wal) : diagnosis_(diagnosis), wal_(wal) {}

    void run(const HighWaterMark::Inspection& mark) {
        StructureCheck structure(diagnosis_, wal_);
        const Opened opened = structure.run();
        read_events();
        refuse(opened, structure.refusal(), mark);
        judge_size();
        judge_header();
        judge_rows(mark.mark ? mark.mark->seq : 0);
        if (!diagnosis_.is_backup) {
            judge_mark(mark);
            judge_wal();
        }
    }

 private:
    void read_events() {
        Pages pages(diagnosis_.file, wal_, wal_.taken());
        header_ = pages.page(1).substr(0, header_bytes);
        if (header_.size() == header_bytes) {
            const std::uint32_t last = big_endian(header_, page_count_field);
            is_short_ = !pages.holds(last) || !pages.holds(pages.count());
        }
        const std::vector<bool> free = pages.free_pages();
        Carver carver(pages);
        for (std::uint32_t number = 1; number <= pages.count(); ++number)
            if (!free[number]) carver.learn(pages.page(number), number);
        if (carver.trimmed()) diagnosis_.begins = carver.trimmed()->before;
        const Carver::Visitor visitor{
            .event = [&](const CarvedEvent& event) { found_.add(event.fields.seq); },
            .damaged =
                [&](Seq seq, std::uint32_t page) {
                    if (seq > 0) damaged_.add(seq);
                    if (seq == 0) unreadable_pages_.push_back(page);
                },
            .missing = [](const CarvedMissing&) {},
            .block = [&](Seq first) { lowest_block_ = std::min(lowest_block_, first); }};
        for (std::uint32_t number = 1; number <= pages.count(); ++number)
            if (!free[number]) carver.carve(pages.page(number), number, visitor);
        for (const SequenceRange& run : found_.runs()) diagnosis_.events += run.last - run.first + 1;
        diagnosis_.head = diagnosis_.begins - 1;
        if (found_.empty()) return;
        diagnosis_.first = found_.runs().front().first;
        diagnosis_.head = std::max(diagnosis_.head, found_.runs().back().last);
    }

    /// What is no store of ours is none to examine, unless events of ours lie in it.
    void refuse(Opened opened, const std::string& why, const HighWaterMark::Inspection& mark) {
        const std::string file = diagnosis_.file.string();
        if (opened == Opened::as_store) return;
        if (opened == Opened::as_newer)
            throw Exit(ExitStatus::config, Code::conflict, why,
                       "install the version of tocsind that wrote it, or a later one");
        const bool says_ours =
            header_.size() == header_bytes &&
            big_endian(header_, application_id_field) == static_cast<std::uint32_t>(application_id);
        if (diagnosis_.events == 0 && !mark.exists && !says_ours)
            throw Exit(
                ExitStatus::config, Code::conflict,
                opened == Opened::as_foreign ? why : file + " is not a store of Tocsin's (" + why + ")",
                "name another with --state or --file");
        diagnosis_.findings.insert(diagnosis_.findings.begin(),
                                   opened == Opened::as_foreign
                                       ? "the file's header does not say that it is Tocsin's"
                                       : "SQLite can't open " + file + ": " + why);
    }

    /// SQLite reads a page that is cut off as if zeros followed.
    void judge_size() {
        if (is_short_ || header_.size() < header_bytes)
            diagnosis_.findings.push_back(
                "the file is cut off: its last page is not there, or not all of it");
    }

    /// SQLite passes over some of it, and reads other parts as what they no longer are.
    void judge_header() {
        for (const HeaderField& field : header_fields)
            if (header_.substr(std::min(field.place, header_.size()), field.bytes.size()) != field.bytes)
                diagnosis_.findings.push_back("the database's header is damaged at byte " +
                                              std::to_string(field.place));
    }

    /// A damaged row may have lost its place too, and must not stretch the log to where nothing is.
    void judge_damaged(Seq acknowledged) {
        Seq end = std::max(acknowledged, diagnosis_.head);
        for (const KnownMissing& known : diagnosis_.known_missing) end = std::max(end, known.range.last);
        for (const SequenceRange& range : damaged_.runs()) {
            if (range.first > end + 1) {
                diagnosis_.findings.push_back("an event that says to be number " + range_text(range) +
                                              " is damaged");
                continue;
            }
            end = std::max(end, range.last);
            for (const SequenceRange& lost : found_.gaps(range)) diagnosis_.damaged.push_back(lost);
        }
    }

    void judge_rows(Seq acknowledged) {
        judge_damaged(acknowledged);
        if (!diagnosis_.damaged.empty())
            diagnosis_.findings.push_back((is_one(diagnosis_.damaged) ? "event " : "events ") +
                                          list_text(diagnosis_.damaged) + ": the checksum does not match");
        for (const std::uint32_t page : unreadable_pages_)
            diagnosis_.findings.push_back("page " + std::to_string(page) +
                                          " holds an event that can't be read");
        SequenceRuns accounted = found_;
        for (const SequenceRange& range : diagnosis_.damaged) accounted.add(range);
        for (const KnownMissing& known : diagnosis_.known_missing) accounted.add(known.range);
        accounted.add({1, diagnosis_.begins - 1});
        if (accounted.empty()) return;
        // Where the note of it is lost, the oldest block tells where the log begins.
        const Seq lowest = diagnosis_.begins > 1 || lowest_block_ == core::max_sequence ? 1 : lowest_block_;
        head_ = accounted.runs().back().last;
        diagnosis_.missing = accounted.gaps({lowest, head_});
        if (!diagnosis_.missing.empty())
            diagnosis_.findings.push_back((is_one(diagnosis_.missing) ? "event " : "events ") +
                                          list_text(diagnosis_.missing) + ": missing between others");
    }

    void judge_mark(const HighWaterMark::Inspection& mark) {
        diagnosis_.mark = mark.mark;
        if (!mark.exists)
            diagnosis_.findings.push_back(
                "the high-water mark is missing: nobody can tell whether the newest "
                "events are all there");
        else if (!mark.mark)
            diagnosis_.findings.push_back(
                "the high-water mark is damaged: nobody can tell whether the newest "
                "events are all there");
        else if (mark.damaged_slots > 0)
            diagnosis_.findings.push_back("one of the high-water mark's two slots is damaged");
        if (!mark.mark) return;
        if (mark.mark->seq > head_) {
            diagnosis_.missing.push_back({head_ + 1, mark.mark->seq});
            diagnosis_.findings.push_back("acknowledged events " + range_text(diagnosis_.missing.back()) +
                                          " are missing: the high-water mark says " +
                                          std::to_string(mark.mark->seq) + ", the store ends at " +
                                          std::to_string(head_));
        }
        if (!diagnosis_.epoch.empty() && epoch_text(mark.mark->epoch) != diagnosis_.epoch)
            diagnosis_.findings.push_back("the high-water mark belongs to another history: its epoch is " +
                                          epoch_text(mark.mark->epoch));
    }

    /// A broken frame ends the log for SQLite. What a crash cut off looks like that too; then nothing that
    /// was acknowledged is missing.
    void judge_wal() {
        const std::vector<std::size_t> broken = wal_.broken();
        if (broken.empty() && !wal_.header_is_broken()) return;
        const std::string text =
            (wal_.header_is_broken() ? "the header" : "frame " + std::to_string(broken.front() + 1)) +
            " of the " + size_of(wal_.written(), "frame") +
            " in the write-ahead log is damaged: SQLite takes the first " + std::to_string(wal_.taken()) +
            " and passes the rest over in silence";
        const bool nothing_lost = diagnosis_.mark && diagnosis_.mark->seq <= head_;
        if (nothing_lost)
            diagnosis_.notes.push_back(text + "; every acknowledged event is there");
        else
            diagnosis_.findings.push_back(text);
    }

    Diagnosis& diagnosis_;
    const WalFile& wal_;
    SequenceRuns found_;
    SequenceRuns damaged_;
    std::vector<std::uint32_t> unreadable_pages_;
    std::string header_;
    bool is_short_ = false;
    Seq lowest_block_ = core::max_sequence;
    Seq head_ = 0;
};

Diagnosis begin(const std::filesystem::path& file, Depth depth) {
    Diagnosis diagnosis;
    diagnosis.file = file;
    diagnosis.depth = depth;
    std::error_code error;
    const auto bytes = std::filesystem::file_size(file, error);
    diagnosis.database_bytes = error ? 0 : bytes;
    return diagnosis;
}

}  // namespace

Diagnosis examine_store(const std::filesystem::path& folder, Depth depth) {
    const std::filesystem::path file = folder / core::store_file;
    const core::FolderHold hold(folder / core::state_lock);
    Diagnosis diagnosis = begin(file, depth);
    const auto mark = HighWaterMark::inspect(folder / core::mark_file);
    if (diagnosis.database_bytes == 0 && mark.exists) {
        diagnosis.mark = mark.mark;
        if (mark.mark && mark.mark->seq > 0) diagnosis.missing.push_back({1, mark.mark->seq});
        diagnosis.findings.push_back(file.string() +
                                     " is missing or empty, but the mark beside it says that it held "
                                     "events");
        return diagnosis;
    }
    open_to_read(file);
    const WalFile wal(file.string() + "-wal");
    diagnosis.wal_bytes = wal.bytes().size();
    Examination(diagnosis, wal).run(mark);
    return diagnosis;
}

Diagnosis examine_backup(const std::filesystem::path& file, Depth depth) {
    Diagnosis diagnosis = begin(file, depth);
    diagnosis.is_backup = true;
    open_to_read(file);
    const WalFile none;
    Examination(diagnosis, none).run({});
    return diagnosis;
}

}  // namespace tocsin::daemon::sqlite
