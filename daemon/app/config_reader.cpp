// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/config_reader.hpp"

#include <algorithm>
#include <iterator>
#include <system_error>
#include <tuple>
#include <utility>

#include "common/core/exit_status.hpp"
#include "daemon/app/config_scope.hpp"

namespace tocsin::daemon::app {
namespace {

namespace fs = std::filesystem;
using core::Error;

constexpr std::string_view drop_in_folder = "conf.d";

bool is_drop_in(const fs::path& path) {
    return path.extension() == ".toml" && !path.filename().string().starts_with('.');
}

/// The drop-ins beside the main file, in the order of their names.
std::vector<std::string> drop_ins(const fs::path& main, std::vector<Mistake>& mistakes) {
    const fs::path folder = main.parent_path() / drop_in_folder;
    std::vector<std::string> found;
    std::error_code error;
    if (fs::status(folder, error).type() == fs::file_type::not_found) return found;
    for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
        if (!is_drop_in(entry->path())) continue;
        const fs::file_type type = fs::status(entry->path()).type();
        if (type == fs::file_type::regular || type == fs::file_type::not_found)
            found.push_back(entry->path().string());
        else  // a pipe would hold up the daemon
            mistakes.push_back({entry->path().string(), 0, 0, "this is not a file; take it away"});
    }
    if (error)
        mistakes.push_back(
            {folder.string(), 0, 0, "can't be read (" + error.message() + "); check its rights"});
    std::ranges::sort(found);
    return found;
}

class Reader {
 public:
    Reader(const Sources& sources, const Tables& tables) : sources_(sources), tables_(tables) {}

    Reading read() {
        set_defaults();
        list_files();
        for (const std::string& file : reading_.files)
            merge(read_config_file(file, tables_, reading_.mistakes));
        set_flags();
        apply();
        sort_by_place(reading_.mistakes, reading_.files);
        return std::move(reading_);
    }

 private:
    void set_defaults() {
        for (const Entry& entry : tables_.entries)
            if (const auto& standard = entry.key.standard)
                set(std::string(entry.key.name), {parse_value(entry.key.kind, std::string(*standard)), {}});
        for (const Flag& flag : sources_.defaults)
            if (const Key* key = tables_.find(flag.key))
                set(flag.key, {parse_value(key->kind, flag.value), {}});
    }

    void list_files() {
        std::error_code ignored;  // a file that can't be looked at is not missing: reading it tells why
        const bool is_there = fs::status(sources_.file, ignored).type() != fs::file_type::not_found;
        if (is_there || sources_.main_file == Sources::MainFile::required)
            reading_.files.push_back(sources_.file.string());
        std::ranges::move(drop_ins(sources_.file, reading_.mistakes), std::back_inserter(reading_.files));
    }

    void merge(FileContents contents) {
        for (auto& [key, setting] : contents.settings) set(key, std::move(setting));
        for (auto& [name, rows] : contents.rows)
            std::ranges::move(rows, std::back_inserter(reading_.rows[name]));
    }

    void set(const std::string& key, Setting setting) {
        const auto found = reading_.settings.find(key);
        if (found != reading_.settings.end() && found->second.origin.from != Origin::From::standard) {
            setting.overridden = std::move(found->second.overridden);
            setting.overridden.push_back(std::move(found->second.origin));
        }
        reading_.settings.insert_or_assign(key, std::move(setting));
    }

    void set_flags() {
        for (const Flag& flag : sources_.flags) {
            const Key* key = tables_.find(flag.key);
            if (key == nullptr) continue;
            try {
                set(flag.key,
                    {parse_value(key->kind, flag.value), {Origin::From::command_line, flag.option}});
            } catch (const Error& error) {
                throw core::Exit(core::ExitStatus::usage, core::Code::invalid,
                                 flag.option + ": " + error.what(), error.hint());
            }
        }
    }

    /// Only now, so that a value is what it is in the end when its key is set, and rows come last.
    void apply() {
        for (const Entry& entry : tables_.entries) {
            const auto found = reading_.settings.find(entry.key.name);
            if (found == reading_.settings.end()) continue;
            guarded(found->second.origin, std::string(entry.key.name) + ": ",
                    [&] { entry.set(reading_.config, found->second.value); });
        }
        for (const RowTable& table : tables_.rows)
            for (const Row& row : reading_.rows[std::string(table.name)])
                guarded(row.origin(),
                        "[[" + std::string(table.name) + "]]: ", [&] { table.add(reading_.config, row); });
    }

    template <class Step>
    void guarded(const Origin& origin, const std::string& about, const Step& step) {
        try {
            step();
        } catch (const Error& error) {
            reading_.mistakes.push_back({origin.name, origin.line, origin.column, about + told(error)});
        }
    }

    const Sources& sources_;
    const Tables& tables_;
    Reading reading_;
};

}  // namespace

std::string Origin::text() const {
    if (from == From::standard) return "default";
    if (from == From::command_line) return name;
    return name + ":" + std::to_string(line) + ":" + std::to_string(column);
}

void sort_by_place(std::vector<Mistake>& mistakes, const std::vector<std::string>& files) {
    const auto place = [&](const Mistake& mistake) {
        const auto file = std::ranges::find(files, mistake.file);
        return std::tuple(file - files.begin(), mistake.line, mistake.column);
    };
    std::ranges::stable_sort(mistakes, {}, place);
}

Reading read_config(const Sources& sources, const Tables& tables) { return Reader(sources, tables).read(); }

}  // namespace tocsin::daemon::app
