// SPDX-License-Identifier: MIT
#include "core/text/edit_distance.hpp"

#include <algorithm>
#include <vector>

namespace warder::core {

std::size_t edit_distance(std::string_view a, std::string_view b) {
    // The time is a product of both lengths, and no known name is this long.
    constexpr std::size_t kCompared = 64;
    auto const a_rest = a.size() - std::min(a.size(), kCompared);
    auto const b_rest = b.size() - std::min(b.size(), kCompared);
    a.remove_suffix(a_rest);
    b.remove_suffix(b_rest);
    std::vector<std::size_t> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        next[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            next[j] = std::min({row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) next[j] = std::min(next[j], before[j - 2] + 1);
        }
        before.swap(row);
        row.swap(next);
    }
    return row.back() + a_rest + b_rest;
}

}  // namespace warder::core
