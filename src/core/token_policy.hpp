// SPDX-License-Identifier: MIT
#pragma once

#include "warder/token_policy.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>

/// The JSON of token policies and ceilings, in responses and in stores.
namespace warder::core {

class JsonObject;

/// Returns a list of grants as a JSON array of strings.
[[nodiscard]] std::string write_grants(GrantList const& grants);
/// Reads a JSON array of strings.
/// @return nullopt for any other value. The caller must then treat the user or token as damaged, never as unscoped.
[[nodiscard]] std::optional<Grants> read_grants(boost::json::value const& value);
/// Reads a list that `write_grants` wrote.
/// @return nullopt for any other text.
[[nodiscard]] std::optional<Grants> read_grants(std::string_view text);

/// Adds a member for each limit that the policy sets, in the order of responses.
void append_policy(JsonObject& object, TokenPolicy const& policy);
/// Returns the policy as a JSON object. The text is the same for equal policies, and different for all others.
[[nodiscard]] std::string write_policy(TokenPolicy const& policy);
/// Reads a policy that `write_policy` wrote.
/// @return nullopt for any other text, and for a policy without limits, which is not kept as text. A limit that this
/// version doesn't know must not be ignored.
[[nodiscard]] std::optional<TokenPolicy> read_policy(std::string_view text);

/// Reads the limits among the members of an object; other members are ignored.
/// @param defaults  the limits whose members are missing.
/// @return nullopt if a limit is invalid.
[[nodiscard]] std::optional<TokenPolicy> read_limits(boost::json::object const& object, TokenPolicy const& defaults = {});
/// Sets the limits among the members of an object, so that `read_limits` with the same defaults reads the policy. Adds no
/// member for a limit that neither has.
void set_limits(boost::json::object& object, TokenPolicy const& policy, TokenPolicy const& defaults = {});

}  // namespace warder::core
