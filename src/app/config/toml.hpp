// SPDX-License-Identifier: MIT
#pragma once

// toml++ asserts conditions in its parser that an invalid file violates, just before it reports the error. Without NDEBUG
// that ends the process; with NDEBUG the compiler may assume the condition, which is undefined behavior. This header turns
// both off, so every source includes it instead of <toml++/toml.h>.
#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(expression) static_assert(true)
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")
