// SPDX-License-Identifier: Apache-2.0
#include "common/core/suggest.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace tocsin::core {
namespace {

constexpr std::size_t max_edits = 2;

/// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
std::size_t edits_between(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, replaced});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    }
    return cost[a.size()][b.size()];
}

}  // namespace

std::optional<std::string_view> nearest(std::string_view written, std::span<const std::string_view> known) {
    if (written.empty() || written.size() > 40) return std::nullopt;
    for (const std::string_view word : known)
        if (word.starts_with(written)) return word;
    std::optional<std::string_view> best;
    std::size_t fewest = std::min(max_edits, written.size() - 1);
    for (const std::string_view word : known) {
        const std::size_t edits = edits_between(written, word);
        if (edits > fewest || (best && edits == fewest)) continue;
        best = word;
        fewest = edits;
    }
    return best;
}

}  // namespace tocsin::core
