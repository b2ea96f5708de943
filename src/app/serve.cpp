// SPDX-License-Identifier: MIT
#include "app/serve.hpp"

#include "app/config/useless_settings.hpp"
#include "app/initial_password.hpp"
#include "authority/password_rule.hpp"
#include "authority/sign_in.hpp"
#include "authority/sign_in_audit.hpp"
#include "authority/wait.hpp"
#include "core/rules.hpp"
#include "core/text/base64url.hpp"
#include "files/replaceable.hpp"
#include "gateway/gateway.hpp"
#include "gateway/upstream/route_set.hpp"
#include "gateway/upstream/upstream_credential.hpp"
#include "runtime/control_socket.hpp"
#include "runtime/data_directory.hpp"
#include "runtime/instance.hpp"
#include "runtime/local_caller.hpp"
#include "runtime/system_ports.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <future>
#include <optional>
#include <pthread.h>
#include <signal.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace warder::app {
namespace {

using authority::wait;
using runtime::Instance;

constexpr std::string_view kFirstAdmin = "admin";
constexpr timespec kHousekeepingPeriod{.tv_sec = 5, .tv_nsec = 0};
constexpr timespec kAtOnce{};
constexpr std::chrono::seconds kUsesSavedEvery{15};  // the uses that a crash may lose

/// Deletes the file of the initial password once it is no longer the administrator's password.
class FirstPasswordWatch final : public authority::ChangeListener {
  public:
    explicit FirstPasswordWatch(std::filesystem::path file) : file_{std::move(file)} {}

    void on_changes(std::span<authority::Change const> changes) override {
        for (auto const& change : changes)
            if (auto const* const put = std::get_if<authority::UserUpserted>(&change)) look_at(put->user);
            else if (std::holds_alternative<authority::Reset>(change)) is_seen_ = false;
            else if (is_end_of_admin(change)) forget();
    }

  private:
    bool is_end_of_admin(authority::Change const& change) const {
        if (auto const* const gone = std::get_if<authority::UserRemoved>(&change)) return gone->id == admin_;
        return std::holds_alternative<authority::ResetComplete>(change) && admin_ && !is_seen_;
    }
    void look_at(UserRecord const& user) {
        if (core::fold_name(user.name) != kFirstAdmin) return;
        // A new hash may be of the same password: sign-ins upgrade hashes to a higher cost.
        bool const is_another = admin_ && (user.id != admin_ || user.password_hash != hash_);
        if (is_another && !is_initial_password(file_, user.password_hash)) forget();
        admin_ = user.id;
        hash_ = user.password_hash;
        is_seen_ = true;
    }
    void forget() const { ::unlink(file_.c_str()); }

    std::filesystem::path file_;
    std::optional<UserId> admin_;
    std::string hash_;
    bool is_seen_ = false;  ///< Since the last `Reset`.
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
    // The files and commands that provide the value end with a newline, which is not part of the password.
    auto line = text;
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.size() < text.size() && line.ends_with('\r')) line.remove_suffix(1);
    crypto::Secret password{line};
    // Other processes of the same user can read a process's environment as long as the process runs.
    crypto::wipe(std::as_writable_bytes(std::span{value, text.size()}));
    ::unsetenv("WARDER_ADMIN_PASSWORD");
    return password;
}

/// Checks the password from the environment, if there is one.
std::expected<void, std::string> judge_first_password(std::optional<crypto::Secret> const& given) {
    auto const fault = given ? authority::judge_password(given->view()) : std::nullopt;
    if (fault) return std::unexpected{"WARDER_ADMIN_PASSWORD: " + std::string{authority::message(*fault)} + " Nothing was made."};
    return {};
}

