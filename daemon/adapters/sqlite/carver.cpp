// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/carver.hpp"

#include <xxhash.h>

#include <algorithm>
#include <utility>

namespace tocsin::daemon::sqlite {
namespace {

using core::Seq;

// What rows look like in the order of their columns; a rowid stands outside of its row, which has null for
// it.
constexpr std::string_view name_shape = "nt";
constexpr std::string_view author_shape = "ntt";
constexpr std::string_view missing_shape = "nii";
constexpr std::string_view block_shape = "niiibbb";
constexpr std::string_view event_shape = "niiiiii???";
constexpr std::string_view name_index_shape = "ti";
constexpr std::string_view author_index_shape = "tti";
constexpr std::string_view meta_shape = "tb";

bool is_name_id(std::int64_t id) noexcept { return id > 0 && id <= std::int64_t{UINT32_MAX}; }

bool is_sequence(std::int64_t number) noexcept {
    return number > 0 && std::cmp_less_equal(number, core::max_sequence);
}

const Value& at(const Record& record, Column column) {
    return record.values[static_cast<std::size_t>(column)];
}

std::optional<event::Data::Kind> kind_of(const Value& value) noexcept {
    switch (value.kind) {
        case Value::Kind::null: return event::Data::Kind::none;
        case Value::Kind::text: return event::Data::Kind::json;
        case Value::Kind::blob: return event::Data::Kind::binary;
        default: return std::nullopt;
    }
}

bool is_text_or_null(const Value& value) noexcept {
    return value.kind == Value::Kind::text || value.kind == Value::Kind::null;
}

bool looks_like_event(const Record& record) noexcept {
    const Value& id = at(record, Column::id);
    return record.has_shape(event_shape) && (id.kind == Value::Kind::text || id.kind == Value::Kind::blob) &&
           is_text_or_null(at(record, Column::attrs)) && kind_of(at(record, Column::data)).has_value();
}

}  // namespace

void CarvedNames::add_to(ById& names, NameId id, std::string_view name) {
    Candidates& known = names[id];
    if (std::ranges::find(known, name, &Dictionary::Entry::name) != known.end()) return;
    known.push_back({std::string(name), XXH3_64bits(name.data(), name.size())});
}

void CarvedNames::add(NameId id, std::string_view name) {
    add_to(types_, id, name);
    add_to(sources_, id, name);
}

void CarvedNames::add_author(NameId id, std::string_view kind, std::string_view name) {
    add_to(authors_, id, author_key(kind, name));
}

bool CarvedNames::prove(NameId type, NameId source, NameId author, std::uint32_t sum, CarvedEvent& event) {
    Candidates& types = types_[type];
    Candidates& sources = sources_[source];
    Candidates& authors = authors_[author];
    for (Dictionary::Entry& a_type : types)
        for (Dictionary::Entry& a_source : sources)
            for (Dictionary::Entry& an_author : authors) {
                event.fields.type_hash = a_type.hash;
                event.fields.source_hash = a_source.hash;
                event.fields.author_hash = an_author.hash;
                if (checksum(event.fields) != sum) continue;
                // What was right once is tried first the next time.
                std::swap(a_type, types.front());
                std::swap(a_source, sources.front());
                std::swap(an_author, authors.front());
                event.type = &types.front().name;
                event.source = &sources.front().name;
                event.author = &authors.front().name;
                return true;
            }
    return false;
}

void Carver::learn(std::string_view page, std::uint32_t number) {
    CellReader cells(page, number, pages_);
    if (cells.tree() == CellReader::Tree::none) return;
    Record record;
    for (auto cell = cells.next(record); cell != CellReader::Cell::none; cell = cells.next(record)) {
        if (cell == CellReader::Cell::damaged) continue;
        const auto& values = record.values;
        if (looks_like_event(record)) return;  // a page holds rows of one table
        if (record.has_shape(name_shape) && is_name_id(record.rowid))
            names_.add(static_cast<NameId>(record.rowid), values[1].bytes);
        else if (record.has_shape(author_shape) && is_name_id(record.rowid))
            names_.add_author(static_cast<NameId>(record.rowid), values[1].bytes, values[2].bytes);
        else if (record.has_shape(name_index_shape) && is_name_id(values[1].number))
            names_.add(static_cast<NameId>(values[1].number), values[0].bytes);
        else if (record.has_shape(author_index_shape) && is_name_id(values[2].number))
            names_.add_author(static_cast<NameId>(values[2].number), values[0].bytes, values[1].bytes);
        else if (record.has_shape(meta_shape) && values[0].bytes == TrimMark::key)
            learn_trim_mark(record);
    }
}

/// Of several versions of a page the one that has passed most tells what must not come back.
void Carver::learn_trim_mark(const Record& record) {
    const auto mark = parse_trim_mark(record.values[1].bytes);
    if (mark && (!trimmed_ || mark->before >= trimmed_->before)) trimmed_ = mark;
}

void Carver::carve(std::string_view page, std::uint32_t number, const Visitor& visitor) {
    CellReader cells(page, number, pages_);
    if (cells.tree() != CellReader::Tree::table) return;
    Record record;
    bool of_events = false;
    std::vector<Seq> damaged;
    for (auto cell = cells.next(record); cell != CellReader::Cell::none; cell = cells.next(record)) {
        const Seq place = is_sequence(record.rowid) ? static_cast<Seq>(record.rowid) : 0;
        const bool is_event = cell == CellReader::Cell::whole && record.columns == Record::max_columns;
        of_events = of_events || is_event;
        if (cell == CellReader::Cell::damaged || (is_event && !carve_event(record, visitor)))
            damaged.push_back(place);
        else if (record.has_shape(missing_shape))
            visitor.missing({{place, static_cast<Seq>(record.values[1].number)}, record.values[2].number});
        else if (record.has_shape(block_shape) && place > 0)
            visitor.block(place);
    }
    if (of_events)
        for (const Seq place : damaged) visitor.damaged(place, number);
}

bool Carver::carve_event(const Record& record, const Visitor& visitor) {
    if (!looks_like_event(record) || !is_sequence(record.rowid)) return false;
    const auto number = [&](Column column) { return at(record, column).number; };
    for (const Column column : {Column::type, Column::source, Column::auth})
        if (!is_name_id(number(column))) return false;
    // Bits that a reader cuts off are damaged too.
    const std::int64_t sum = number(Column::sum);
    if (sum < 0 || sum > std::int64_t{UINT32_MAX} || number(Column::minted) >> 1 != 0) return false;
    const Value& id = at(record, Column::id);
    CarvedEvent event;
    event.id_is_uuid = id.kind == Value::Kind::blob;
    event.fields = {.seq = static_cast<Seq>(record.rowid),
                    .recorded = number(Column::recorded),
                    .type_hash = 0,
                    .source_hash = 0,
                    .author_hash = 0,
                    .id_origin = static_cast<event::IdOrigin>(number(Column::minted)),
                    .id_is_uuid = event.id_is_uuid,
                    .id = id.bytes,
                    .attributes = at(record, Column::attrs).bytes,
                    .data_kind = *kind_of(at(record, Column::data)),
                    .data = at(record, Column::data).bytes};
    const bool proven =
        names_.prove(static_cast<NameId>(number(Column::type)), static_cast<NameId>(number(Column::source)),
                     static_cast<NameId>(number(Column::auth)), static_cast<std::uint32_t>(sum), event);
    if (proven) visitor.event(event);
    return proven;
}

}  // namespace tocsin::daemon::sqlite
