// SPDX-License-Identifier: MIT
#include "auth/named_resources.hpp"

#include "http/field_name.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace warder::auth {
namespace {

using enum DenialReason;

enum class Meaning : std::uint8_t { kNone, kDestination, kOverride, kCopySource, kNotAuthorizable };

constexpr http::NameSet kOverrides{std::to_array<std::string_view>({"x-http-method", "method-override", "x-http-verb", "x-rest-method"})};

/// These name an account, an owner or a second resource without a path that could be matched with a grant.
constexpr http::NameSet kNotAuthorizable{std::to_array<std::string_view>({"x-copy-from", "x-copy-from-account", "destination-account"})};

constexpr NamedResourceDenial kDestinationTwice{kBadPath, "The request has more than one Destination header; it may have only one."};
constexpr NamedResourceDenial kSourceTwice{kBadPath, "The request has more than one copy source (X-Amz-Copy-Source); it may have only one."};
constexpr NamedResourceDenial kOverrideTwice{kBadPath, "The request has the same method override more than once; it may have only one."};
constexpr NamedResourceDenial kBadOverride{kBadPath, "The method override is invalid: it must be one method, such as PUT."};
constexpr NamedResourceDenial kForbiddenName{
    kOutOfScope,
    "The request has a header (X-Copy-From, Destination-Account, a rename source, Impersonate-User or Sudo) that no "
    "grant can cover; remove it, or use an unscoped token."};
constexpr NamedResourceDenial kBadDestination{kBadPath, kInvalidDestinationMessage};
constexpr NamedResourceDenial kBadSource{
    kBadPath, "The copy source (X-Amz-Copy-Source) is invalid: it must be /bucket/key, optionally followed by ?versionId=."};
constexpr NamedResourceDenial kNoDestination{kOutOfScope,
                                             "COPY and MOVE need a Destination header; the proxy must forward it to the decision endpoint."};
constexpr NamedResourceDenial kForeignDestination{kOutOfScope, kForeignDestinationMessage};
constexpr NamedResourceDenial kForeignSource{kOutOfScope, "The copy source names another host than the request."};
constexpr NamedResourceDenial kUncoveredOverride{kOutOfScope, "No grant of this token covers the method override of this request."};
constexpr NamedResourceDenial kUncoveredDestination{kOutOfScope, "No grant of this token covers the Destination of this request."};
constexpr NamedResourceDenial kUncoveredSource{kOutOfScope, "No grant of this token covers the copy source of this request."};

Meaning meaning_of(std::string_view name) noexcept {
    constexpr auto kShortest = std::string_view{"destination"}.size();  // the shortest of these names except for `sudo`
    if (name.size() < kShortest) return http::is_same_name(name, "sudo") ? Meaning::kNotAuthorizable : Meaning::kNone;
    if (http::is_same_name(name, "destination")) return Meaning::kDestination;
    bool const may_end_so = http::lower(name.back()) == 'e';  // all three suffixes end in `e`
    if (kOverrides.contains(name) || (may_end_so && http::ends_with_name(name, "-method-override"))) return Meaning::kOverride;
    if (may_end_so && http::ends_with_name(name, "-copy-source")) return Meaning::kCopySource;
    if (kNotAuthorizable.contains(name) || (may_end_so && http::ends_with_name(name, "-rename-source")) ||
        http::begins_with_name(name, "impersonate-"))
        return Meaning::kNotAuthorizable;
    return Meaning::kNone;
}

bool names_second_resource(std::string_view method) noexcept { return method == "COPY" || method == "MOVE"; }

/// A URL or path in a header, before canonicalization.
struct Target {
    std::string_view path;
    bool is_foreign = false;
};

Target read_target(std::string_view value, std::optional<std::string_view> host) noexcept {
    auto const absolute = http::split_absolute(value);
    if (!absolute) return {.path = value};
    bool const is_own = host && http::same_authority(absolute->authority, *host, http::default_port(absolute->scheme));
    return {.path = absolute->rest.empty() ? std::string_view{"/"} : absolute->rest, .is_foreign = !is_own};
}

/// Removes a trailing `?versionId=ID`.
/// @return false if another query follows, which a server might treat as part of the path.
bool cut_version(std::string_view& source) noexcept {
    constexpr std::string_view kVersion = "?versionId=";
    auto const question = source.find('?');
    if (question == std::string_view::npos) return true;
    auto const query = source.substr(question);
    source = source.substr(0, question);
    return query.starts_with(kVersion) && std::ranges::all_of(query.substr(kVersion.size()), [](char c) {
               return http::is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~' || c == '+' || c == '=';
           });
}

class Authorizer {
  public:
    Authorizer(Scope const& scope, AccessRequest const& own, NamedPathRules const& rules, NamedResources const& named) noexcept
        : scope_{scope}, own_{own}, rules_{&rules}, named_{&named} {}

