// SPDX-License-Identifier: Apache-2.0
#include "cli/qr/making/batch.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

#include "cli/output/new_file.hpp"
#include "cli/output/progress.hpp"
#include "cli/qr/making/design.hpp"
#include "cli/qr/making/row_source.hpp"

namespace tocsin::cli::qr::making {
namespace {

using core::Code;
using core::Error;
using core::Exit;
using core::ExitStatus;
using words::usage_error;

constexpr std::size_t max_name_bytes = 255;

constexpr std::string_view examples =
    R"(The table is CSV with a line of column names, or a JSON object a line.
Each file gets its name from the column 'name', or is numbered: 0001.png, …
Bad rows are told by their line, and the others are written.

Examples:
  tocsin qr batch machines.csv --out labels
  tocsin qr batch links.csv --text link --name id -t svg --out codes
  jq -c '{text: .url, name: .id}' items.ndjson | tocsin qr batch - --out codes

Exit status: 0 done, 64 wrong usage, 65 rows were bad (the others are written),
66 no such table, 73 a file can't be created, 74 reading or writing failed.
)";

struct BatchWords {
    std::optional<std::string> out;
    std::optional<std::string> text;
    std::optional<std::string> name;
    std::optional<std::string> jobs;
};

void declare(words::Options& options, BatchWords& into) {
    options.group("Output")
        .text("--out", "DIR", into.out, "The folder for the files; made when it is not there")
        .text("--text", "COLUMN", into.text, "The column of texts [text, url, data, or the only one]")
        .text("--name", "COLUMN", into.name, "The column of file names [name]")
        .text("--jobs", "N", into.jobs, "Threads that draw [one a processor]");
}

/// Gives each row its file name; a name that can't be one, or that came before, is the row's fault.
class Names {
 public:
    Names(const Table& table, std::optional<std::size_t> column, std::string_view ending)
        : column_(column),
          ending_("." + std::string(ending)),
          digits_(std::to_string(table.rows.size()).size()) {}

    std::string of(Row& row, std::size_t number) {
        std::string name = column_ ? row.values[*column_] : numbered(number);
        if (!name.ends_with(ending_)) name += ending_;
        if (!row.fault.empty()) return name;
        if (name.size() == ending_.size())
            row.fault = "its name is empty";
        else if (name.find('/') != std::string::npos || name.find('\0') != std::string::npos ||
                 name.starts_with('.'))
            row.fault =
                "'" + name + "' can't be a file's name in the folder: it has a slash, or begins with a dot";
        else if (name.size() > max_name_bytes)
            row.fault = "its name has more than " + std::to_string(max_name_bytes) + " bytes";
        else if (const auto [before, fresh] = lines_.emplace(name, row.line); !fresh)
            row.fault = "line " + std::to_string(before->second) + " has the name '" + name + "' too";
        return name;
    }

 private:
    std::string numbered(std::size_t number) const {
        const std::string digits = std::to_string(number);
        return std::string(std::max(digits_, std::size_t{4}) - std::min(digits.size(), std::size_t{4}), '0') +
               digits;
    }

    std::optional<std::size_t> column_;
    std::string ending_;
    std::size_t digits_;
    std::map<std::string, std::size_t> lines_;
};

/// The rows, drawn by several threads. A row's own fault is the row's; a disk that takes nothing ends all.
class Workers {
 public:
    Workers(Table& table, std::vector<std::string> names, std::size_t column, const Design& design,
            const drawing::Drawing& drawing, const std::filesystem::path& folder)
        : table_(table),
          names_(std::move(names)),
          column_(column),
          design_(design),
          drawing_(drawing),
          folder_(folder) {}

    /// Rethrows what ended it. Rows whose fault is set are passed over.
    void run(std::size_t threads, output::Progress& progress) {
        {
            std::vector<std::jthread> pool;
            for (std::size_t i = 0; i < threads; ++i) pool.emplace_back([this] { work(); });
            watch(threads, progress);
        }
        progress.clear();
        if (failure_) std::rethrow_exception(failure_);
    }

    std::size_t written() const noexcept { return written_; }

 private:
    void work() noexcept {
        while (!stopped_) {
            const std::size_t at = next_++;
            if (at >= table_.rows.size()) break;
            make(table_.rows[at], names_[at]);
            ++done_;
        }
        const std::lock_guard lock(mutex_);
        ++ended_;
        changed_.notify_one();
    }

