// SPDX-License-Identifier: MIT
#include "http/header_fields.hpp"

#include "http/request.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace warder::http {
namespace {

/// Returns all spellings of this name that the least strict servers treat as equal: with other case, and with other
/// symbols for the hyphen.
std::vector<std::string> spellings_of(std::string_view name) {
    std::vector<std::string> spellings(3, std::string{name});
    for (auto& c : spellings[1]) c = is_alpha(c) ? static_cast<char>(c & ~0x20) : c;
    for (auto& c : spellings[2]) c = c == '-' ? '_' : c;
    for (std::string_view const symbols = "!#$%&'*+.^`|~"; auto const symbol : symbols) {
        spellings.emplace_back(name);
        for (auto& c : spellings.back()) c = c == '-' ? symbol : c;
    }
    return spellings;
}

TEST(FieldNames, MayContainAnAddedNameInEverySpelling) {
    for (auto const* const name : {"a", "-", "via", "-x-", "authorization", "x-warder-token", "x-forwarded-for", "1-2"}) {
        for (auto const& added : spellings_of(name)) {
            FieldNames names;
            names.add(added);
            for (auto const& spelling : spellings_of(name)) {
                ASSERT_TRUE(is_same_name(added, spelling));
                EXPECT_TRUE(names.may_contain(spelling)) << added << " " << spelling;
            }
        }
    }
}

TEST(FieldNames, EmptySummaryContainsNothing) {
    FieldNames const names;
    EXPECT_FALSE(names.may_contain("host"));
    EXPECT_FALSE(names.may_contain(""));
    EXPECT_FALSE(names.may_contain_any(FieldNames::unknown()));
}

TEST(FieldNames, UnknownSummaryMayContainEveryName) {
    auto const names = FieldNames::unknown();
    for (auto const* const name : {"", "host", "via", "x-warder-token"}) EXPECT_TRUE(names.may_contain(name)) << name;
}

TEST(FieldNames, MayContainAnyReturnsTrueForASharedName) {
    constexpr std::array<std::string_view, 2> kNames{"www-authenticate", "proxy-support"};
    constexpr FieldNames kSummary{kNames};
    FieldNames names;
    names.add("Server");
    EXPECT_FALSE(names.may_contain_any(kSummary));
    names.add("WWW-Authenticate");
    EXPECT_TRUE(names.may_contain_any(kSummary));
}

TEST(FieldNames, CommonHeaderNamesDoNotCollideWithCheckedNames) {
    FieldNames usual;
    for (auto const* const name : {"Host", "User-Agent", "Accept", "Authorization"}) usual.add(name);
    for (auto const* const name : {"connection", "destination", "proxy-authorization", "upgrade", "via", "x-warder-token"})
        EXPECT_FALSE(usual.may_contain(name)) << name;
}

TEST(HeaderFields, WithoutASummaryMayContainEveryName) {
    std::vector<HeaderField> const fields{{"Via", "1.1 a"}};
    EXPECT_TRUE(HeaderFields{fields}.names().may_contain("via"));
    EXPECT_TRUE(HeaderFields{fields}.names().may_contain("host"));
    EXPECT_FALSE(HeaderFields{}.names().may_contain("via"));
}

TEST(RequestFind, FindsFieldsOfAParsedHead) {
    constexpr std::string_view kHead = "GET / HTTP/1.1\r\nHost: h\r\nX-WARDER-Token: t\r\nVia: 1.1 a\r\nvia: 1.1 b\r\n\r\n";
    Request request;
    ASSERT_TRUE(read_head(kHead, request).has_value());
    EXPECT_EQ(request.find("host").value, "h");
    EXPECT_EQ(request.find("x-warder-token").value, "t");
    EXPECT_EQ(request.find("via").count, 2U);
    EXPECT_EQ(request.find("upgrade").count, 0U);
}

TEST(RequestFind, SecondHeadReplacesTheNamesOfTheFirst) {
    Request request;
    ASSERT_TRUE(read_head("GET / HTTP/1.1\r\nHost: h\r\nVia: 1.1 a\r\n\r\n", request).has_value());
    ASSERT_TRUE(read_head("GET / HTTP/1.1\r\nHost: h\r\n\r\n", request).has_value());
    EXPECT_FALSE(request.names.may_contain("via"));
    EXPECT_EQ(request.find("via").count, 0U);
}

TEST(RequestFind, FindsFieldsAddedByHand) {
    Request request;
    request.fields[request.field_count++] = {"Origin", "null"};
    EXPECT_EQ(request.find("origin").value, "null");
    request.clear();
    request.fields[request.field_count++] = {"Via", "1.1 a"};
    EXPECT_EQ(request.find("via").count, 1U);
}

}  // namespace
}  // namespace warder::http
