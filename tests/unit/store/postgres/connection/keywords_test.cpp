// SPDX-License-Identifier: MIT
#include "store/postgres/connection/keywords.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>

namespace warder::tests {
namespace {

using store::postgres::Keywords;
using testing::HasSubstr;
using testing::Not;

/// Begins to connect to a host of the URL, which is a directory without a socket. @return the keyword as libpq has it.
std::string keyword(std::string const& url, std::string const& name, std::size_t host = 0) {
    auto const keywords = Keywords::parse(url);
    if (!keywords) return keywords.error().message;
    std::unique_ptr<PGconn, void (*)(PGconn*)> const handle{keywords->start(host), &PQfinish};
    std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> const options{PQconninfo(handle.get()), &PQconninfoFree};
    for (auto const* option = options.get(); option->keyword != nullptr; ++option)
        if (name == option->keyword) return option->val == nullptr ? "" : option->val;
    return "unknown keyword";
}

TEST(Keywords, CountsTheHostsOfTheUrl) {
    EXPECT_EQ(Keywords::parse("postgresql:///db")->hosts(), 1U);
    EXPECT_EQ(Keywords::parse("postgresql://db1.example.org/db")->hosts(), 1U);
    EXPECT_EQ(Keywords::parse("postgresql://db1.example.org,db2.example.org:5433,db3.example.org/db")->hosts(), 3U);
}

TEST(Keywords, StartsWithTheHostAndPortOfTheIndex) {
    std::string const url{"postgresql:///db?host=/none/1,/none/2&port=5001,5002"};
    EXPECT_EQ(keyword(url, "host", 0), "/none/1");
    EXPECT_EQ(keyword(url, "port", 0), "5001");
    EXPECT_EQ(keyword(url, "host", 1), "/none/2");
    EXPECT_EQ(keyword(url, "port", 1), "5002");
}

TEST(Keywords, SinglePortIsThatOfEveryHost) { EXPECT_EQ(keyword("postgresql:///db?host=/none/1,/none/2&port=5001", "port", 1), "5001"); }

TEST(Keywords, RequireAServerThatTakesWritesUnlessTheUrlOrTheEnvironmentSaysOtherwise) {
    EXPECT_EQ(keyword("postgresql:///db?host=/none", "target_session_attrs"), "read-write");
    EXPECT_EQ(keyword("postgresql:///db?host=/none&target_session_attrs=any", "target_session_attrs"), "any");
    ::setenv("PGTARGETSESSIONATTRS", "primary", 1);
    EXPECT_EQ(keyword("postgresql:///db?host=/none", "target_session_attrs"), "primary");
    ::unsetenv("PGTARGETSESSIONATTRS");
}

TEST(Keywords, AlwaysUseUtf8) { EXPECT_EQ(keyword("postgresql:///db?host=/none&client_encoding=LATIN1", "client_encoding"), "UTF8"); }

TEST(Keywords, NameTheProgramUnlessTheUrlDoes) {
    EXPECT_EQ(keyword("postgresql:///db?host=/none", "fallback_application_name"), "warder");
    EXPECT_EQ(keyword("postgresql:///db?host=/none&application_name=mine", "application_name"), "mine");
}

TEST(Keywords, ErrorQuotesNothingOfTheUrl) {
    for (auto const* const url : {"postgresql://warder:secret@db1/db?no_such_option=secret", "postgresql://warder:secret%zz@db1/db"}) {
        auto const keywords = Keywords::parse(url);
        ASSERT_FALSE(keywords) << url;
        EXPECT_THAT(keywords.error().message, Not(HasSubstr("secret")));
        EXPECT_EQ(keywords.error().sqlstate, "");
    }
}

}  // namespace
}  // namespace warder::tests
