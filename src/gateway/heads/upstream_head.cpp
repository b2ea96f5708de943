// SPDX-License-Identifier: MIT
#include "gateway/heads/upstream_head.hpp"

#include "gateway/heads/dropped_names.hpp"
#include "gateway/heads/own_cookie.hpp"
#include "gateway/heads/via.hpp"
#include "gateway/routes/upstream_target.hpp"
#include "gateway/routes/url_map.hpp"
#include "http/head_text.hpp"
#include "http/text.hpp"

#include <algorithm>

namespace warder::gateway {
namespace {

/// Upper bound on what follows the credential: the identity and the end of the head, not counting the name of `user_header`.
constexpr std::size_t kAfterCredential = 512;

enum class FieldAction : std::uint8_t { kKeep, kDrop, kRemoveOwnCookies, kTranslate };

/// Decides what happens to each of the client's fields.
class FieldFilter {
  public:
    explicit FieldFilter(UpstreamRequest const& sent) noexcept
        : connection_{&sent.connection},
          injected_{sent.credential ? sent.credential->name : std::string_view{sent.route.credential.header_name}},
          user_header_{sent.route.user_header},
          token_header_{sent.route.token_header},
          passes_authorization_{sent.route.credential.kind == UpstreamCredentialSource::Kind::kPass} {}

    [[nodiscard]] FieldAction action_for(std::string_view name) const noexcept {
        if (http::is_hop_by_hop(name) || connection_->names_field(name)) return FieldAction::kDrop;
        if (is_dropped_name(name) || http::is_same_name(name, injected_) || http::is_same_name(name, user_header_) ||
            http::is_same_name(name, token_header_))
            return FieldAction::kDrop;
        if (http::is_same_name(name, "authorization")) return passes_authorization_ ? FieldAction::kKeep : FieldAction::kDrop;
        if (http::is_same_name(name, "destination") || http::is_same_name(name, "if")) return FieldAction::kTranslate;
        return http::is_same_name(name, "cookie") ? FieldAction::kRemoveOwnCookies : FieldAction::kKeep;
    }

  private:
    http::ConnectionOptions const* connection_;
    std::string_view injected_;
    std::string_view user_header_;
    std::string_view token_header_;
    bool passes_authorization_;
};

/// Appends a `Cookie` field without Warder's own cookies; the other pairs are kept byte for byte (RFC 6265 §4.2.1).
/// Appends nothing if there are no others.
void append_cookies(std::string& out, std::string_view name, std::string_view value) {
    if (value.find(http::kPlainCookie) == std::string_view::npos) return http::append_field(out, name, value);
    auto const before = out.size();
    out.append(name).append(": ");
    auto const first = out.size();
    bool has_pair = false;
    for (std::size_t start = 0; start <= value.size();) {
        auto const end = std::min(value.find(';', start), value.size());
        auto pair = value.substr(start, end - start);
        start = end + 1;
        if (is_own_cookie(pair)) continue;
        if (out.size() > first) out += ';';
        else pair.remove_prefix(std::min(pair.find_first_not_of(" \t"), pair.size()));
        out += pair;
        has_pair = has_pair || !http::trim(pair).empty();
    }
    if (has_pair) out += "\r\n";
    else out.resize(before);
}

/// Appends a field with its URLs translated to the upstream's.
void append_translated(std::string& out, UpstreamRequest const& sent, http::HeaderField const& field) {
    if (sent.urls == nullptr) return http::append_field(out, field.name, field.value);
    auto const before = out.size();
    out.append(field.name).append(": ");
    if (http::is_same_name(field.name, "if")) {
        sent.urls->append_upstream_condition(out, field.value);
    } else if (!sent.urls->append_upstream_destination(out, field.value)) {
        out.resize(before);
        return;
    }
    out += "\r\n";
}

void append_clients_fields(std::string& out, UpstreamRequest const& sent) {
    FieldFilter const action_for{sent};
    for (auto const& [name, value] : sent.request.header()) {
        switch (action_for.action_for(name)) {
            case FieldAction::kKeep:
                http::append_field(out, name, value);
                break;
            case FieldAction::kRemoveOwnCookies:
                append_cookies(out, name, value);
                break;
            case FieldAction::kTranslate:
                append_translated(out, sent, {name, value});
                break;
            case FieldAction::kDrop:
                break;
        }
    }
}

void append_framing(std::string& out, BodyFraming const& body) {
    switch (body.kind) {
        case BodyFraming::Kind::kNone:
            break;
        case BodyFraming::Kind::kLength:
            http::append_content_length(out, body.length);
            break;
        case BodyFraming::Kind::kChunked:
            out += "Transfer-Encoding: chunked\r\n";
            break;
    }
}

/// Returns whether the upstream's URL has a path that replaces the prefix, so that an application there does not know the
/// prefix. `/` does not count as a prefix: put before a path, it would turn the first segment into a host (`//host`).
bool is_prefix_replaced(RouteSettings const& route) noexcept {
    std::string_view base = route.upstream.path;
    if (base.empty() || route.prefix == "/") return false;
    if (base.ends_with('/')) base.remove_suffix(1);
    return base != route.prefix;
}

}  // namespace

void append_upstream_head(std::string& out, UpstreamRequest const& sent) {
    out.append(sent.request.method).append(" ");
    append_upstream_target(out, sent.route, sent.request.target);
    out += " HTTP/1.1\r\n";
    bool const keeps_host = sent.route.preserve_host && !sent.client.host.empty();
    http::append_field(out, "Host", keeps_host ? sent.client.host : std::string_view{sent.route.upstream.authority});
    append_clients_fields(out, sent);
    append_framing(out, sent.body);
    append_via(out, sent.request, sent.connection);
    http::append_field(out, "X-Forwarded-For", sent.client.address);
    http::append_field(out, "X-Forwarded-Proto", sent.client.proto);
    if (!sent.client.host.empty()) http::append_field(out, "X-Forwarded-Host", sent.client.host);
    if (is_prefix_replaced(sent.route)) http::append_field(out, "X-Forwarded-Prefix", sent.route.prefix);
    // Reallocation after this point would leave a copy of the credential in freed memory.
    if (sent.credential)
        out.reserve(out.size() + sent.credential->name.size() + sent.credential->value.size() + sent.route.user_header.size() + kAfterCredential);
    if (sent.credential) http::append_field(out, sent.credential->name, sent.credential->value);
    if (sent.identity && sent.route.auth != RouteSettings::Auth::kNone) {
        http::append_field(out, "X-Warder-User", sent.identity->user);
        http::append_field(out, "X-Warder-Token-Id", sent.identity->token_id);
        http::append_field(out, "X-Warder-Admin", sent.identity->is_admin ? "1" : "0");
        if (!sent.route.user_header.empty()) http::append_field(out, sent.route.user_header, sent.identity->user);
    }
    if (sent.is_websocket) out += "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    out += "\r\n";
}

}  // namespace warder::gateway