    [[nodiscard]] std::optional<NamedResourceDenial> run() const {
        for (auto const method : named_->overrides())
            if (!covers(method, own_.host, own_.path)) return kUncoveredOverride;
        if (auto const denial = find_destination_denial()) return denial;
        return find_source_denial();
    }

  private:
    [[nodiscard]] bool covers(std::string_view method, std::optional<std::string_view> host, CanonicalPath const& path) const noexcept {
        return scope_.covers({.method = method, .host = host, .path = path, .rpc_methods = own_.rpc_methods});
    }

    [[nodiscard]] bool is_accepted(CanonicalPath const& path) const noexcept {
        return rules_->filter == nullptr || rules_->filter->accepts(path.text());
    }

    // A Destination is checked for every method, because the method may be overridden in a place that is not visible here.
    [[nodiscard]] std::optional<NamedResourceDenial> find_destination_denial() const {
        auto const destination = named_->destination();
        if (!destination) {
            bool const is_missing = names_second_resource(own_.method) || std::ranges::any_of(named_->overrides(), names_second_resource);
            return rules_->requires_destination && is_missing ? std::optional{kNoDestination} : std::nullopt;
        }
        auto const target = read_target(*destination, own_.host);
        // Some servers treat a query there as part of the path.
        if (target.path.find('?') != std::string_view::npos) return kBadDestination;
        std::array<char, http::kMaxHead> buffer;
        auto const path = canonicalize_path(target.path, buffer, rules_->encoded_slash);
        if (!path) return kBadDestination;
        if (target.is_foreign) return kForeignDestination;
        if (!is_accepted(*path) || !covers(own_.method, own_.host, *path)) return kUncoveredDestination;
        for (auto const method : named_->overrides())
            if (!covers(method, own_.host, *path)) return kUncoveredDestination;
        return std::nullopt;
    }

    [[nodiscard]] std::optional<NamedResourceDenial> find_source_denial() const {
        auto const source = named_->copy_source();
        if (!source) return std::nullopt;
        auto target = read_target(*source, own_.host);
        if (!cut_version(target.path) || target.path.empty() || target.path == "/") return kBadSource;
        std::string whole{rules_->source_prefix};
        if (!target.path.starts_with('/')) whole += '/';
        whole += target.path;
        std::string buffer(whole.size(), '\0');
        auto const path = canonicalize_path(whole, buffer, rules_->encoded_slash);
        if (!path) return kBadSource;
        if (target.is_foreign) return kForeignSource;
        // The source has no host of its own: where buckets are hosts, it may be on a different one than the request.
        return is_accepted(*path) && covers("GET", std::nullopt, *path) ? std::nullopt : std::optional{kUncoveredSource};
    }

    Scope scope_;
    AccessRequest own_;
    NamedPathRules const* rules_;
    NamedResources const* named_;
};

}  // namespace

std::optional<NamedResourceDenial> NamedResources::add(http::HeaderField const& field) noexcept {
    switch (meaning_of(field.name)) {
        case Meaning::kNone:
            break;
        case Meaning::kDestination:
            if (std::exchange(destination_, field.value)) return kDestinationTwice;
            break;
        case Meaning::kCopySource:
            if (std::exchange(copy_source_, field.value)) return kSourceTwice;
            break;
        case Meaning::kOverride:
            return add_override(field);
        case Meaning::kNotAuthorizable:
            return kForbiddenName;
    }
    return std::nullopt;
}

std::optional<NamedResourceDenial> NamedResources::add_override(http::HeaderField const& field) noexcept {
    auto const names = std::span{override_names_}.first(override_count_);
    bool const is_second = std::ranges::any_of(names, [&](std::string_view name) { return http::is_same_name(name, field.name); });
    if (is_second || override_count_ == kMaxOverrides) return kOverrideTwice;
    bool const is_method =
        !field.value.empty() && std::ranges::all_of(field.value, [](char c) { return http::is_alphanumeric(c) || c == '-' || c == '_'; });
    if (!is_method) return kBadOverride;
    override_names_[override_count_] = field.name;
    overrides_[override_count_++] = field.value;
    return std::nullopt;
}

std::expected<NamedResources, NamedResourceDenial> NamedResources::read(std::span<http::HeaderField const> fields) noexcept {
    NamedResources named;
    for (auto const& field : fields)
        if (auto const denial = named.add(field)) return std::unexpected{*denial};
    return named;
}

std::optional<Denial> find_named_resource_denial(Scope const& scope, http::Request const& request, AccessRequest const& own,
                                                 NamedPathRules const& rules) {
    auto const named = NamedResources::read(std::span{request.fields}.first(request.field_count));
    auto const denial = named ? Authorizer{scope, own, rules, *named}.run() : std::optional{named.error()};
    if (!denial) return std::nullopt;
    return Denial{.reason = denial->reason, .message = std::string{denial->message}};
}

}  // namespace warder::auth
