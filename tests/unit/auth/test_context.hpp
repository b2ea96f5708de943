// SPDX-License-Identifier: MIT
#pragma once

#include "auth/denial_log.hpp"
#include "auth/request_context.hpp"
#include "authority/presets.hpp"
#include "authority/sign_in/password_hasher.hpp"
#include "authority/sign_in/sessions.hpp"
#include "authority/sign_in/sign_in.hpp"
#include "authority/usage_meter.hpp"
#include "core/jwt/claims.hpp"
#include "core/jwt/jws.hpp"
#include "core/text/base64url.hpp"
#include "crypto/hmac.hpp"
#include "fakes.hpp"
#include "index/freshness.hpp"
#include "index/key_ring_handle.hpp"
#include "index/registry.hpp"
#include "runtime/instance.hpp"
#include "temporary_directory.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace warder::auth::tests {

/// Everything that a request handler needs, on a store of its own; the tests mint the tokens and control the clock. The
/// token index is fresh until a test makes it stale.
class TestContext {
  public:
    TestContext() { make_index_fresh(); }
    TestContext(TestContext const&) = delete;
    TestContext& operator=(TestContext const&) = delete;
    ~TestContext() { warder::tests::ManualBootClock::advance_at_each_reading({}); }

    void make_index_stale() { warder::tests::ManualBootClock::advance(kMaxStaleness + std::chrono::nanoseconds{1}); }
    void make_index_fresh() { freshness_.prove(freshness_.now()); }
    /// Makes the index stale as soon as a request has looked at its age once.
    void make_index_stale_after_one_look() { warder::tests::ManualBootClock::advance_at_each_reading(kMaxStaleness * 2 / 3); }
    [[nodiscard]] RequestContext request_context() {
        return {.services = services_,
                .usage = counter_,
                .metrics = metrics_,
                .began = clock_.steady_now(),
                .date = "",
                .writes_access_log = writes_access_log};
    }
    [[nodiscard]] auth::Services const& services() const noexcept { return services_; }
    [[nodiscard]] RequestMetrics const& metrics() const noexcept { return metrics_; }
    [[nodiscard]] warder::tests::ManualClock& clock() noexcept { return clock_; }

    /// Returns a valid token with a lifetime of one hour. @param endpoints  its grants; empty: it is unscoped.
    std::string mint(std::vector<std::string> const& endpoints = {}) {
        return mint_with({.endpoints = endpoints.empty() ? nullptr : GrantList::parse(endpoints).value()});
    }
    std::string mint_with(TokenPolicy const& policy) {
        auto const now = std::chrono::floor<std::chrono::seconds>(clock_.now());
        last_ = TokenId::make(random_);
        core::Claims const claims{
            .username = "alice", .id = last_, .description = "a", .expires_at = now + std::chrono::hours{1}, .issued_at = now, .not_before = {}};
        auto text = core::make_jws_header({}) + "." + core::to_base64url(core::write_claims(claims));
        auto const mac = keys_.read()->signing().mac.sign(text);
        text += "." + core::to_base64url({reinterpret_cast<char const*>(mac.data()), mac.size()});
        digest_ = crypto::sha256(text);
        ends_at_ = claims.expires_at;
        edit_last(policy);
        return text;
    }
    void edit_last(TokenPolicy const& policy) {
        registry_.put({.id = last_, .owner = UserId{1}, .ends_at = ends_at_, .digest = digest_, .is_edited = false, .policy = policy});
    }
    [[nodiscard]] TokenId last_id() const { return last_; }
    /// Returns how often the last token was used.
    [[nodiscard]] std::int64_t uses_of_last() {
        TokenRecord token;
        token.id = last_;
        usage_.complete(token, usage_.unsaved());
        return token.usage ? token.usage->count : 0;
    }
    void revoke_last() { registry_.erase(last_); }
    void bound_alice(std::vector<std::string> const& ceiling) { registry_.put_user(UserId{1}, "alice", false, GrantList::parse(ceiling).value()); }

    bool writes_access_log = false;

  private:
    static constexpr std::chrono::seconds kMaxStaleness{30};

    warder::tests::ManualClock clock_;
    warder::tests::CountingRandom random_;
    warder::tests::TemporaryDirectory directory_;
    index::Freshness freshness_{&warder::tests::ManualBootClock::now};
    index::Registry registry_{7};
    index::KeyRingHandle keys_{crypto::KeyRing::make(random_, std::chrono::floor<std::chrono::seconds>(clock_.now()))};
    authority::Verifier verifier_{registry_, keys_, clock_, &freshness_, kMaxStaleness};
    authority::UsageMeter usage_{registry_, random_};
    authority::UsageCounter& counter_ = usage_.add_counter();
    RequestMetrics metrics_;
    std::unique_ptr<runtime::Instance> instance_ =
        runtime::Instance::open({.data_dir = directory_.path(), .store = store::SqlitePath{directory_.path() / "warder.db"}, .tokens = {}},
                                crypto::KeyRing::make(random_, std::chrono::floor<std::chrono::seconds>(clock_.now())), store::OpenMode::kCreate)
            .value();
    authority::PasswordHasher hasher_{{.cost = {}}};
    authority::SignIn sign_in_{instance_->directory(), hasher_, instance_->authority(), clock_, random_};
    authority::SessionTable session_table_{clock_, {}};
    authority::Sessions sessions_{session_table_, instance_->directory(), random_};
    log::Logger log_{log::Level::kInfo, log::Format::kLogfmt};
    DenialLog denials_{log_, false};
    authority::PresetCatalog presets_;
    auth::Services services_{
        instance_->authority(), sign_in_, sessions_, hasher_, instance_->directory(), verifier_, usage_, clock_, log_, denials_, presets_};
    TokenId last_{};
    decltype(crypto::sha256("")) digest_{};
    Instant ends_at_{};
    int const alice_ = (registry_.put_user(UserId{1}, "alice", false), 1);
};

}  // namespace warder::auth::tests
