// SPDX-License-Identifier: Apache-2.0
#include "common/event/json_check.hpp"

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace tocsin::event {
namespace {

using Json = nlohmann::json;

/// Keeps the names of each open object; an array has none.
class StrictReader final : public nlohmann::json_sax<Json> {
 public:
    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return open(); }
    bool key(string_t& name) override { return names_.back().insert(name).second; }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(); }
    bool end_array() override { return close(); }
    bool parse_error(std::size_t, const std::string&, const Json::exception&) override { return false; }

 private:
    bool open() {
        names_.emplace_back();
        return names_.size() <= max_json_depth;
    }
    bool close() {
        names_.pop_back();
        return true;
    }
    std::vector<std::set<std::string>> names_;
};

}  // namespace

bool is_json(std::string_view text) { return Json::accept(text); }

bool is_strict_json(std::string_view text) {
    StrictReader reader;
    return Json::sax_parse(text, &reader);
}

}  // namespace tocsin::event
