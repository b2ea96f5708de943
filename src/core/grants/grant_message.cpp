// SPDX-License-Identifier: MIT
#include "core/grants/grant_message.hpp"

namespace warder::core {
namespace {

std::string at_character(std::string subject, GrantError const& error) {
    subject.append(", at character ").append(std::to_string(error.offset + 1)).append(": ").append(describe(error)).append(1, '.');
    return subject;
}

}  // namespace

std::string message(GrantError const& error) { return at_character("The grant", error); }

std::string message(GrantListError const& error) {
    switch (error.kind) {
        case GrantListError::Kind::kEmpty:
            return "The list of endpoints is empty, which would allow no request; name at least one grant. For no limit, omit \"endpoints\", or "
                   "set it to null in a PATCH.";
        case GrantListError::Kind::kTooMany:
            return "There are too many endpoints; the maximum is " + std::to_string(kMaxGrants) + ".";
        case GrantListError::Kind::kTooLong:
            return "The endpoints are too long; together they may have at most " + std::to_string(kMaxGrantListText) + " bytes.";
        case GrantListError::Kind::kGrant:
            break;
    }
    return at_character("Grant " + std::to_string(error.index + 1) + " of \"endpoints\"", error.grant);
}

}  // namespace warder::core
