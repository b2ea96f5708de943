// SPDX-License-Identifier: MIT
#include "store/sqlite/location.hpp"

namespace warder::tests {
namespace {

auto const kSqlite = testing::Values(Candidate{"sqlite", [] { return std::make_unique<SqliteTestLocation>(); }});
auto const kByName = [](auto const& candidate) { return candidate.param.name; };

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, kSqlite, kByName);
INSTANTIATE_TEST_SUITE_P(Sqlite, CeilingConformance, kSqlite, kByName);
INSTANTIATE_TEST_SUITE_P(Sqlite, OverlapConformance, kSqlite, kByName);
INSTANTIATE_TEST_SUITE_P(Sqlite, UsesConformance, kSqlite, kByName);

}  // namespace
}  // namespace warder::tests
