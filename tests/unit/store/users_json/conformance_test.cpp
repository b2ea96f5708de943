// SPDX-License-Identifier: MIT
#include "store/users_json/location.hpp"

namespace warder::tests {
namespace {

auto const kUsersJson = testing::Values(Candidate{"users_json", [] { return std::make_unique<UsersJsonTestLocation>(); }});
auto const kByName = [](auto const& candidate) { return candidate.param.name; };

INSTANTIATE_TEST_SUITE_P(UsersJson, StoreConformance, kUsersJson, kByName);
INSTANTIATE_TEST_SUITE_P(UsersJson, TextConformance, kUsersJson, kByName);

}  // namespace
}  // namespace warder::tests
