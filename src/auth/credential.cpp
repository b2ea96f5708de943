// SPDX-License-Identifier: MIT
#include "auth/credential.hpp"

#include "auth/authorization_header.hpp"
#include "core/rules.hpp"
#include "core/try.hpp"
#include "crypto/secret.hpp"
#include "http/session_cookie.hpp"
#include "http/text.hpp"
#include "warder/ports.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace warder::auth {
namespace {

constexpr std::string_view kNameOfTokens = "token";  ///< The Basic username of clients that have a token but no username.

std::unexpected<Denial> denied(DenialReason reason) { return std::unexpected{Denial{.reason = reason}}; }

/// Denies a bad token. Where no token is accepted, the response must not reveal whether it is valid.
std::unexpected<Denial> denied_token(AuthenticationPolicy const& policy, DenialReason reason) {
    return denied(policy.takes_token ? reason : DenialReason::kPasswordRequired);
}

Denial not_covered(DenialReason reason, AccessRequest const& access) {
    constexpr std::size_t kMaxQuoted = 256;
    std::string message = reason == DenialReason::kOverCeiling ? "The ceiling of this token's user doesn't cover " : "No grant of this token covers ";
    message.append(http::quote_for_message(access.method, kMaxQuoted)).append(" ");
    message.append(http::quote_for_message(access.path.text(), kMaxQuoted)).append(".");
    return {.reason = reason, .message = std::move(message)};
}

/// Decides what `check_use` does. A new limit of tokens is checked here.
std::expected<void, Denial> check_policy(TokenPolicy const& policy, AddressBytes const& client) {
    if (!policy.accepts_from(client))
        return std::unexpected{
            Denial{.reason = DenialReason::kAddressNotAllowed, .message = "The access token may not be used from " + address_text(client) + "."}};
    return {};
}

std::expected<void, Denial> check_policy(index::TokenLimits const& limits, AddressBytes const& client) {
    return limits.policy() == nullptr ? std::expected<void, Denial>{} : check_policy(*limits.policy(), client);
}

Denial rate_limited(index::TokenLimits const& limits, index::RateBucket::Wait wait) {
    auto const seconds = std::chrono::ceil<std::chrono::seconds>(wait);
    std::string message = "The access token is limited to " + limits.policy()->rate_limit->text() + " requests; try again in " +
                          std::to_string(seconds.count()) + " s.";
    return {.reason = DenialReason::kRateLimited, .message = std::move(message), .retry_after = seconds};
}

std::expected<void, Denial> take(index::TokenLimits const& limits, Services const& services) {
    auto const wait = limits.bucket() == nullptr ? index::RateBucket::Wait{} : limits.bucket()->take(services.clock.steady_now());
    return wait.count() == 0 ? std::expected<void, Denial>{} : std::unexpected{rate_limited(limits, wait)};
}

/// Checks whether and how often a token may be used now.
std::expected<void, Denial> check_restrictions(authority::VerifiedToken const& token, AddressBytes const& client, RequestContext const& context) {
    if (!token.is_restricted) return {};
    auto const& services = context.services;
    WARDER_TRY(auto const limits, limits_of(token, services.verifier));
    WARDER_TRY_VOID(check_policy(limits, client));
    bool const is_taken = context.checked_head != nullptr && context.checked_head->bucket != nullptr;
    bool const has_rate_left = limits.bucket() == nullptr || is_taken;
    auto const wait = has_rate_left ? index::RateBucket::Wait{} : limits.bucket()->wait(services.clock.steady_now());
    return wait.count() == 0 ? std::expected<void, Denial>{} : std::unexpected{rate_limited(limits, wait)};
}

Denial no_credential(AuthenticationPolicy const& policy) {
    if (policy.takes_token) return {.reason = DenialReason::kNoCredential};
    return {.reason = DenialReason::kNoCredential,
            .message = policy.takes_password ? "This call needs a user name and password or a session." : "There is no session, or it has ended."};
}

bool changes_something(std::string_view method) noexcept { return method != "GET" && method != "HEAD" && method != "OPTIONS"; }

/// Returns whether the request carries the session's CSRF token in `X-Warder-CSRF`.
bool carries(http::Request const& request, std::string_view csrf_token) noexcept {
    auto const header = request.find("x-warder-csrf");
    return header.count == 1 && crypto::equal_in_constant_time(header.value, csrf_token);
}

/// Authenticates one request.
class Authenticator {
  public:
    Authenticator(http::Request const& request, AuthenticationPolicy const& policy, Client const& client, RequestContext const& context,
                  RequestLog& log, Authentication& result) noexcept
        : request_{&request}, policy_{&policy}, client_{&client}, context_{&context}, log_{&log}, result_{&result} {}

