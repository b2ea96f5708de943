// SPDX-License-Identifier: MIT
#include "http/decision.hpp"

#include "authority/usage_meter.hpp"
#include "http/access_line.hpp"
#include "http/credentials.hpp"
#include "http/errors.hpp"
#include "http/named_resources.hpp"
#include "http/presented.hpp"

#include <array>
#include <expected>
#include <optional>
#include <utility>

namespace warder::http {
namespace {

constexpr std::string_view kEndpoint = "/auth";

struct SourceNames {
    std::string_view method, uri, host;
};
constexpr SourceNames kForwarded{"x-forwarded-method", "x-forwarded-uri", "x-forwarded-host"};
constexpr SourceNames kOriginal{"x-original-method", "x-original-uri", "x-original-host"};

Response ambiguous(std::string_view sentence) { return refuse(403, "ambiguous_request", sentence); }

/// The request that the proxy asks about, as it says.
struct Original {
    std::string_view method;
    std::string_view uri;
    std::optional<std::string_view> host;
};

std::expected<Original, Response> read_headers(Request const& request, SourceNames const& names) {
    auto const method = request.find(names.method);
    auto const uri = request.find(names.uri);
    auto const host = request.find(names.host);
    if (method.count != 1 || method.value.empty() || uri.count != 1 || uri.value.empty() || host.count > 1)
        return std::unexpected{
            ambiguous("The proxy must send the original method and URI exactly once each, and the host at most once; see the setting "
                      "decision.source.")};
    return Original{method.value, uri.value, host.count == 1 ? std::optional{host.value} : std::nullopt};
}

/// @param below  what follows `/auth`.
std::expected<Original, Response> read_original(DecisionSource source, Request const& request, std::string_view below) {
    if (source == DecisionSource::kNone)
        return std::unexpected{
            refuse_scope("This token is limited, and the setting decision.source, which says where the original request stands, is "
                         "not set.")};
    if (source == DecisionSource::kPath) {
        if (below.empty()) return std::unexpected{ambiguous("The original path must follow /auth, as decision.source = \"path\" says.")};
        return Original{request.method, below, host_of(request)};
    }
    if (!below.empty() && below != "/") return std::unexpected{ambiguous("A path below /auth says something only with decision.source = \"path\".")};
    return read_headers(request, source == DecisionSource::kForwarded ? kForwarded : kOriginal);
}

/// What keeps a limited token out; nothing if it may pass.
std::optional<Response> judge_limited(DecisionSource source, authority::VerifiedToken const& token, Request const& request, std::string_view below) {
    auto const original = read_original(source, request, below);
    if (!original) return original.error();
    std::array<char, kMaxHead> room;
    auto const path = judge_path(original->uri, room);
    if (!path) return refuse(403, "bad_path", "A limited token can't pass here: " + std::string{describe(path.error())} + ".");
    Ask const ask{.method = original->method, .host = original->host, .path = *path, .rpc_methods = nullptr};
    switch (judge_access(token, ask)) {
        case Access::kGranted:
            if (auto const fault = find_named_fault(token, request, ask, {.requires_destination = true})) return refuse_named(*fault);
            return std::nullopt;
        case Access::kNeedsBody:
            return refuse_scope("Only a grant with rpc: could cover this request, and a decision reads no body: use the gateway for it.");
        case Access::kNotCovered:
            break;
    }
    return refuse_scope(kNotCoveredSentence);
}

/// The one answer that is made for nearly every request: its fixed parts are literals.
void append_pass(std::string& out, authority::VerifiedToken const& token, Framing const& framing) {
    out += "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nCache-Control: no-store\r\nDate: ";
    out += framing.date;
    out += "\r\nX-Warder-User: ";
    out += token.username;
    out += "\r\nX-Warder-Token-Id: ";
    token.id.append_to(out);
    out += token.is_admin ? "\r\nX-Warder-Admin: 1\r\n" : "\r\nX-Warder-Admin: 0\r\n";
    append_connection(out, framing);
    out += "\r\n";
}

std::optional<Response> refuse_credential(Presented const& presented, Request const& request) {
    if (presented.kind == Presented::Kind::kToken) return std::nullopt;
    return refuse_unauthorized({.takes_basic = true, .takes_bearer = true, .is_script = is_from_page(request), .complaint = presented.complaint});
}

}  // namespace

bool is_decision_path(std::string_view path) noexcept {
    return path.starts_with(kEndpoint) && (path.size() == kEndpoint.size() || path[kEndpoint.size()] == '/');
}

unsigned decide(Desk const& desk, Request const& request, std::string_view path, AddressBytes const& client, Framing const& framing,
                std::string& out) {
    AccessLine const line{desk, request};
    std::optional<Response> refusal;
    Presented presented;
    if (is_ambiguous(request)) {
        refusal = ambiguous("There is more than one credential: which one counts would be a guess.");
    } else {
        presented = read_presented(request, desk.services.verifier, desk.scratch);
        refusal = refuse_credential(presented, request);
        if (presented.token) desk.services.usage.note(*presented.token, client);
    }
    if (!refusal && presented.token->is_limited())
        refusal = judge_limited(desk.settings.decision_source, *presented.token, request, path.substr(kEndpoint.size()));
    if (refusal) append_response(out, *refusal, framing);
    else append_pass(out, *presented.token, framing);
    unsigned const status = refusal ? refusal->status : 200;
    line.write(status, presented.token ? presented.token->username : std::string_view{});
    return status;
}

}  // namespace warder::http
