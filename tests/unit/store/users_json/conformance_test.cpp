// SPDX-License-Identifier: MIT
#include "store/users_json/location.hpp"

namespace warder::tests {
namespace {

INSTANTIATE_TEST_SUITE_P(UsersJson, StoreConformance,
                         testing::Values(Candidate{"users_json", [] { return std::make_unique<UsersJsonTestLocation>(); }}),
                         [](auto const& candidate) { return candidate.param.name; });

}  // namespace
}  // namespace warder::tests