    [[nodiscard]] std::expected<void, Denial> run() {
        if (is_ambiguous(*request_, policy_->token_source, policy_->token_header)) return denied(DenialReason::kAmbiguousCredential);
        if (policy_->rejects_cross_site && changes_something(request_->method))
            if (auto why = find_cross_site(*request_)) return std::unexpected{Denial{.reason = DenialReason::kCrossSite, .message = std::move(*why)}};
        if (!policy_->takes_token && !policy_->takes_password && !policy_->takes_session) return {};
        auto const header = policy_->token_source == TokenSource::kAnywhere ? request_->find("authorization") : http::Request::Lookup{};
        if (header.count > 0) return read_authorization_value(header.value);
        if (auto const own = request_->find("x-warder-token"); own.count > 0) return read_header_token(own.value);
        if (!policy_->token_header.empty())
            if (auto const named = request_->find(policy_->token_header); named.count > 0) return read_header_token(named.value);
        return policy_->takes_session ? use_session() : std::unexpected{no_credential(*policy_)};
    }

  private:
    [[nodiscard]] std::expected<void, Denial> read_authorization_value(std::string_view value) {
        auto authorization = read_authorization(value);
        if (auto const* bearer = std::get_if<BearerAuthorization>(&authorization)) return read_header_token(bearer->token);
        if (auto* basic = std::get_if<BasicAuthorization>(&authorization)) return read_basic(std::move(*basic));
        if (std::get<MalformedAuthorization>(authorization).is_bearer) return denied_token(*policy_, DenialReason::kMalformedToken);
        return denied(DenialReason::kWrongPassword);
    }

    [[nodiscard]] std::expected<void, Denial> read_header_token(std::string_view token) {
        result_->principal.token_in_header = token;
        return verify_token(std::nullopt);
    }

    [[nodiscard]] std::expected<void, Denial> read_basic(BasicAuthorization basic) {
        if (core::looks_like_token(basic.password.view())) {  // a token is never tried as a password
            result_->principal.token_in_basic = std::move(basic.password);
            return verify_token(basic.username);
        }
        if (!policy_->takes_password) return denied(policy_->takes_token ? DenialReason::kTokenRequired : DenialReason::kNoSession);
        if (context_->services.verifier.is_stale()) return denied(DenialReason::kStaleIndex);  // users and passwords are as old as the tokens
        authority::Credentials password{std::move(basic.username), std::move(basic.password)};
        auto& user = result_->principal.user;
        user = context_->services.sign_in.verified(password, authority::ClientAddress::of(client_->address));
        if (user) {
            log_->identify(user->name);
            if (context_->checked_head == nullptr) log_->count_sign_in(SignInOutcome::kCached);
        } else {
            result_->password = std::move(password);
        }
        return {};
    }

    /// @param name  the Basic username sent with the token, which must be its user or `token`.
    [[nodiscard]] std::expected<void, Denial> verify_token(std::optional<std::string_view> name) {
        auto const& verifier = context_->services.verifier;
        auto& principal = result_->principal;
        auto const token =
            policy_->wants_description ? verifier.verify(principal.token_text(), principal.description) : verifier.verify(principal.token_text());
        if (!token) {
            identify_rejected(token.error());
            if (token.error() == authority::TokenError::kDisabled && policy_->accepts_restricted_token) return accept_disabled_token(name);
            return denied_token(*policy_, reason_of(token.error()));
        }
        if (!may_name(name, token->username)) return denied_token(*policy_, DenialReason::kMalformedToken);
        log_->identify(*token);
        auto usable = policy_->takes_token ? check_restrictions(*token, client_->address, *context_)
                                           : std::expected<void, Denial>{denied(DenialReason::kPasswordRequired)};
        if (!usable && policy_->accepts_restricted_token) {
            principal.restriction = std::move(usable.error());
            usable = {};
        }
        if (policy_->counts_use || !usable) context_->usage.note(*token, client_->address);
        if (!usable) return usable;
        principal.token = *token;
        return {};
    }

    /// Returns whether a Basic username may come with a token of this user.
    static bool may_name(std::optional<std::string_view> name, std::string_view username) noexcept {
        return !name || *name == kNameOfTokens || http::equal_ignoring_case(*name, username);
    }

    /// Accepts a token that the verifier rejected as disabled: it is registered, so its claims can be believed.
    [[nodiscard]] std::expected<void, Denial> accept_disabled_token(std::optional<std::string_view> name) {
        auto& principal = result_->principal;
        principal.disabled_token = context_->services.verifier.identify(principal.token_text());
        if (!principal.disabled_token || !may_name(name, principal.disabled_token->username))
            return denied_token(*policy_, DenialReason::kMalformedToken);
        principal.restriction = Denial{.reason = DenialReason::kDisabled};
        return {};
    }