/// @param given  the password from the environment, if there is one; ignored if there are users.
/// @param mode  how the store was opened. A store that was required but has no users has lost its content.
std::expected<void, std::string> make_first_admin(Config const& config, Instance& instance, authority::PasswordHasher& hasher,
                                                  std::optional<crypto::Secret> given, store::OpenMode mode) {
    auto& authority = instance.authority();
    auto const users = wait<std::vector<UserRecord>>([&](auto done) { authority.list_users(std::move(done)); });
    if (!users) return std::unexpected{std::string{authority::message(users.error())}};
    if (!users->empty()) {
        if (given) instance.log().info("WARDER_ADMIN_PASSWORD is ignored: there are users already");
        return {};
    }
    if (mode == store::OpenMode::kRequired) return std::unexpected{"store " + config.store_place().file.string() + ": " + store::kStoreIsMissing};

    if (auto usable = judge_first_password(given); !usable) return usable;
    auto const password = given ? std::move(*given) : generate_password(instance.random());
    bool const is_shown = ::isatty(STDOUT_FILENO) == 1;
    // An interrupted first start may have left the file.
    if (given || is_shown) ::unlink(initial_password_file(config).c_str());
    else if (auto written = write_initial_password(config, password); !written) return written;

    auto hash = wait<std::string>([&](auto done) { hasher.hash(password.copy(), {}, std::move(done)); });
    if (!hash) return std::unexpected{"the password could not be hashed: passwords.memory is more than can be had"};
    auto const made = wait<UserRecord>([&](auto done) {
        authority.add_user(runtime::local_caller(),
                           {.name = std::string{kFirstAdmin}, .password_hash = std::move(*hash), .is_admin = true, .ceiling = {}}, std::move(done));
    });
    if (!made) return std::unexpected{std::string{authority::message(made.error())}};

    if (!given && is_shown)
        std::printf("warder: the user \"admin\" was made with the password %.*s\nwarder: it is shown only now\n",
                    static_cast<int>(password.view().size()), password.view().data());
    else if (!given)
        instance.log().info("the password of the first administrator was written to a file",
                            {{"file", std::string_view{initial_password_file(config).native()}}});
    return {};
}

/// Marks the keys as used, so that later starts notice a missing store. A failure is only logged.
void mark_keys(Config const& config, log::Logger& log) {
    auto const marked = runtime::mark_keys_as_used(config.data_dir);
    if (!marked)
        log.warning("keys_not_marked",
                    {{"why", std::string_view{marked.error()}}, {"effect", "a later start would not notice that the store is missing"}});
}

void warn_of_mounted_files(Config const& config, log::Logger& log) {
    for (auto const& file : {config.store_place().file, config.key_file()})
        if (auto const hindrance = files::validate_replaceable(file))
            log.error("file_not_replaceable",
                      {{"why", std::string_view{*hindrance}}, {"effect", "changes are refused, or may be lost when the mount goes"}});
}

/// Blocks the signals that the main thread waits for. Threads that are started later inherit the mask.
sigset_t block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (int const signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGXFSZ, SIG_IGN);  // a write beyond the limit of a file's size fails, and the request with it
    return signals;
}

/// Creates the gateway if there are routes or a listener for them. Without it, unknown paths are answered with 404 anyway.
std::expected<void, std::string> make_gateway(Config const& config, Clock const& clock, std::optional<gateway::Gateway>& gateway) {
    if (config.routes.empty() && !config.server.gateway_listen) return {};
    auto routes = gateway::RouteSet::make(config.routes, clock);
    if (!routes) return std::unexpected{std::move(routes.error())};
    gateway.emplace(std::move(*routes));
    return {};
}

/// Logs problems with credential files. They don't prevent the start: the files may be created or fixed later, and requests succeed from then on.
void warn_of_credentials(log::Logger& log, std::vector<gateway::RouteSettings> const& routes) {
    for (auto const& route : routes)
        for (auto const& fault : gateway::find_upstream_credential_problems(route.credential))
            log.warning("the requests of a route fail for its credential",
                        {{"route", std::string_view{route.prefix}}, {"why", std::string_view{fault}}});
}

/// Returns the new routes; null if the current ones stay in force.
std::shared_ptr<gateway::RouteSet const> make_new_routes(log::Logger& log, gateway::Gateway const* gateway,
                                                         std::vector<gateway::RouteSettings> const& settings, Clock const& clock) {
    if (gateway == nullptr) {
        if (!settings.empty()) log.warning("the first route takes a restart");
        return nullptr;
    }
    auto routes = gateway::RouteSet::make(settings, clock);
    if (!routes) {
        log.error("the new routes can't be used; the old ones stay", {{"why", std::string_view{routes.error()}}});
        return nullptr;
    }
    warn_of_credentials(log, settings);
    return std::move(*routes);
}

/// What a reload changes.
struct Running {
    Instance& instance;
    server::Server& server;
    gateway::Gateway* gateway;
    bool is_tls;
};

