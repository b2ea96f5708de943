// SPDX-License-Identifier: MIT
#include "authority/sign_in/sign_in.hpp"

#include "authority/sign_in/password_hasher.hpp"
#include "authority/sign_in/sign_in_audit.hpp"
#include "authority/sign_in/verified_credentials.hpp"
#include "core/rules.hpp"
#include "crypto/hmac.hpp"
#include "index/user_directory.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <exception>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

namespace warder::authority {
namespace {

using Mac = VerifiedCredentials::Mac;
using Match = VerifiedCredentials::Match;
using Finish = std::move_only_function<void(SignIn::Outcome)>;

constexpr std::chrono::seconds kRetryWhenBusy{1};

struct MacHash {
    /// Clients can't predict the MAC, so any part of it is a good hash.
    std::size_t operator()(Mac const& mac) const noexcept {
        std::size_t hash = 0;
        std::memcpy(&hash, mac.data(), sizeof hash);
        return hash;
    }
};

/// Returns whether this is one of Specter's easily guessed default passwords. They are rejected, even if right, until
/// they are changed.
bool is_default_password(std::string_view password, index::Account const& account) {
    if (crypto::kind_of(account.password_hash) != crypto::HashKind::kSpecterPbkdf2) return false;
    if (password == "admin" || password == "password") return true;
    auto folded = core::fold_name(password);
    bool const is_name = folded == core::fold_name(account.name);
    crypto::wipe(folded);
    return is_name;
}

std::uint64_t make_seed(Random& random) {
    std::array<std::byte, sizeof(std::uint64_t)> bytes{};
    random.fill(bytes);
    return std::bit_cast<std::uint64_t>(bytes);
}

SignIn::Outcome fail(Error error, std::chrono::seconds retry_after = {}) {
    return std::unexpected{SignInError{.error = error, .retry_after = retry_after}};
}

/// One hash in progress and all requests that wait for it: parallel first requests of a client cost one hash and one
/// attempt in the throttle. Only for one address, which the key is bound to: a throttled address must not learn the
/// outcome from an attempt of another one.
struct Flight {
    Mac key{};
    Credentials credentials;
    ClientAddress address;
    std::optional<index::Account> account;
    bool may_use_cache = true;
    std::vector<Finish> waiting{};
    std::optional<Throttle::Ticket> ticket{};
    bool has_started_over = false;
};

}  // namespace

struct SignIn::State : std::enable_shared_from_this<SignIn::State> {
    State(index::UserDirectory const& its_directory, PasswordHasher& its_hasher, Authority& its_authority, Clock const& its_clock, Random& random,
          std::function<void(Error)> on_audit_failure)
        : directory{its_directory},
          hasher{its_hasher},
          authority{its_authority},
          clock{its_clock},
          mac_key{crypto::HmacKey::random(random)},
          throttle{its_clock, random},
          audit{std::make_shared<SignInAudit>(its_authority, its_clock, std::move(on_audit_failure))},
          cache{make_seed(random)} {}

    index::UserDirectory const& directory;
    PasswordHasher& hasher;
    Authority& authority;
    Clock const& clock;
    crypto::HmacKey mac_key;
    Throttle throttle;
    std::shared_ptr<SignInAudit> audit;  // shared with writes in flight

    std::mutex mutex;  // guards the two members below; a flight ends and enters the cache in one critical section
    VerifiedCredentials cache;
    std::unordered_map<Mac, std::shared_ptr<Flight>, MacHash> flights;

    [[nodiscard]] std::optional<index::Account> find(std::string_view name) const {
        return core::is_user_name(name) ? directory.find(name) : std::nullopt;
    }
    [[nodiscard]] Mac mac_of(Credentials const& credentials, std::string_view stored_hash, ClientAddress const& address) const;
    [[nodiscard]] Match match(std::optional<index::Account> const& account, ClientAddress const& address, Mac const& mac);