    /// Tells the log whose token was rejected, if its signature holds. Costs nothing for any other text.
    void identify_rejected(authority::TokenError error) {
        using enum authority::TokenError;
        if (error != kExpired && error != kFromTheFuture && error != kDisabled && error != kNotRegistered && error != kStaleIndex) return;
        if (auto const rejected = context_->services.verifier.identify(result_->principal.token_text()))
            log_->identify(rejected->username, rejected->id);
    }

    /// Called only if the request has no other credential, since any other takes precedence.
    [[nodiscard]] std::expected<void, Denial> use_session() {
        using Verdict = http::SessionCookies::Verdict;
        auto const cookies = http::SessionCookies::read(*request_, client_->is_secure);
        if (cookies.verdict == Verdict::kNone) return std::unexpected{no_credential(*policy_)};
        if (cookies.verdict != Verdict::kOne) return denied(DenialReason::kNoSession);
        if (context_->services.verifier.is_stale()) return denied(DenialReason::kStaleIndex);
        auto session = context_->services.sessions.use(cookies.id);
        if (!session && session.error() == authority::SessionAbsence::kUnconfirmed) {
            result_->unconfirmed_session = cookies.id;
            return {};
        }
        if (!session) return denied(DenialReason::kNoSession);
        if (changes_something(request_->method) && !carries(*request_, session->csrf_token)) return denied(DenialReason::kCsrf);
        log_->identify(session->principal.name);
        result_->principal.user = session->principal;
        result_->principal.session = std::move(*session);
        result_->principal.session_id = cookies.id;
        return {};
    }

    http::Request const* request_;
    AuthenticationPolicy const* policy_;
    Client const* client_;
    RequestContext const* context_;
    RequestLog* log_;
    Authentication* result_;
};

}  // namespace

bool is_ambiguous(http::Request const& request, TokenSource source, std::string_view token_header) noexcept {
    auto const authorizations = request.find("authorization").count;
    auto own = request.find("x-warder-token").count;
    if (!token_header.empty()) own += request.find(token_header).count;
    return source == TokenSource::kAnywhere ? authorizations + own > 1 : authorizations > 1 || own > 1;
}

std::expected<Authentication, Denial> authenticate(http::Request const& request, AuthenticationPolicy const& policy, Client const& client,
                                                   RequestContext const& context, RequestLog& log) {
    std::expected<Authentication, Denial> result;
    auto proven = Authenticator{request, policy, client, context, log, *result}.run();
    if (!proven) result = std::unexpected{std::move(proven.error())};
    return result;
}

Challenges challenges_for(AuthenticationPolicy const& policy, http::Request const& request) noexcept {
    // A call that accepts neither password nor token is made by a page.
    bool const is_session_only = !policy.takes_password && !policy.takes_token;
    return {.has_basic = !is_session_only, .has_bearer = policy.takes_token, .is_script = is_session_only || is_from_page(request)};
}

std::expected<index::TokenLimits, Denial> limits_of(authority::VerifiedToken const& token, authority::Verifier const& verifier) {
    auto limits = verifier.limits(token);
    if (!limits) return std::unexpected{Denial{.reason = DenialReason::kRevoked}};
    return std::move(*limits);
}

std::expected<void, Denial> check_use(authority::VerifiedToken const& token, AddressBytes const& client, Services const& services) {
    if (!token.is_restricted) return {};
    WARDER_TRY(auto const limits, limits_of(token, services.verifier));
    return check_policy(limits, client);
}

std::expected<void, Denial> take_from_rate(authority::VerifiedToken const& token, Services const& services) {
    if (!token.is_restricted) return {};
    WARDER_TRY(auto const limits, limits_of(token, services.verifier));
    return take(limits, services);
}

std::expected<std::shared_ptr<index::RateBucket>, Denial> take_returnably_from_rate(authority::VerifiedToken const& token, Services const& services) {
    if (!token.is_restricted) return nullptr;
    WARDER_TRY(auto const limits, limits_of(token, services.verifier));
    WARDER_TRY_VOID(take(limits, services));
    return limits.shared_bucket();
}

std::expected<void, Denial> authorize(Scope const& scope, AccessRequest const& access) {
    if (scope.covers(access)) return {};
    if (scope.could_cover_by_rpc(access)) return std::unexpected{Denial{.reason = DenialReason::kBodyRequired}};
    bool const is_in_scope = scope.endpoints == nullptr || scope.endpoints->covering(access) != nullptr;
    return std::unexpected{not_covered(is_in_scope ? DenialReason::kOverCeiling : DenialReason::kOutOfScope, access)};
}

std::optional<std::string_view> host_of(http::Request const& request) noexcept {
    auto const host = request.find("host");
    return host.count == 1 ? std::optional{host.value} : std::nullopt;
}

}  // namespace warder::auth
