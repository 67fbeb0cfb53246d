// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/structure_check.hpp"

#include <string>

#include "daemon/adapters/sqlite/block_check.hpp"
#include "daemon/adapters/sqlite/sealed_database.hpp"
#include "daemon/adapters/sqlite/store.hpp"

namespace tocsin::daemon::sqlite {
namespace {

/// SQLite's own words for what it finds wrong, as many as are of use.
void check_integrity(SQLite::Database& database, const std::string& pragma_text, Diagnosis& diagnosis) {
    SQLite::Statement statement(database, "PRAGMA " + pragma_text);
    while (statement.executeStep()) {
        const std::string words = statement.getColumn(0).getString();
        if (words != "ok") diagnosis.findings.push_back("structure: " + words);
    }
}

void read_known_missing(SQLite::Database& database, Diagnosis& diagnosis) {
    SQLite::Statement statement(database, "SELECT first, last, found FROM missing ORDER BY first");
    while (statement.executeStep())
        diagnosis.known_missing.push_back({{static_cast<core::Seq>(statement.getColumn(0).getInt64()),
                                            static_cast<core::Seq>(statement.getColumn(1).getInt64())},
                                           statement.getColumn(2).getInt64()});
}

void read_meta_rows(SQLite::Database& database, Diagnosis& diagnosis) {
    SQLite::Statement unknown(database, "SELECT count(*) FROM meta WHERE key NOT IN ('epoch', 'hash_key', '" +
                                            std::string(TrimMark::key) + "')");
    if (unknown.executeStep() && unknown.getColumn(0).getInt64() > 0)
        diagnosis.findings.push_back("table meta has an entry that no version of Tocsin knows");
    const std::string trimmed = read_meta(database, TrimMark::key);
    if (!trimmed.empty() && !parse_trim_mark(trimmed))
        diagnosis.findings.push_back("the note of what retention has removed is damaged");
    diagnosis.epoch = read_meta(database, "epoch");
    const bool hexadecimal = diagnosis.epoch.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (diagnosis.epoch.size() != 16 || !hexadecimal)
        diagnosis.findings.push_back("the store's epoch is damaged or missing");
    if (read_meta(database, "hash_key").size() < IdHasher::secret_bytes)
        diagnosis.findings.push_back("the secret of the id hashes is damaged or missing");
}

}  // namespace

/// Whatever SQLite has to say against one part must not hide the others.
template <class Work>
void StructureCheck::guard(const std::string& what, Work&& work) {
    try {
        work();
    } catch (const SQLite::Exception& failure) {
        diagnosis_.findings.push_back(what + " can't be read: " + failure.getErrorStr());
    } catch (const core::Error& error) {
        diagnosis_.findings.push_back(what + ": " + error.what());
    }
}

Opened StructureCheck::run() {
    try {
        SealedDatabase sealed(diagnosis_.file, wal_.bytes());
        SQLite::Database& database = sealed.database();
        try {
            refuse_foreign(database, diagnosis_.file);
        } catch (const core::Exit& refusal) {
            refusal_ = refusal.what();
            return std::stoi(pragma(database, "application_id")) == application_id ? Opened::as_newer
                                                                                   : Opened::as_foreign;
        }
        check_all(database);
        return Opened::as_store;
    } catch (const SQLite::Exception& failure) {
        refusal_ = failure.getErrorStr();
        return Opened::not_at_all;
    }
}

void StructureCheck::check_all(SQLite::Database& database) {
    const bool deep = diagnosis_.depth == Depth::deep;
    guard("the structure",
          [&] { check_integrity(database, deep ? "integrity_check(20)" : "quick_check(20)", diagnosis_); });
    Names names;
    const Names* known = nullptr;
    guard("names", [&] {
        if (!deep)  // these are small; of the others the indexes are none
            for (const char* table : {"type", "source", "auth", "meta"})
                check_integrity(database, std::string("integrity_check(") + table + ")", diagnosis_);
        load_names(database, names);
        known = &names;
    });
    guard("the store's epoch", [&] { read_meta_rows(database, diagnosis_); });
    guard("the list of missing events", [&] { read_known_missing(database, diagnosis_); });
    guard("blocks", [&] { BlockCheck(database, diagnosis_, known).run(); });
}

}  // namespace tocsin::daemon::sqlite