    void note(SignInAttempt::Outcome outcome, std::optional<index::Account> const& account, ClientAddress const& address);
    void start(Credentials credentials, ClientAddress const& address, bool may_use_cache, Finish done);
    [[nodiscard]] Outcome reject_throttled(std::optional<index::Account> const& account, ClientAddress const& address, bool is_right,
                                           std::chrono::seconds retry_after);
    [[nodiscard]] Outcome reject_token(Credentials const& credentials, ClientAddress const& address);
    void pass_throttle(std::shared_ptr<Flight> const& flight);
    void hash(std::shared_ptr<Flight> const& flight);
    [[nodiscard]] std::uint64_t draw_for(std::string_view name) const;
    [[nodiscard]] bool is_first_sign_in(Flight const& flight);
    void evaluate(std::shared_ptr<Flight> const& flight, Result<PasswordHasher::Verdict> verdict);
    void upgrade(std::shared_ptr<Flight> const& flight, std::string new_hash);
    template <class Step>
    void go_on(std::shared_ptr<Flight> const& flight, Step step) noexcept;
    void settle(Flight& flight, Outcome const& outcome, std::optional<Mac> const& verified = std::nullopt) noexcept;
};

Mac SignIn::State::mac_of(Credentials const& credentials, std::string_view stored_hash, ClientAddress const& address) const {
    auto const password = credentials.password.view();
    std::string message;
    // Reserve all of it: growing would leave copies of the password in freed memory.
    message.reserve(address.bytes.size() + credentials.username.size() + password.size() + stored_hash.size() + 2);
    message.append(reinterpret_cast<char const*>(address.bytes.data()), address.bytes.size());
    message.append(core::fold_name(credentials.username)).append(1, '\0').append(password).append(1, '\0').append(stored_hash);
    auto const mac = mac_key.sign(message);
    crypto::wipe(message);
    return mac;
}

Match SignIn::State::match(std::optional<index::Account> const& account, ClientAddress const& address, Mac const& mac) {
    if (!account) return Match::kNone;
    std::lock_guard const lock{mutex};
    return cache.match(account->id, address.bytes, mac, clock.steady_now());
}

void SignIn::State::note(SignInAttempt::Outcome outcome, std::optional<index::Account> const& account, ClientAddress const& address) {
    audit->note({.outcome = outcome,
                 .user = account ? std::optional{account->name} : std::nullopt,
                 .address = address_text(address.full),
                 .user_id = account ? account->id : UserId{}});
}

/// @param is_right  whether the credentials are those verified at this address; if not, the attempt uses up one of the
/// remaining comparisons.
SignIn::Outcome SignIn::State::reject_throttled(std::optional<index::Account> const& account, ClientAddress const& address, bool is_right,
                                                std::chrono::seconds retry_after) {
    note(SignInAttempt::Outcome::kThrottled, account, address);
    if (account && !is_right) {
        std::lock_guard const lock{mutex};
        cache.count_wrong(account->id, address.bytes, clock.steady_now());
    }
    return fail(Error::kThrottled, retry_after);
}

SignIn::Outcome SignIn::State::reject_token(Credentials const& credentials, ClientAddress const& address) {
    auto const account = find(credentials.username);
    auto ticket = throttle.admit(credentials.username, address);
    if (!ticket) return reject_throttled(account, address, false, ticket.error());
    note(SignInAttempt::Outcome::kFailed, account, address);
    ticket->resolve(false);
    return fail(Error::kWrongCredentials);
}

void SignIn::State::start(Credentials credentials, ClientAddress const& address, bool may_use_cache, Finish done) {
    if (core::looks_like_token(credentials.password.view())) return done(reject_token(credentials, address));

    auto account = find(credentials.username);
    auto const mac = mac_of(credentials, account ? account->password_hash : "", address);
    std::shared_ptr<Flight> flight;
    {
        std::unique_lock lock{mutex};
        if (may_use_cache && account && cache.match(account->id, address.bytes, mac, clock.steady_now()) == Match::kVerified) {
            lock.unlock();
            return done(index::principal_of(*account));
        }
        if (auto const known = flights.find(mac); known != flights.end()) return known->second->waiting.push_back(std::move(done));
        flight = std::make_shared<Flight>(Flight{
            .key = mac, .credentials = std::move(credentials), .address = address, .account = std::move(account), .may_use_cache = may_use_cache});
        flight->waiting.push_back(std::move(done));
        flights.emplace(mac, flight);
    }
    go_on(flight, [&] { pass_throttle(flight); });
}

void SignIn::State::pass_throttle(std::shared_ptr<Flight> const& flight) {
    auto ticket = throttle.admit(flight->credentials.username, flight->address);
    auto const matched = match(flight->account, flight->address, flight->key);
    if (!ticket) return settle(*flight, reject_throttled(flight->account, flight->address, matched != Match::kNone, ticket.error()));
    if (flight->may_use_cache && matched != Match::kNone) {
        // Verified, and suspended while the throttle refused attempts. The ticket stays unresolved, because nothing was
        // hashed.
        {
            std::lock_guard const lock{mutex};
            cache.resume(flight->account->id, flight->address.bytes);
        }
        return settle(*flight, index::principal_of(*flight->account));
    }
    flight->ticket = std::move(*ticket);
    hash(flight);
}

void SignIn::State::hash(std::shared_ptr<Flight> const& flight) {
    PasswordHasher::Attempt attempt{.password = flight->credentials.password.copy(),
                                    .stored_hash = flight->account ? flight->account->password_hash : std::string{},
                                    .cost_without_hash = directory.draw_cost(draw_for(flight->credentials.username)),
                                    .origin = {.address = flight->address.bytes, .has_failed_lately = flight->ticket->has_failed_lately()}};
    hasher.check(std::move(attempt), [self = shared_from_this(), flight](Result<PasswordHasher::Verdict> verdict) {
        self->go_on(flight, [&] { self->evaluate(flight, std::move(verdict)); });
    });
}

/// Returns the number that determines the cost of checking an unknown name: unpredictable, but always the same for the
/// name.
std::uint64_t SignIn::State::draw_for(std::string_view name) const {
    auto message = core::fold_name(name).append(1, '\0').append("cost");
    auto const mac = mac_key.sign(message);
    crypto::wipe(message);  // the name may be a password that was typed into the wrong field
    std::uint64_t draw = 0;
    std::memcpy(&draw, mac.data(), sizeof draw);
    return draw;
}

void SignIn::State::evaluate(std::shared_ptr<Flight> const& flight, Result<PasswordHasher::Verdict> verdict) {
    if (!verdict) {
        flight->ticket.reset();
        return settle(*flight, fail(Error::kBusy, kRetryWhenBusy));
    }
    auto const& account = flight->account;
    bool is_right = verdict->is_right && account && !is_default_password(flight->credentials.password.view(), *account);
    auto const current = find(flight->credentials.username);
    bool const is_same_user = is_right && current && current->id == account->id;
    if (is_same_user && current->password_hash != account->password_hash && !std::exchange(flight->has_started_over, true)) {
        // The hash changed in the meantime, possibly only upgraded by a sign-in from elsewhere. Check against the
        // current one.
        flight->account = current;
        return hash(flight);
    }
    is_right = is_same_user && current->password_hash == account->password_hash;
    flight->ticket->resolve(is_right);
    if (!is_right || is_first_sign_in(*flight))
        note(is_right ? SignInAttempt::Outcome::kSucceeded : SignInAttempt::Outcome::kFailed, flight->account, flight->address);
    if (!is_right) return settle(*flight, fail(Error::kWrongCredentials));

    flight->account = current;
    if (!verdict->upgraded_hash.empty()) return upgrade(flight, std::move(verdict->upgraded_hash));
    settle(*flight, index::principal_of(*current), mac_of(flight->credentials, current->password_hash, flight->address));
}

/// Returns whether the attempt is to be logged as a sign-in. Confirming a password is not a sign-in if its user signed
/// in recently.
bool SignIn::State::is_first_sign_in(Flight const& flight) {
    if (flight.may_use_cache) return true;
    std::lock_guard const lock{mutex};
    return !cache.contains(flight.account->id, flight.address.bytes, clock.steady_now());
}

void SignIn::State::upgrade(std::shared_ptr<Flight> const& flight, std::string new_hash) {
    auto const& account = *flight->account;
    auto finish = [self = shared_from_this(), flight, new_hash](Result<void> upgraded) {
        self->go_on(flight, [&] {
            // The password is right whether or not the store took the new hash.
            auto const& stored_hash = upgraded ? new_hash : flight->account->password_hash;
            self->settle(*flight, index::principal_of(*flight->account), self->mac_of(flight->credentials, stored_hash, flight->address));
        });
    };
    authority.upgrade_password_hash(account.id, account.password_hash, std::move(new_hash), std::move(finish));
}

/// Runs the next step of a flight. If it throws for lack of memory, the flight ends here; otherwise current and later
/// requests would wait forever.
template <class Step>
void SignIn::State::go_on(std::shared_ptr<Flight> const& flight, Step step) noexcept {
    try {
        step();
    } catch (std::exception const&) {
        flight->ticket.reset();
        settle(*flight, fail(Error::kBusy, kRetryWhenBusy));
    }
}

void SignIn::State::settle(Flight& flight, Outcome const& outcome, std::optional<Mac> const& verified) noexcept {
    std::vector<Finish> waiting;
    {
        std::lock_guard const lock{mutex};
        try {
            if (verified) cache.remember(flight.account->id, flight.address.bytes, *verified, clock.steady_now());
        } catch (std::exception const&) {  // NOLINT(bugprone-empty-catch): the next attempt is hashed again
        }
        waiting.swap(flight.waiting);
        if (auto const known = flights.find(flight.key); known != flights.end() && known->second.get() == &flight) flights.erase(known);
    }
    for (auto& done : waiting) {
        try {
            done(outcome);
        } catch (std::exception const&) {  // NOLINT(bugprone-empty-catch): destroying the callback ends the wait for it
        }
    }
}

SignIn::SignIn(index::UserDirectory const& directory, PasswordHasher& hasher, Authority& authority, Clock const& clock, Random& random,
               std::function<void(Error)> on_audit_failure)
    : state_{std::make_shared<State>(directory, hasher, authority, clock, random, std::move(on_audit_failure))} {}

SignIn::~SignIn() = default;

SignInAudit& SignIn::audit() noexcept { return *state_->audit; }

std::optional<Principal> SignIn::verified(Credentials const& credentials, ClientAddress const& address) const {
    auto const account = state_->find(credentials.username);
    if (!account || state_->match(account, address, state_->mac_of(credentials, account->password_hash, address)) != Match::kVerified)
        return std::nullopt;
    return index::principal_of(*account);
}

void SignIn::check(Credentials credentials, ClientAddress address, std::move_only_function<void(Outcome)> done) {
    state_->start(std::move(credentials), address, true, std::move(done));
}

void SignIn::confirm(Credentials credentials, ClientAddress address, std::move_only_function<void(Outcome)> done) {
    state_->start(std::move(credentials), address, false, std::move(done));
}

}  // namespace warder::authority
