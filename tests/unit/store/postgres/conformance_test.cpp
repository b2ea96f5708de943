// SPDX-License-Identifier: MIT
#include "store/postgres/location.hpp"

namespace warder::tests {
namespace {

auto const kPostgres = testing::Values(Candidate{"postgres", [] { return std::make_unique<PostgresTestLocation>(); }});
auto const kPostgresName = [](auto const& candidate) { return candidate.param.name; };

INSTANTIATE_TEST_SUITE_P(Postgres, StoreConformance, kPostgres, kPostgresName);
INSTANTIATE_TEST_SUITE_P(Postgres, CeilingConformance, kPostgres, kPostgresName);
INSTANTIATE_TEST_SUITE_P(Postgres, OverlapConformance, kPostgres, kPostgresName);
INSTANTIATE_TEST_SUITE_P(Postgres, SessionConformance, kPostgres, kPostgresName);
INSTANTIATE_TEST_SUITE_P(Postgres, UsesConformance, kPostgres, kPostgresName);

}  // namespace
}  // namespace warder::tests
