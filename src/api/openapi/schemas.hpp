// SPDX-License-Identifier: MIT
#pragma once

#include "api/router.hpp"

#include <string>
#include <string_view>

namespace warder::core {
class JsonObject;
}

/// JSON Schemas (2020-12) of what calls accept and respond with.
namespace warder::api {

/// Writes the schemas that others refer to, by their names: a key for each.
void append_shared_schemas(core::JsonObject& out);

/// Returns the schema of a response.
/// @param message  for `View::kMessage`: its text.
[[nodiscard]] std::string schema_of(View view, std::string_view message = {});

[[nodiscard]] std::string schema_of(InputField const& field);
[[nodiscard]] std::string schema_of(Parameter const& parameter);

}  // namespace warder::api