    void make(Row& row, const std::string& name) noexcept try {
        if (!row.fault.empty()) return;
        const std::string bytes = draw(row.values[column_]);
        output::NewFile file(folder_ / name, output::NewFile::Access::by_umask);
        file.write(bytes);
        file.publish(output::NewFile::Sync::no);  // what is lost with the power is made again
        ++written_;
    } catch (const Exit&) {
        fail();
    } catch (const Error& error) {
        row.fault = fault_text(error);
    } catch (const std::exception&) {
        fail();
    }

    std::string draw(const std::string& text) const {
        const std::string cased = payload::with_case(text, design_.url_case);
        const drawing::Picture picture = drawing::with_harmless_logo(
            {encoding::Symbol::encode(cased, design_.encoding), design_.style}, drawing_);
        if (design_.unscannable == Unscannable::refuse)
            for (const drawing::Fault& fault : drawing::faults_of(picture, drawing_))
                throw Error(Code::invalid, "it would not scan: " + fault.what,
                            fault.hint + ", or use --force");
        return drawing::draw(picture, drawing_);
    }

    void fail() noexcept {
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::current_exception();
        stopped_ = true;
    }

    void watch(std::size_t threads, output::Progress& progress) {
        std::unique_lock lock(mutex_);
        while (!changed_.wait_for(lock, std::chrono::milliseconds(100), [&] { return ended_ == threads; }))
            progress.show_bar(done_, table_.rows.size());
    }

    Table& table_;
    std::vector<std::string> names_;
    std::size_t column_;
    const Design& design_;
    const drawing::Drawing& drawing_;
    const std::filesystem::path& folder_;
    std::atomic<std::size_t> next_ = 0;
    std::atomic<std::size_t> done_ = 0;
    std::atomic<std::size_t> written_ = 0;
    std::atomic<bool> stopped_ = false;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t ended_ = 0;
    std::exception_ptr failure_;
};

std::size_t threads_of(std::string_view command, const std::optional<std::string>& jobs) {
    if (jobs) return static_cast<std::size_t>(whole_number(command, "--jobs", *jobs, 1, 1024));
    return std::max(1U, std::thread::hardware_concurrency());
}

void make_folder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (!error) return;
    throw Exit(ExitStatus::cant_create, Code::internal,
               "can't make the folder '" + folder.string() + "' (" + error.message() + ")",
               "name a folder that you may write to");
}

}  // namespace

ExitStatus make_batch(const words::Line& line, output::Console& console) {
    DesignWords words;
    BatchWords batch;
    words::Options options(line, {.words = "FILE.csv|FILE.ndjson|-",
                                  .summary = "Makes a QR code for each row of a table.",
                                  .examples = examples});
    declare(options, batch);
    declare_encoding(options, words);
    declare_format(options, words);
    declare_style(options, words);
    const auto positional = options.read(console);
    if (!positional) return ExitStatus::ok;
    if (!batch.out || batch.out->empty()) throw usage_error(line.command, "--out DIR is missing");
    const Design design = design_of(words, line.command);
    const drawing::Drawing drawing{
        .format = design.format.value_or(drawing::Format::png), .scale = design.scale, .svg = design.svg};
    check_format(words, drawing.format, line.command);

    Table table = read_rows(*positional, line.command);
    const std::size_t column = text_column(table, batch.text);
    Names namer(table, other_column(table, batch.name, "--name", "name"), drawing::ending_of(drawing.format));
    std::vector<std::string> names;
    names.reserve(table.rows.size());
    for (Row& row : table.rows) names.push_back(namer.of(row, names.size() + 1));

    const std::size_t threads =
        std::min(threads_of(line.command, batch.jobs), std::max(table.rows.size(), std::size_t{1}));
    const std::filesystem::path folder = *batch.out;
    make_folder(folder);
    output::Progress progress(console);
    Workers workers(table, std::move(names), column, design, drawing, folder);
    workers.run(threads, progress);
    const std::size_t faults = report_faults(table, line.command, console);
    if (faults == 0) return ExitStatus::ok;
    console.say(line.command, std::to_string(workers.written()) + " codes were made, and " +
                                  std::to_string(faults) + (faults == 1 ? " row was" : " rows were") +
                                  " bad");
    return ExitStatus::data;
}

}  // namespace tocsin::cli::qr::making