/// Reads everything that needs memory before it replaces anything.
void reload_or_throw(Running const& running, std::optional<std::filesystem::path> const& file, Overrides const& overrides) {
    auto& log = running.instance.log();
    auto const config = read_config(file, overrides);
    if (!config) {
        for (auto const& complaint : config.error())
            log.error("the configuration can't be used; the old one stays", {{"why", std::string_view{complaint}}});
        return;
    }
    auto routes = make_new_routes(log, running.gateway, config->routes, running.instance.clock());
    if (config->server.tls.is_wanted() != running.is_tls) log.warning("TLS is begun or ended by a restart alone");
    else if (running.is_tls)
        if (auto const replaced = running.server.replace_identity(config->server.tls); !replaced)
            log.error("the new TLS certificate can't be used; the old one stays", {{"why", std::string_view{replaced.error()}}});
    if (routes) running.gateway->replace(std::move(routes));
    log.set_level(config->log_level);
    log.info("reloaded: the log level, the TLS certificate and the routes; other changes need a restart");
}

void reload(Running const& running, std::optional<std::filesystem::path> const& file, Overrides const& overrides) {
    try {
        reload_or_throw(running, file, overrides);
    } catch (std::exception const&) {
        running.instance.log().error("the configuration can't be read again; the old one stays", {{"why", "the server lacks memory"}});
    }
}

/// Periodic tasks.
class Housekeeping {
  public:
    Housekeeping(Instance& instance, authority::SignInAudit& sign_ins)
        : instance_{&instance}, sign_ins_{&sign_ins}, uses_saved_{instance.clock().steady_now()} {}

    /// Runs each task once. If memory runs out, they run again the next time, and the server continues. @return whether
    /// to call this again immediately.
    bool step() {
        try {
            sign_ins_->write_due();
            save_uses_if_due();
            return keep_house();
        } catch (std::exception const&) {
            instance_->log().warning("expired tokens, changed keys, uses of tokens and sign-ins were not looked at",
                                     {{"why", "the server lacks memory"}});
            return false;
        }
    }

  private:
    void save_uses_if_due() {
        auto const now = instance_->clock().steady_now();
        if (now < uses_saved_ + kUsesSavedEvery) return;
        uses_saved_ = now;
        instance_->save_uses();
    }
    bool keep_house();

    Instance* instance_;
    authority::SignInAudit* sign_ins_;
    std::chrono::steady_clock::time_point uses_saved_;
};

bool Housekeeping::keep_house() {
    auto& instance = *instance_;
    if (auto const read = instance.keeper().read_if_changed(); !read)
        instance.log().error("the keys could not be read again", {{"why", std::string_view{read.error().message}}});
    auto const purged = instance.purge();
    if (!purged) instance.log().warning("expired tokens and old audit events could not be removed", {{"why", authority::message(purged.error())}});
    return purged && purged->tokens + purged->events > 0;
}

/// Waits until all sign-ins so far are written to the audit log, or stay counted because that failed.
void write_sign_ins(authority::SignIn& sign_in) {
    std::promise<void> written;
    auto const is_written = written.get_future();
    // The callback owns the promise, so the wait also ends if the callback is destroyed without a call.
    sign_in.audit().write_all([written = std::move(written)]() mutable { written.set_value(); });
    is_written.wait();
}

/// Stores what so far is only counted in memory.
void save_at_end(authority::SignIn& sign_in, Instance& instance) noexcept {
    try {
        write_sign_ins(sign_in);
        instance.save_uses();
    } catch (std::exception const&) {
        instance.log().error("the last uses of tokens and sign-ins could not be stored", {{"why", "the server lacks memory"}});
    }
}

/// Handles a request on the control socket. @return false if a part of it failed.
bool read_again(authority::SignIn& sign_in, Instance& instance) noexcept {
    try {
        // The command may be about to read the audit log.
        write_sign_ins(sign_in);
        return instance.read_again();
    } catch (std::exception const&) {
        instance.log().error("the keys or the store could not be read again", {{"why", "the server lacks memory"}});
        return false;
    }
}

}  // namespace

