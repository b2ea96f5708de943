// SPDX-License-Identifier: MIT
#include "app/serve.hpp"

#include "app/data_dir.hpp"
#include "app/key_keeper.hpp"
#include "app/knock.hpp"
#include "app/open_store.hpp"
#include "app/system_ports.hpp"
#include "authority/key_ring_holder.hpp"
#include "authority/live_state.hpp"
#include "authority/sign_in.hpp"
#include "authority/wait.hpp"
#include "core/base64url.hpp"
#include "core/rules.hpp"
#include "store/key_file.hpp"
#include "warder/verifier.hpp"

#include <array>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include <utility>

namespace warder::app {
namespace {

using authority::wait;

constexpr std::string_view kFirstAdmin = "admin";
constexpr timespec kHousekeepingPeriod{.tv_sec = 5, .tv_nsec = 0};
constexpr timespec kAtOnce{};

/// Follows the changes, and removes the file of the first password once that password is no longer the administrator's.
class FirstPasswordWatch final : public authority::Listener {
  public:
    FirstPasswordWatch(authority::LiveState& live, std::filesystem::path file) : live_{&live}, file_{std::move(file)} {}

    void on_changes(std::span<authority::Change const> changes) override {
        for (auto const& change : changes)
            if (auto const* const put = std::get_if<authority::UserPut>(&change)) look_at(put->user);
            else if (auto const* const gone = std::get_if<authority::UserGone>(&change); gone != nullptr && gone->id == admin_) forget();
        live_->on_changes(changes);
    }

  private:
    void look_at(UserRecord const& user) {
        if (core::fold_name(user.name) != kFirstAdmin) return;
        if (admin_ && (user.id != admin_ || user.password_hash != hash_)) forget();
        admin_ = user.id;
        hash_ = user.password_hash;
    }
    void forget() const { ::unlink(file_.c_str()); }

    authority::LiveState* live_;
    std::filesystem::path file_;
    std::optional<UserId> admin_;
    std::string hash_;
};

crypto::Secret generate_password(Random& random) {
    std::array<char, 18> bytes{};
    random.fill(std::as_writable_bytes(std::span{bytes}));
    auto text = core::to_base64url({bytes.data(), bytes.size()});
    crypto::Secret password{text};
    crypto::wipe(text);
    return password;
}

std::optional<crypto::Secret> take_password_from_environment() {
    char* const value = std::getenv("WARDER_ADMIN_PASSWORD");
    if (value == nullptr) return std::nullopt;
    std::string_view const text{value};
    crypto::Secret password{text};
    // The environment of a process can be read from outside as long as it lives.
    crypto::wipe(std::as_writable_bytes(std::span{value, text.size()}));
    ::unsetenv("WARDER_ADMIN_PASSWORD");
    return password;
}

/// All the parts of a running server, in the order in which they need each other.
struct Parts {
    Parts(Config const& config, crypto::KeyRing ring)
        : log{config.log_level, config.log_format}, keys{std::move(ring)}, live{make_seed(random)}, watch{live, initial_password_file(config)} {}

    static std::uint64_t make_seed(Random& random) {
        std::array<std::byte, 8> bytes{};
        random.fill(bytes);
        return std::bit_cast<std::uint64_t>(bytes);
    }

