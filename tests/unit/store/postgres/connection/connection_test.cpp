// SPDX-License-Identifier: MIT
#include "store/postgres/connection/connection.hpp"

#include "store/postgres/location.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace warder::tests {
namespace {

using store::postgres::Array;
using store::postgres::Parameters;
using Of = Array::Of;

class PostgresConnection : public testing::Test {
  protected:
    PostgresTestLocation location_;
    std::unique_ptr<store::postgres::Connection> connection_ = location_.connect();
};

TEST_F(PostgresConnection, LetsTheServerUseIndexesWhateverItsStatisticsSay) {
    auto const enabled = connection_->query(
        "SELECT name FROM pg_settings WHERE name IN ('enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'jit') AND setting <> 'off'");
    ASSERT_TRUE(enabled);
    EXPECT_TRUE(enabled->empty());
}

TEST_F(PostgresConnection, SendsArraysOfEveryType) {
    Array integers{Of::kIntegers};
    integers.add(std::numeric_limits<std::int64_t>::min());
    integers.add_null();
    integers.add(std::int64_t{258});
    Array reals{Of::kReals};
    reals.add(-0.5);
    Array booleans{Of::kBooleans};
    booleans.add(true);
    booleans.add(false);
    Array texts{Of::kTexts};
    texts.add(std::string_view{});
    texts.add(std::string_view{"a\",{\\\xC3\xA9"});
    texts.add(std::optional<std::string>{});
    Array bytes{Of::kBytes};
    constexpr std::array<std::uint8_t, 3> kBytes{0, 255, 44};
    bytes.add(std::span<std::uint8_t const>{kBytes});
    auto const equal = connection_->query(
        "SELECT $1 = ARRAY[-9223372036854775808, NULL, 258]::bigint[] AND $2 = ARRAY[-0.5]::float8[] AND $3 = ARRAY[true, false] AND $4 = ARRAY['', "
        "'a\",{\\\xC3\xA9', NULL] AND $5 = ARRAY['\\x00ff2c'::bytea]",
        Parameters{}.add(integers).add(reals).add(booleans).add(texts).add(bytes));
    ASSERT_TRUE(equal) << equal.error().message;
    EXPECT_TRUE(equal->boolean(0, 0));
}

TEST_F(PostgresConnection, EmptyArrayHasNoElements) {
    Array const empty{Of::kTexts};
    auto const rows = connection_->query("SELECT * FROM unnest($1)", Parameters{}.add(empty));
    ASSERT_TRUE(rows) << rows.error().message;
    EXPECT_TRUE(rows->empty());
}

}  // namespace
}  // namespace warder::tests