std::expected<void, std::string> serve(Config const& config, std::optional<std::filesystem::path> const& config_file, Overrides const& overrides,
                                       bool wants_new_store) {
    auto const signals = block_signals();
    // The addresses may be in use by others, so they are bound before anything is created: a start that fails here leaves no trace.
    auto bound = server::BoundSockets::open(config.server);
    if (!bound) return std::unexpected{bound.error()};
    runtime::SystemClock const clock;
    std::optional<gateway::Gateway> gateway;
    if (auto const made = make_gateway(config, clock, gateway); !made) return made;

    auto first_password = take_password_from_environment();
    std::error_code unclear;
    if (!std::filesystem::exists(config.store_place().file, unclear))
        if (auto usable = judge_first_password(first_password); !usable) return usable;
    auto const lock = runtime::DataDirectoryLock::acquire(config.data_dir);
    if (!lock) return std::unexpected{lock.error()};
    runtime::SystemRandom random;
    auto keys = runtime::load_or_make_keys(config.data_dir, config.store_place(), random, clock, wants_new_store);
    if (!keys) return std::unexpected{keys.error()};

    FirstPasswordWatch watch{initial_password_file(config)};
    auto const opened = Instance::open(config.instance_settings(), std::move(keys->ring), keys->mode);
    if (!opened) return std::unexpected{opened.error()};
    auto& instance = **opened;
    warn_of_mounted_files(config, instance.log());
    for (auto const& variable : ignored_variables(overrides)) instance.log().warning(variable.why, {{"variable", std::string_view{variable.name}}});
    for (auto const& useless : find_useless_settings(config)) instance.log().warning("a setting has no effect", {{"why", std::string_view{useless}}});
    warn_of_credentials(instance.log(), config.routes);
    if (auto const followed = instance.follow(&watch); !followed) return std::unexpected{followed.error() + "; the log says why"};

    instance.authority().bound_audit_log();
    authority::PasswordHasher hasher{config.hashing()};
    authority::SignIn sign_in{
        instance.directory(), hasher, instance.authority(), instance.clock(), instance.random(), [&instance](authority::Error error) {
            instance.log().error("sign-ins can't be written to the audit log; they stay counted", {{"why", authority::message(error)}});
        }};
    authority::Sessions sessions{instance.directory(), instance.clock(), instance.random(), config.sessions};

    auto const knocks = runtime::ControlSocket::open(config.data_dir, [&] { return read_again(sign_in, instance); });
    if (!knocks) return std::unexpected{knocks.error()};
    // A command that found no server until now may have changed what was read at startup, so everything is read again before the first request.
    if (!instance.read_again()) return std::unexpected{"the keys or the store can't be read again; the log says why"};
    // This is the last step that can fail, because it shows a password that is never shown again.
    if (auto made = make_first_admin(config, instance, hasher, std::move(first_password), keys->mode); !made) return made;
    mark_keys(config, instance.log());
    instance.prepare_purge();

    auto settings = config.server;
    settings.has_ui = config.has_ui();
    if (config.ui_enabled && !settings.has_ui)
        instance.log().info("the web UI is off, for upstreams' pages would share its origin: set gateway.listen, or ui.same_origin = true");
    auto server = server::Server::start(settings,
                                        {.authority = instance.authority(),
                                         .sign_in = sign_in,
                                         .sessions = sessions,
                                         .hasher = hasher,
                                         .directory = instance.directory(),
                                         .verifier = instance.verifier(),
                                         .usage = instance.usage(),
                                         .clock = instance.clock(),
                                         .log = instance.log()},
                                        gateway ? &*gateway : nullptr, std::move(*bound));
    for (auto const& url : server->urls()) std::printf("warder: listening on %s\n", url.c_str());
    std::fflush(stdout);

    Housekeeping housekeeping{instance, sign_in.audit()};
    for (auto pause = kAtOnce;;) {
        auto const signal = sigtimedwait(&signals, nullptr, &pause);
        if (signal == SIGTERM || signal == SIGINT) break;
        if (signal == SIGHUP)
            reload({.instance = instance, .server = *server, .gateway = gateway ? &*gateway : nullptr, .is_tls = config.server.tls.is_wanted()},
                   config_file, overrides);
        pause = housekeeping.step() ? kAtOnce : kHousekeepingPeriod;
    }
    server->drain();
    server.reset();  // nothing is counted after this
    save_at_end(sign_in, instance);
    return {};
}

}  // namespace warder::app
