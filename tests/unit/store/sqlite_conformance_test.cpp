// SPDX-License-Identifier: MIT
#include "sqlite_place.hpp"

namespace warder::tests {
namespace {

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, testing::Values(Candidate{"sqlite", [] { return std::make_unique<SqlitePlace>(); }}),
                         [](auto const& candidate) { return candidate.param.name; });

}  // namespace
}  // namespace warder::tests
