// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/batch_table.hpp"

#include <sqlite3.h>

#include <new>

namespace tocsin::daemon::sqlite {
namespace {

using event::Data;

using Rows = std::vector<NewRow>;

struct Table {
    sqlite3_vtab base{};
    const Rows* rows = nullptr;
};

struct Cursor {
    sqlite3_vtab_cursor base{};
    const Rows* rows = nullptr;
    std::size_t place = 0;
};

// SQLite hands back the first member of the structs above.
Table* table_of(sqlite3_vtab* base) { return reinterpret_cast<Table*>(base); }
Cursor* cursor_of(sqlite3_vtab_cursor* base) { return reinterpret_cast<Cursor*>(base); }

int connect(sqlite3* database, void* rows, int, const char* const*, sqlite3_vtab** out, char**) {
    const int result = sqlite3_declare_vtab(
        database, "CREATE TABLE x(seq, type, recorded, sum, source, auth, minted, id, attrs, data)");
    if (result != SQLITE_OK) return result;
    auto* table = new (std::nothrow) Table;
    if (table == nullptr) return SQLITE_NOMEM;
    table->rows = static_cast<const Rows*>(rows);
    *out = &table->base;
    return SQLITE_OK;
}

int disconnect(sqlite3_vtab* base) {
    delete table_of(base);
    return SQLITE_OK;
}

int best_index(sqlite3_vtab*, sqlite3_index_info* info) {
    info->estimatedCost = 1;
    return SQLITE_OK;
}

int open(sqlite3_vtab* base, sqlite3_vtab_cursor** out) {
    auto* cursor = new (std::nothrow) Cursor;
    if (cursor == nullptr) return SQLITE_NOMEM;
    cursor->rows = table_of(base)->rows;
    *out = &cursor->base;
    return SQLITE_OK;
}

int close(sqlite3_vtab_cursor* base) {
    delete cursor_of(base);
    return SQLITE_OK;
}

int filter(sqlite3_vtab_cursor* base, int, const char*, int, sqlite3_value**) {
    cursor_of(base)->place = 0;
    return SQLITE_OK;
}

int next(sqlite3_vtab_cursor* base) {
    ++cursor_of(base)->place;
    return SQLITE_OK;
}

int eof(sqlite3_vtab_cursor* base) {
    const Cursor* cursor = cursor_of(base);
    return cursor->place >= cursor->rows->size() ? 1 : 0;
}

void result_text(sqlite3_context* context, std::string_view text) {
    sqlite3_result_text64(context, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void result_blob(sqlite3_context* context, std::string_view bytes) {
    sqlite3_result_blob64(context, bytes.data() == nullptr ? "" : bytes.data(), bytes.size(), SQLITE_STATIC);
}

void result_data(sqlite3_context* context, const Data& data) {
    if (data.kind == Data::Kind::json) result_text(context, data.bytes);
    if (data.kind == Data::Kind::binary) result_blob(context, data.bytes);
}

int column(sqlite3_vtab_cursor* base, sqlite3_context* context, int index) {
    const Cursor* cursor = cursor_of(base);
    const NewRow& row = (*cursor->rows)[cursor->place];
    switch (static_cast<Column>(index)) {
        case Column::seq: sqlite3_result_int64(context, static_cast<sqlite3_int64>(row.seq)); break;
        case Column::type: sqlite3_result_int64(context, row.type); break;
        case Column::recorded: sqlite3_result_int64(context, row.recorded); break;
        case Column::sum: sqlite3_result_int64(context, row.sum); break;
        case Column::source: sqlite3_result_int64(context, row.source); break;
        case Column::auth: sqlite3_result_int64(context, row.author); break;
        case Column::minted: sqlite3_result_int(context, static_cast<int>(row.draft->id_origin)); break;
        case Column::id:
            row.id_is_uuid ? result_blob(context, row.id_bytes()) : result_text(context, row.id_bytes());
            break;
        case Column::attrs:
            if (!row.draft->attributes.empty()) result_text(context, row.draft->attributes.json());
            break;
        case Column::data: result_data(context, row.draft->data); break;
    }
    return SQLITE_OK;
}

int rowid(sqlite3_vtab_cursor* base, sqlite3_int64* out) {
    *out = static_cast<sqlite3_int64>(cursor_of(base)->place);
    return SQLITE_OK;
}

sqlite3_module make_module() {
    sqlite3_module module{};
    module.xConnect = connect;  // and no xCreate: the table exists without being created
    module.xBestIndex = best_index;
    module.xDisconnect = disconnect;
    module.xOpen = open;
    module.xClose = close;
    module.xFilter = filter;
    module.xNext = next;
    module.xEof = eof;
    module.xColumn = column;
    module.xRowid = rowid;
    return module;
}

const sqlite3_module batch_module = make_module();

void bind_text(SQLite::Statement& statement, int index, std::string_view text) {
    statement.bind(index, std::string(text));
}

}  // namespace

void register_batch_table(SQLite::Database& database, const std::vector<NewRow>& rows) {
    // SQLite only passes the pointer back to `connect`, which restores the const.
    void* shown = const_cast<Rows*>(&rows);
    const int result = sqlite3_create_module(database.getHandle(), "batch", &batch_module, shown);
    if (result != SQLITE_OK) throw SQLite::Exception(database.getHandle(), result);
}

void bind_row(SQLite::Statement& statement, const NewRow& row) {
    const auto place = [](Column which) { return static_cast<int>(which) + 1; };
    const event::Draft& draft = *row.draft;
    statement.clearBindings();
    statement.bind(place(Column::seq), static_cast<std::int64_t>(row.seq));
    statement.bind(place(Column::type), row.type);
    statement.bind(place(Column::recorded), row.recorded);
    statement.bind(place(Column::sum), row.sum);
    statement.bind(place(Column::source), row.source);
    statement.bind(place(Column::auth), row.author);
    statement.bind(place(Column::minted), static_cast<int>(draft.id_origin));
    if (row.id_is_uuid)
        statement.bind(place(Column::id), row.uuid.data(), static_cast<int>(row.uuid.size()));
    else
        bind_text(statement, place(Column::id), draft.id);
    if (!draft.attributes.empty()) bind_text(statement, place(Column::attrs), draft.attributes.json());
    if (draft.data.kind == Data::Kind::json) bind_text(statement, place(Column::data), draft.data.bytes);
    if (draft.data.kind == Data::Kind::binary)
        statement.bind(place(Column::data), draft.data.bytes.data(),
                       static_cast<int>(draft.data.bytes.size()));
}

}  // namespace tocsin::daemon::sqlite
