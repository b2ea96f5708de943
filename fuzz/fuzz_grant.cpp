// SPDX-License-Identifier: MIT
// The input is one item per line: a grant, a method, a target, a host, and the names of JSON-RPC methods.
#include "demand.hpp"
#include "slow_grant.hpp"
#include "warder/grant.hpp"

#include <array>

namespace warder::fuzz {
namespace {

std::array<char, 4096> room;

void check_paths(std::string const& target, EncodedSlash encoded_slash) {
    if (target.size() > room.size()) return;
    auto const canonical = canonicalize_path(target, room, encoded_slash);
    auto const slow = slow_path(target, encoded_slash == EncodedSlash::kAllowed);
    demand(canonical.has_value() == slow.has_value(), "both readers reject the same paths");
    if (!canonical) return;
    std::string const text{canonical->text()};
    demand(text == slow_text(*slow, text.ends_with('/')), "both readers return the same path");
    bool const has_encoded_slash = canonical->has_encoded_slash();
    demand(has_encoded_slash == (text.find("%2F") != std::string::npos), "a path knows of its encoded slashes");
    auto const again = canonicalize_path(text, room, encoded_slash);
    demand(again && again->text() == text && again->has_encoded_slash() == has_encoded_slash, "canonicalizing a canonical path changes nothing");
}

void check_grant(Words const& lines, EncodedSlash encoded_slash) {
    auto const grant = Grant::parse(lines[0], GrantOrigin::kStored);
    bool const is_new = Grant::parse(lines[0]).has_value();
    demand(is_new == (grant && lines[0].find_first_of("{}<>|^`") == std::string::npos), "a new grant has no reserved character");
    if (!grant) return demand(grant.error().offset <= std::min(lines[0].size(), kMaxGrantText), "a fault lies in the text or at its end");
    demand(grant->text() == lines[0], "a grant is kept as it was written");
    auto const again = Grant::parse(grant->text(), GrantOrigin::kStored);
    demand(again.has_value(), "a grant can be read again");
    if (lines.size() < 3 || lines[2].size() > room.size()) return;

    SlowAsk const slow{.method = lines[1],
                       .target = lines[2],
                       .rpc_methods = {lines.begin() + std::min<std::ptrdiff_t>(4, std::ssize(lines)), lines.end()},
                       .allows_encoded_slash = encoded_slash == EncodedSlash::kAllowed};
    std::vector<std::string_view> const names{slow.rpc_methods.begin(), slow.rpc_methods.end()};
    auto const path = canonicalize_path(slow.target, room, encoded_slash);
    if (!path) return;
    AccessRequest access{.method = slow.method, .host = {}, .path = *path, .rpc_methods = {}};
    RpcMethods const methods{names};
    if (!names.empty()) access.rpc_methods = &methods;
    bool const has_host = lines[0].starts_with("//") || lines[0].find(" //") != std::string::npos;
    if (has_host) demand(!grant->covers(access), "a grant with a host covers nothing without one");
    else demand(grant->covers(access) == slow_covers(lines[0], slow), "both matchers agree");
    if (lines.size() > 3) access.host = lines[3];
    demand(grant->covers(access) == again->covers(access), "a grant read again covers the same");
    demand(grant->covers(access) == grant->covered_parts(access).are_all(), "what is covered is covered in every part");
    demand(!grant->covers(access) || grant->overlaps(*again), "grants that cover the same request overlap");
    demand(!grant->covers(access) || !grant->could_cover_by_rpc(access), "what is covered needs no names");
    if (!names.empty() && grant->covers(access) && grant->is_for_rpc()) {
        auto unread = access;
        unread.rpc_methods = nullptr;
        demand(grant->could_cover_by_rpc(unread), "what names made covered could be covered before");
    }
    if (!has_host) demand(grant->covers(access) == slow_covers(lines[0], slow), "without a host in the grant any will do");
}

}  // namespace
}  // namespace warder::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const lines = warder::fuzz::cut(std::string{warder::fuzz::text_of(data, size)}, '\n');
    for (auto const encoded_slash : {warder::EncodedSlash::kRejected, warder::EncodedSlash::kAllowed}) {
        warder::fuzz::check_grant(lines, encoded_slash);
        for (auto const& line : lines) warder::fuzz::check_paths(line, encoded_slash);
    }
    return 0;
}
