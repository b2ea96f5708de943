// SPDX-License-Identifier: MIT
#include "warder/error.hpp"

#include <gtest/gtest.h>

#include <string>

namespace warder::authority {
namespace {

TEST(ErrorMessage, EndsWithOnePeriodExceptInSpectersMessages) {
    for (int code = 0; code <= static_cast<int>(Error::kStoreFull); ++code) {
        auto const error = static_cast<Error>(code);
        std::string const text{message(error)};
        ASSERT_FALSE(text.empty()) << code;
        bool const is_specters = error == Error::kTokenNotFound || error == Error::kDescriptionTakenOrBlank;
        EXPECT_EQ(text.ends_with('.'), !is_specters) << text;
        EXPECT_FALSE(text.ends_with("..")) << text;
    }
}

}  // namespace
}  // namespace warder::authority
