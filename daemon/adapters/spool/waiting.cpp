// SPDX-License-Identifier: Apache-2.0
#include "daemon/adapters/spool/waiting.hpp"

#include <iterator>
#include <limits>
#include <utility>

#include "common/api/spool_file.hpp"

namespace tocsin::daemon::spool {
namespace {

constexpr std::size_t max_boots = 64;  // there are not so many; names can be made up
constexpr std::uint64_t last = std::numeric_limits<std::uint64_t>::max();

}  // namespace

Waiting::File Waiting::place(const std::string& name) {
    const auto moment = tocsin::api::parse_spool_name(name);
    if (!moment) return {last, 0, name, 0, {}};
    if (boots_.size() >= max_boots && !boots_.contains(moment->boot))
        return {moment->wall_microseconds, moment->since_boot_nanoseconds, name, 0, {}};
    const auto rank = boots_.try_emplace(moment->boot, moment->wall_microseconds).first->second;
    return {rank, moment->since_boot_nanoseconds, name, 0, {}};
}

std::vector<Waiting::File> Waiting::add(const std::string& name, std::uint64_t bytes, core::Timestamp written,
                                        const Limits& limits) {
    File file = place(name);
    file.bytes = bytes;
    file.written = written;
    if (has_more_ && (files_.empty() || *files_.rbegin() < file)) return {std::move(file)};
    if (files_.insert(std::move(file)).second) bytes_ += bytes;
    std::vector<File> over;
    while (files_.size() > 1 && (files_.size() > limits.files || bytes_ > limits.bytes)) {
        over.push_back(*files_.rbegin());
        erase(over.back());
        has_more_ = true;
    }
    return over;
}

void Waiting::erase(const File& file) {
    const auto found = files_.find(file);
    if (found == files_.end()) return;
    bytes_ -= found->bytes;
    files_.erase(found);
    if (files_.empty() && !has_more_) boots_.clear();
}

}  // namespace tocsin::daemon::spool