    SystemClock clock;
    SystemRandom random;
    log::Logger log;
    authority::KeyRingHolder keys;
    authority::LiveState live;
    FirstPasswordWatch watch;
    std::unique_ptr<authority::Store> store;
};

std::expected<void, std::string> make_first_admin(Config const& config, Parts& parts, authority::Authority& authority,
                                                  authority::PasswordHasher& hasher) {
    auto given = take_password_from_environment();
    auto const users = wait<std::vector<UserRecord>>([&](auto done) { authority.list_users(std::move(done)); });
    if (!users) return std::unexpected{std::string{authority::sentence(users.error())}};
    if (!users->empty()) {
        if (given) parts.log.info("WARDER_ADMIN_PASSWORD is ignored: there are users already");
        return {};
    }

    auto const password = given ? std::move(*given) : generate_password(parts.random);
    if (core::judge_new_password(password.view()))
        return std::unexpected{"WARDER_ADMIN_PASSWORD: a password has 8 to 1024 bytes of UTF-8 and is no token"};
    bool const is_shown = ::isatty(STDOUT_FILENO) == 1;
    // A first start that was cut short may have left one.
    if (given || is_shown) ::unlink(initial_password_file(config).c_str());
    else if (auto written = write_initial_password(config, password); !written) return written;

    auto hash = wait<std::string>([&](auto done) { hasher.hash(password.copy(), std::move(done)); });
    if (!hash) return std::unexpected{"the password could not be hashed: passwords.memory is more than can be had"};
    auto const made = wait<UserRecord>([&](auto done) {
        authority.add_user({.name = std::string{kFirstAdmin}, .password_hash = std::move(*hash), .is_admin = true, .ceiling = {}}, std::move(done));
    });
    if (!made) return std::unexpected{std::string{authority::sentence(made.error())}};

    if (!given && is_shown)
        std::printf("warder: the user \"admin\" was made with the password %.*s\nwarder: it is shown only now\n",
                    static_cast<int>(password.view().size()), password.view().data());
    else if (!given)
        parts.log.info("the password of the first administrator was written to a file",
                       {{"file", std::string_view{initial_password_file(config).native()}}});
    return {};
}

/// Signals are taken one by one in the main thread; the threads that are started later inherit that they are blocked.
sigset_t block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (int const signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    return signals;
}

void reload(log::Logger& log, http::Server& server, bool is_tls, std::optional<std::filesystem::path> const& file, Overrides const& overrides) {
    auto const config = read_config(file, overrides);
    if (!config) {
        for (auto const& complaint : config.error())
            log.error("the configuration can't be used; the old one stays", {{"why", std::string_view{complaint}}});
        return;
    }
    log.set_level(config->log_level);
    if (config->server.tls.is_wanted() != is_tls) log.warning("TLS is begun or ended by a restart alone");
    else if (is_tls)
        if (auto const replaced = server.replace_identity(config->server.tls); !replaced)
            log.error("the new TLS certificate can't be used; the old one stays", {{"why", std::string_view{replaced.error()}}});
    log.info("reloaded: the log level and the TLS certificate; other changes need a restart");
}

/// One step of what is to be done from time to time. @return whether there is more to do at once.
bool keep_house(authority::Authority& authority, KeyKeeper& keeper, log::Logger& log) {
    if (auto const read = keeper.read_if_changed(); !read)
        log.error("the keys could not be read again", {{"why", std::string_view{read.error().message}}});
    auto const gone = wait<std::int64_t>([&](auto done) { authority.purge(std::move(done)); });
    if (!gone) log.warning("expired tokens could not be removed", {{"why", authority::sentence(gone.error())}});
    return gone.value_or(0) > 0;
}

/// What a knock asks for: whatever the command line changed, in the keys or in the store, is known here when this returns. One that can't be read
/// keeps nobody from the other: a revocation acts though the key file is damaged.
bool read_again(KeyKeeper& keeper, Parts& parts) {
    auto const read = keeper.read_again();
    if (!read) parts.log.error("the keys could not be read again", {{"why", std::string_view{read.error().message}}});
    auto const refreshed = wait<void>([&](auto done) { parts.store->refresh(std::move(done)); });
    if (!refreshed) parts.log.error("the store could not be read again", {{"why", authority::sentence(refreshed.error())}});
    return read && refreshed;
}

}  // namespace

std::expected<void, std::string> serve(Config const& config, std::optional<std::filesystem::path> const& config_file, Overrides const& overrides) {
    auto const signals = block_signals();
    auto const lock = DataDirLock::acquire(config.data_dir);
    if (!lock) return std::unexpected{lock.error()};
    SystemClock const clock;
    SystemRandom random;
    auto ring = load_or_make_keys(config, random, clock);
    if (!ring) return std::unexpected{ring.error()};

    Parts parts{config, std::move(*ring)};
    for (auto const& name : unknown_variables(overrides))
        parts.log.warning("an environment variable that looks like a setting is none", {{"variable", std::string_view{name}}});
    auto store = open_store(config, store::OpenMode::kCreate, &parts.keys, parts.log);
    if (!store) return std::unexpected{store.error().message};
    parts.store = std::move(*store);
    if (!parts.store->attach(parts.watch)) return std::unexpected{"store " + config.database().string() + ": it can't be read; the log says why"};

    authority::Authority authority{*parts.store, parts.keys, parts.clock, parts.random, config.tokens};
    authority::PasswordHasher hasher{config.hashing()};
    if (auto made = make_first_admin(config, parts, authority, hasher); !made) return made;
    authority::SignIn sign_in{parts.live.directory(), hasher, authority, parts.clock, parts.random};
    authority::Verifier const verifier{parts.live.registry(), parts.keys, parts.clock};

    KeyKeeper keeper{config.key_file(), parts.keys};
    auto const knocks = KnockListener::open(config.data_dir, [&] { return read_again(keeper, parts); });
    if (!knocks) return std::unexpected{knocks.error()};
    // A command that found nobody here until now may have changed what was read at the start: before the first request it is read once more.
    if (!read_again(keeper, parts)) return std::unexpected{"the keys or the store can't be read again; the log says why"};

    auto server = http::Server::start(config.server, {.authority = authority,
                                                      .sign_in = sign_in,
                                                      .hasher = hasher,
                                                      .directory = parts.live.directory(),
                                                      .verifier = verifier,
                                                      .clock = parts.clock,
                                                      .log = parts.log});
    if (!server) return std::unexpected{server.error()};
    std::printf("warder: listening on %s\n", (*server)->url().c_str());
    std::fflush(stdout);

    for (auto pause = kAtOnce;;) {
        auto const signal = sigtimedwait(&signals, nullptr, &pause);
        if (signal == SIGTERM || signal == SIGINT) break;
        if (signal == SIGHUP) reload(parts.log, **server, config.server.tls.is_wanted(), config_file, overrides);
        pause = keep_house(authority, keeper, parts.log) ? kAtOnce : kHousekeepingPeriod;
    }
    (*server)->drain();
    return {};
}

}  // namespace warder::app
