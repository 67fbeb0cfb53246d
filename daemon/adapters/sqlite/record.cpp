// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/sqlite/record.hpp"

#include <algorithm>

namespace tocsin::daemon::sqlite {
namespace {

constexpr char leaf_of_table = 0x0D;
constexpr char leaf_of_index = 0x0A;
constexpr char inner_of_index = 0x02;
constexpr std::size_t file_header_bytes = 100;  // in front of page 1's own
/// No row of a store is larger: an event has 1 MiB at most, and its attributes beside.
constexpr std::uint64_t max_payload = 4U << 20;

std::uint16_t short_at(std::string_view bytes, std::size_t place) noexcept {
    return static_cast<std::uint16_t>(static_cast<std::uint8_t>(bytes[place]) << 8 |
                                      static_cast<std::uint8_t>(bytes[place + 1]));
}

/// Takes a number of 1 to 9 bytes off the front (section 1.6); false when the bytes end before it does.
bool take_varint(std::string_view& bytes, std::uint64_t& value) noexcept {
    value = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(bytes.size(), 9); ++i) {
        const auto byte = static_cast<std::uint8_t>(bytes[i]);
        const bool last = i == 8 || (byte & 0x80) == 0;
        value = i == 8 ? value << 8 | byte : value << 7 | (byte & 0x7F);
        if (!last) continue;
        bytes.remove_prefix(i + 1);
        return true;
    }
    return false;
}

std::int64_t signed_number(std::string_view bytes) noexcept {
    std::uint64_t value = static_cast<std::uint8_t>(bytes[0]) >= 0x80 ? ~std::uint64_t{0} : 0;
    for (const char byte : bytes) value = value << 8 | static_cast<std::uint8_t>(byte);
    return static_cast<std::int64_t>(value);
}

/// Bytes of a value of a serial type (section 2.1); nothing of this size is stored for the reserved ones.
std::uint64_t bytes_of_type(std::uint64_t type) noexcept {
    constexpr std::array<std::uint8_t, 10> fixed{0, 1, 2, 3, 4, 6, 8, 8, 0, 0};
    if (type < fixed.size()) return fixed[type];
    return type < 12 ? max_payload + 1 : (type - 12) / 2;
}

Value value_of(std::uint64_t type, std::string_view bytes) noexcept {
    if (type == 0) return {};
    if (type == 7) return {Value::Kind::real, 0, bytes};
    if (type >= 12) return {type % 2 == 0 ? Value::Kind::blob : Value::Kind::text, 0, bytes};
    if (type >= 8) return {Value::Kind::integer, static_cast<std::int64_t>(type - 8), {}};
    return {Value::Kind::integer, signed_number(bytes), {}};
}

/// A payload: the header's size, a serial type for each column, the values. They fill it to its last byte.
bool read_record(std::string_view payload, Record& record) noexcept {
    std::string_view rest = payload;
    std::uint64_t header_bytes = 0;
    if (!take_varint(rest, header_bytes)) return false;
    const std::size_t used = payload.size() - rest.size();
    if (header_bytes < used || header_bytes > payload.size()) return false;
    std::string_view types = payload.substr(used, header_bytes - used);
    std::string_view values = payload.substr(header_bytes);
    record.columns = 0;
    while (!types.empty()) {
        std::uint64_t type = 0;
        if (record.columns == Record::max_columns || !take_varint(types, type)) return false;
        const std::uint64_t bytes = bytes_of_type(type);
        if (bytes > values.size()) return false;
        record.values[record.columns++] = value_of(type, values.substr(0, bytes));
        values.remove_prefix(bytes);
    }
    return values.empty();
}

bool fits(const Value& value, char letter) noexcept {
    switch (letter) {
        case 'n': return value.kind == Value::Kind::null;
        case 'i': return value.kind == Value::Kind::integer;
        case 't': return value.kind == Value::Kind::text;
        case 'b': return value.kind == Value::Kind::blob;
        default: return true;
    }
}

/// How much of a payload lies in the page itself (section 1.6).
std::size_t local_bytes(CellReader::Tree tree, std::uint64_t payload) noexcept {
    const std::size_t most =
        tree == CellReader::Tree::table ? page_bytes - 35 : (page_bytes - 12) * 64 / 255 - 23;
    if (payload <= most) return payload;
    const std::size_t least = (page_bytes - 12) * 32 / 255 - 23;
    const std::size_t wanted = least + (payload - least) % (page_bytes - 4);
    return wanted <= most ? wanted : least;
}

}  // namespace

bool Record::has_shape(std::string_view shape) const noexcept {
    if (columns != shape.size()) return false;
    for (std::size_t i = 0; i < columns; ++i)
        if (!fits(values[i], shape[i])) return false;
    return true;
}

CellReader::CellReader(std::string_view page, std::uint32_t number, const Pages& pages)
    : page_(page), pages_(pages), header_(number == 1 ? file_header_bytes : 0) {
    if (page_.size() < page_bytes) return;
    const char type = page_[header_];
    if (type == leaf_of_table) tree_ = Tree::table;
    if (type == leaf_of_index || type == inner_of_index) tree_ = Tree::index;
    if (tree_ == Tree::none) return;
    child_bytes_ = type == inner_of_index ? 4 : 0;
    pointers_ = header_ + (type == inner_of_index ? 12 : 8);
    cells_ = std::min<std::size_t>(short_at(page_, header_ + 3), (page_bytes - pointers_) / 2);
}

CellReader::Cell CellReader::next(Record& record) {
    if (next_ == cells_) return Cell::none;
    record.rowid = 0;
    record.columns = 0;
    const std::size_t place = short_at(page_, pointers_ + 2 * next_++);
    if (place < pointers_ + 2 * cells_ || place >= page_bytes) return Cell::damaged;
    return read_cell(place + child_bytes_, record);
}

CellReader::Cell CellReader::read_cell(std::size_t place, Record& record) {
    std::string_view rest = page_.substr(std::min(place, page_.size()));
    std::uint64_t payload_bytes = 0;
    if (!take_varint(rest, payload_bytes)) return Cell::damaged;
    std::uint64_t rowid = 0;
    if (tree_ == Tree::table && !take_varint(rest, rowid)) return Cell::damaged;
    record.rowid = static_cast<std::int64_t>(rowid);
    if (payload_bytes > max_payload || !gather(rest, payload_bytes)) return Cell::damaged;
    return read_record(payload_, record) ? Cell::whole : Cell::damaged;
}

/// Makes `payload_` the whole payload, whose first part lies at the front of `rest`.
bool CellReader::gather(std::string_view rest, std::uint64_t payload_bytes) {
    const std::size_t local = local_bytes(tree_, payload_bytes);
    if (local > rest.size()) return false;
    payload_ = rest.substr(0, local);
    if (local == payload_bytes) return true;
    if (rest.size() < local + 4) return false;
    gathered_.assign(payload_);
    std::string link(rest.substr(local, 4));
    while (gathered_.size() < payload_bytes) {
        const std::uint32_t page = big_endian(link, 0);
        const std::size_t part = std::min<std::size_t>(payload_bytes - gathered_.size(), page_bytes - 4);
        link.clear();
        if (!pages_.append(page, 0, 4, link) || !pages_.append(page, 4, part, gathered_)) return false;
    }
    payload_ = gathered_;
    return big_endian(link, 0) == 0;
}

}  // namespace tocsin::daemon::sqlite
