// SPDX-License-Identifier: MIT
#include "core/text/utf8.hpp"
#include "demand.hpp"
#include "gateway/rpc/json_rpc.hpp"
#include "plain_rpc.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace warder::fuzz {
namespace {

using gateway::RpcError;
using Kind = PlainTree::Kind;
using Reason = RpcError::Reason;

/// Returns the form of a key that must be unique within a call.
std::string folded(std::string_view key) {
    std::string out;
    for (char const c : key.substr(0, key.find('\0'))) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
}

struct Expected {
    std::vector<std::string> methods;
    std::optional<Reason> fault;  ///< The first one.
};

/// Returns whether a body is the response to a call and not a call.
bool is_response(PlainTree const& body) {
    std::size_t outcomes = 0, ids = 0;
    for (auto const& member : body.children) {
        if (folded(member.key) == "method") return false;
        if (member.key == "result" || member.key == "error") ++outcomes;
        if (member.key == "id" && (member.kind == Kind::kString || member.kind == Kind::kNumber || member.raw == "null")) ++ids;
    }
    return body.kind == Kind::kObject && outcomes == 1 && ids == 1;
}

std::optional<Reason> fault_of(PlainTree const& call) {
    if (call.kind != Kind::kObject) return Reason::kNoCall;
    for (auto const& one : call.children)
        for (auto const& other : call.children)
            if (&one != &other && folded(one.key) == folded(other.key)) return Reason::kEqualKeys;
    for (auto const& member : call.children)
        if (member.key == "method") return member.kind == Kind::kString ? std::nullopt : std::optional{Reason::kMethodIsNoText};
    return Reason::kNoMethod;
}

Expected expected_of(PlainTree const& body) {
    if (body.kind == Kind::kArray && body.children.empty()) return {.methods = {}, .fault = Reason::kEmptyBatch};
    Expected expected;
    auto const check = [&](PlainTree const& call) {
        if (expected.fault) return;
        expected.fault = fault_of(call);
        for (auto const& member : call.children)
            if (member.key == "method") expected.methods.push_back(member.text);
    };
    if (body.kind == Kind::kArray) std::ranges::for_each(body.children, check);
    else check(body);
    if (expected.fault == Reason::kNoMethod && is_response(body)) expected.fault = std::nullopt;
    return expected;
}

/// Checks the id of a valid body: the string or number of a single call.
void check_id(PlainTree const& body, std::string_view id) {
    demand(id.size() <= gateway::kMaxRpcId, "an id is short");
    if (id == "null") return;
    demand(body.kind == Kind::kObject, "a batch has no id");
    auto const written = PlainReader{id}.read();
    demand(written.has_value(), "an id is JSON");
    std::size_t count = 0;
    for (auto const& member : body.children) {
        if (folded(member.key) == "id") ++count;
        if (member.key != "id") continue;
        demand(member.kind == Kind::kString || member.kind == Kind::kNumber, "an id is a string or a number");
        demand(written->kind == member.kind && written->text == member.text, "an id says what the call's says");
        demand(member.kind == Kind::kString || member.raw == id, "a number is written as received");
    }
    demand(count == 1, "an id is the only one");
}

void check_error(std::string_view body, RpcError const& error) {
    demand(error.offset <= body.size(), "the offset of an error is within the body");
    auto const code = gateway::code_of(error);
    demand(code == "bad_json" || code == "bad_field" || code == "too_large", "an error has a known code");
    auto const answer = gateway::rpc_error_body(error.id, -32700, gateway::message_of(error), code);
    auto const read = PlainReader{answer}.read();
    demand(read && read->kind == Kind::kObject && read->children.size() == 3, "the response to an error is a JSON object");
    demand(read->children[1].key == "id" && read->children[1].raw == error.id, "the response to an error has its id");
}

void check(std::string_view body) {
    auto const calls = gateway::read_rpc(body);
    if (!calls) check_error(body, calls.error());
    PlainReader reader{body};
    auto const plain = reader.read();
    if (!plain || !core::is_utf8(body) || body.size() > gateway::kDefaultRpcBody) {
        demand(!calls, "what is not JSON is rejected");
        return;
    }
    if (!calls && calls.error().reason == Reason::kNumberRange) {
        demand(reader.has_long_exponent(), "a number is out of range by its exponent alone");
        return;
    }
    auto const expected = expected_of(*plain);
    demand(calls.has_value() == !expected.fault, "JSON is rejected if and only if one of its calls is invalid");
    check_id(*plain, calls ? calls->id() : std::string_view{calls.error().id});
    if (!calls) {
        demand(calls.error().reason == *expected.fault, "the error is the first one in the body");
        return;
    }
    demand(calls->is_response() == expected.methods.empty(), "only a response calls nothing");
    demand(std::ranges::equal(calls->methods(), expected.methods), "the methods are those of the calls");
}

}  // namespace
}  // namespace warder::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    warder::fuzz::check(warder::fuzz::text_of(data, size));
    return 0;
}
