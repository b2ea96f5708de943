// SPDX-License-Identifier: MIT
#include "store/common/store_url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>

namespace warder::store {
namespace {

using testing::HasSubstr;

TEST(ParseStoreUrl, SchemeSelectsTheKindOfStore) {
    EXPECT_EQ(std::get<SqlitePath>(parse_store_url("sqlite:/y.db", "/d").value()).file, "/y.db");
    auto const users_json = std::get<UsersJsonPath>(parse_store_url("users-json:/u.json", "/d").value());
    EXPECT_EQ(users_json.file, "/u.json");
    EXPECT_EQ(users_json.audit, "/d/audit.log");
}

TEST(ParseStoreUrl, ReplacesTheDataDirectoryPlaceholder) {
    EXPECT_EQ(describe(parse_store_url("sqlite:<data_dir>/x.db", "/d").value()), "/d/x.db");
    EXPECT_EQ(describe(parse_store_url("users-json:<data_dir>/users.json", "./d").value()), "./d/users.json");
    EXPECT_EQ(describe(parse_store_url(kDefaultStoreUrl, "/d").value()), "/d/warder.db");
}

TEST(ParseStoreUrl, UnknownSchemeOrMissingPathIsAnErrorThatNamesTheKnownForms) {
    for (auto const* const url : {"postgres://warder:hunter2@db/warder", "postgresql:warder", "mysql:x", "Sqlite:x", "users_json:x",
                                  "/var/lib/warder.db", "sqlite", "sqlite:", "users-json:", "users-json", ":x", ":", ""}) {
        auto const parsed = parse_store_url(url, "/d");
        ASSERT_FALSE(parsed) << url;
        EXPECT_THAT(parsed.error(), HasSubstr("\"sqlite:PATH\""));
        EXPECT_THAT(parsed.error(), HasSubstr("\"users-json:PATH\""));
        EXPECT_THAT(parsed.error(), HasSubstr("\"postgresql://"));
        EXPECT_THAT(parsed.error(), Not(HasSubstr("hunter2")));
    }
}

TEST(ParseStoreUrl, DescriptionOfADatabaseHasNoSecrets) {
    for (auto const* const url : {"postgresql://warder:hunter2@db/warder", "postgresql://warder:hunter2@x/y@db/warder?sslkey=hunter2",
                                  "postgresql://db/warder?password=hunter2&user=a@b", "postgresql://warder:hunter2@one,two@db/warder"}) {
        auto const parsed = parse_store_url(url, "/d").value();
        EXPECT_EQ(std::get<PostgresUrl>(parsed).url, url);
        EXPECT_EQ(describe(parsed), "postgresql://db/warder");
        EXPECT_EQ(file_of(parsed), nullptr);
    }
}

}  // namespace
}  // namespace warder::store
