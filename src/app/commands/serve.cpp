// SPDX-License-Identifier: MIT
#include "app/commands/serve.hpp"

#include "app/commands/first_admin.hpp"
#include "app/commands/initial_password.hpp"
#include "app/commands/reload.hpp"
#include "app/config/useless_settings.hpp"
#include "app/location_options.hpp"
#include "auth/denial_log.hpp"
#include "authority/sign_in/sessions.hpp"
#include "authority/sign_in/sign_in.hpp"
#include "authority/sign_in/sign_in_audit.hpp"
#include "cli/output/terminal.hpp"
#include "core/try.hpp"
#include "files/replaceable.hpp"
#include "gateway/gateway.hpp"
#include "gateway/upstream/route_set.hpp"
#include "runtime/control_socket.hpp"
#include "runtime/data_directory.hpp"
#include "runtime/instance.hpp"
#include "runtime/open_store.hpp"
#include "runtime/service_notifier.hpp"
#include "runtime/system_ports.hpp"
#include "server/unavailable_responder.hpp"
#include "store/common/host_name.hpp"

#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <pthread.h>
#include <signal.h>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace warder::app {
namespace {

using runtime::Instance;

constexpr timespec kHousekeepingPeriod{.tv_sec = 5, .tv_nsec = 0};
constexpr timespec kAtOnce{};
constexpr std::chrono::seconds kUsesSavedEvery{15};  // the uses that a crash may lose

/// Marks the keys as used, so that later starts notice a missing store. A failure is only logged.
void mark_keys(Config const& config, log::Logger& log) {
    auto const marked = runtime::mark_keys_as_used(config.data_dir);
    if (!marked)
        log.warning("keys_not_marked", {{"why", std::string_view{marked.error()}}, {"effect", "a later start would not notice a missing store"}});
}

void warn_of_mounted_files(Config const& config, log::Logger& log) {
    auto const url = config.store_url();
    if (runtime::store_capabilities(url).keeps_keys) return;
    auto const keys = config.key_file();
    for (auto const* const file : {store::file_of(url), &keys}) {
        if (file == nullptr) continue;
        if (auto const valid = files::validate_replaceable(*file); !valid)
            log.error("file_not_replaceable",
                      {{"why", std::string_view{valid.error()}}, {"effect", "changes are refused, or may be lost when it is unmounted"}});
    }
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
    WARDER_TRY(auto routes, gateway::RouteSet::make(config.routes, clock));
    gateway.emplace(std::move(routes));
    return {};
}

/// Periodic tasks.
class Housekeeping {
  public:
    Housekeeping(Instance& instance, authority::SignInAudit& sign_ins, authority::Sessions& sessions)
        : instance_{&instance}, sign_ins_{&sign_ins}, sessions_{&sessions}, uses_saved_{instance.clock().steady_now()} {}

    /// Runs each task once. If memory runs out, they run again the next time, and the server continues. @return whether
    /// to call this again immediately.
    bool step() {
        try {
            sign_ins_->write_due();
            sessions_->save_uses(false, [](auto const&) {});
            save_uses_if_due();
            return keep_house();
        } catch (std::exception const&) {
            instance_->log().warning("housekeeping_skipped", {{"why", kNoMemory}, {"effect", "it is tried again"}});
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
    authority::Sessions* sessions_;
    std::chrono::steady_clock::time_point uses_saved_;
};

bool Housekeeping::keep_house() {
    auto& instance = *instance_;
    if (auto const read = instance.reload_keys_if_changed(); !read)
        instance.log().error("keys_not_reloaded", {{"why", std::string_view{read.error()}}, {"effect", kOldOnesStay}});
    auto const purged = instance.purge();
    if (!purged) instance.log().warning("purge_failed", {{"why", authority::message(purged.error())}, {"effect", "it is tried again"}});
    return purged && purged->tokens + purged->events + purged->sessions > 0;
}

/// Reloads at each SIGHUP and does the periodic tasks, until SIGTERM or SIGINT.
void run_until_signal(sigset_t const& signals, runtime::ServiceNotifier& service, Housekeeping& housekeeping, std::function<void()> const& reload) {
    for (auto pause = kAtOnce;;) {
        auto const signal = sigtimedwait(&signals, nullptr, &pause);
        if (signal == SIGTERM || signal == SIGINT) return;
        if (signal == SIGHUP) {
            service.notify_reloading();
            reload();
            service.notify_ready();
        }
        pause = housekeeping.step() ? kAtOnce : kHousekeepingPeriod;
    }
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
void save_at_end(authority::SignIn& sign_in, authority::Sessions& sessions, Instance& instance) noexcept {
    try {
        write_sign_ins(sign_in);
        sessions.save_uses(true, [](auto const&) {});  // the store has it before the uses below
        instance.save_uses();
    } catch (std::exception const&) {
        instance.log().error("uses_not_stored", {{"why", kNoMemory}, {"effect", "the last uses of tokens and sign-ins are lost"}});
    }
}

/// Handles a request on the control socket. @return false if a part of it failed.
bool reload(authority::SignIn& sign_in, Instance& instance) noexcept {
    try {
        // The command may be about to read the audit log.
        write_sign_ins(sign_in);
        return instance.reload();
    } catch (std::exception const&) {
        instance.log().error("store_not_reloaded", {{"why", kNoMemory}, {"effect", kOldOnesStay}});
        return false;
    }
}

void announce(std::vector<std::string> const& urls) {
    for (auto const& url : urls) std::printf("warder: listening on %s\n", url.c_str());
    std::fflush(stdout);
}

struct OpenedInstance {
    std::unique_ptr<Instance> instance;  ///< Null after SIGTERM or SIGINT.
    store::OpenMode mode = store::OpenMode::kCreate;
    bool is_announced = false;  ///< Whether the addresses are printed.
};

/// Opens a store that several nodes share. While it can't be reached, requests are answered with 503.
std::expected<OpenedInstance, std::string> open_shared_instance(runtime::Settings settings, server::BoundSockets const& sockets,
                                                                sigset_t const& signals) {
    constexpr timespec kPause{.tv_sec = 1, .tv_nsec = 0};
    settings.cluster.node = store::node_name(sockets.sockets.front().authority);
    std::optional<server::UnavailableResponder> responder;
    for (;;) {
        auto instance = Instance::open_shared(settings, store::OpenMode::kCreate);
        if (instance) return OpenedInstance{.instance = std::move(*instance), .is_announced = responder.has_value()};
        if (!instance.error().is_away) return std::unexpected{std::move(instance.error().message)};
        if (!responder) {
            log::Logger{settings.log_level, settings.log_format}.error(
                "waiting_for_store", {{"why", std::string_view{instance.error().message}}, {"effect", "requests get 503 until it can be reached"}});
            responder.emplace(sockets);
            announce(sockets.urls());
        }
        if (auto const signal = sigtimedwait(&signals, nullptr, &kPause); signal == SIGTERM || signal == SIGINT) return OpenedInstance{};
    }
}

/// Opens the store and the keys, which are made if this is the first start.
std::expected<OpenedInstance, std::string> open_instance(Config const& config, Clock const& clock, bool wants_new_store,
                                                         server::BoundSockets const& sockets, sigset_t const& signals) {
    auto const settings = config.instance_settings();
    if (runtime::store_capabilities(settings.store).keeps_keys) return open_shared_instance(settings, sockets, signals);
    runtime::SystemRandom random;
    WARDER_TRY(auto keys, runtime::load_or_make_keys(config.data_dir, settings.store, random, clock, wants_new_store));
    WARDER_TRY(auto instance, Instance::open(settings, std::move(keys.ring), keys.mode));
    return OpenedInstance{.instance = std::move(instance), .mode = keys.mode};
}

/// Runs the server until SIGTERM or SIGINT.
/// @param config_file, overrides  read again on SIGHUP. A reload applies the log level, the TLS certificate, the
/// routes and the presets.
/// @param wants_new_store  creates the store if there is none, even if the keys have been used with one.
/// @return on failure, one sentence that says why the server could not start.
std::expected<void, std::string> serve(Config const& config, std::optional<std::filesystem::path> const& config_file, Overrides const& overrides,
                                       bool wants_new_store) {
    auto const signals = block_signals();
    // The addresses may be in use by others, so they are bound before anything is created: a start that fails here leaves no trace.
    WARDER_TRY(auto bound, server::BoundSockets::open(config.server));
    runtime::SystemClock const clock;
    std::optional<gateway::Gateway> gateway;
    WARDER_TRY_VOID(make_gateway(config, clock, gateway));

    auto first_password = take_password_from_environment();
    auto const store = config.store_url();
    std::error_code unclear;
    if (auto const* const file = store::file_of(store); file != nullptr && !std::filesystem::exists(*file, unclear))
        WARDER_TRY_VOID(validate_first_password(first_password));
    WARDER_TRY(auto const lock, runtime::DataDirectoryLock::acquire(config.data_dir));

    FirstPasswordWatch watch{initial_password_file(config)};
    authority::SessionTable session_table{clock, config.sessions};  // outlives the store, which reports to both
    WARDER_TRY(auto const opened, open_instance(config, clock, wants_new_store, bound, signals));
    if (!opened.instance) return {};
    auto& instance = *opened.instance;
    warn_of_mounted_files(config, instance.log());
    for (auto const& variable : ignored_variables(overrides))
        instance.log().warning("setting_ignored", {{"variable", std::string_view{variable.name}}, {"why", std::string_view{variable.why}}});
    for (auto const& useless : find_useless_settings(config)) instance.log().warning("setting_without_effect", {{"why", std::string_view{useless}}});
    warn_of_credentials(instance.log(), config.routes);
    bool const shares_sessions = instance.store_capabilities().keeps_sessions;
    std::vector<authority::ChangeListener*> listeners{&watch};
    if (shares_sessions) listeners.push_back(&session_table);
    if (auto const followed = instance.follow(std::move(listeners)); !followed) return std::unexpected{followed.error() + "; see the log"};

    instance.authority().bound_audit_log();
    authority::PasswordHasher hasher{config.hashing(instance.store_capabilities())};
    authority::SignIn sign_in{
        instance.directory(), hasher, instance.authority(), instance.clock(), instance.random(), [&instance](authority::Error error) {
            instance.log().error("sign_ins_not_audited",
                                 {{"why", authority::message(error)}, {"effect", "they stay counted in memory until they are written"}});
        }};
    authority::Sessions sessions{session_table, instance.directory(), instance.random(), shares_sessions ? &instance.store() : nullptr};

    WARDER_TRY(auto const notifications, runtime::ControlSocket::open(config.data_dir, [&] { return reload(sign_in, instance); }));
    // A command that found no server until now may have changed what was read at startup, so everything is read again before the first request.
    if (!instance.reload()) return std::unexpected{"the keys or the store can't be read again; see the log"};
    // This is the last step that can fail, because it shows a password that is never shown again.
    WARDER_TRY_VOID(make_first_admin(config, instance, hasher, std::move(first_password), opened.mode));
    if (instance.key_encryption_key() == nullptr) mark_keys(config, instance.log());
    instance.prepare_purge();

    auto settings = config.server;
    settings.has_ui = config.has_ui();
    if (config.ui_enabled && !settings.has_ui)
        instance.log().info("ui_disabled", {{"why", "pages of upstreams would share its origin; set gateway.listen, or ui.same_origin = true"}});
    authority::PresetCatalog presets{config.presets};
    auth::DenialLog denials{instance.log(), config.log_addresses};
    auto server = server::Server::start(settings,
                                        {.authority = instance.authority(),
                                         .sign_in = sign_in,
                                         .sessions = sessions,
                                         .hasher = hasher,
                                         .directory = instance.directory(),
                                         .verifier = instance.verifier(),
                                         .usage = instance.usage(),
                                         .clock = instance.clock(),
                                         .log = instance.log(),
                                         .denials = denials,
                                         .presets = presets,
                                         .tokens = &instance.tokens(),
                                         .info = {.version = WARDER_VERSION,
                                                  .revision = WARDER_REVISION,
                                                  .store = std::string_view{config.store}.substr(0, config.store.find(':')),
                                                  .started_at = clock.now()}},
                                        gateway ? &*gateway : nullptr, std::move(bound));
    if (!opened.is_announced) announce(server->urls());
    auto const expected_by_service = runtime::service_settings_from_environment();
    runtime::ServiceNotifier service{expected_by_service, instance.log()};
    service.notify_ready();
    std::optional<runtime::Watchdog> watchdog;
    if (expected_by_service.watchdog) watchdog.emplace(service, *expected_by_service.watchdog, [&server] { return server->responded_at(); });

    Housekeeping housekeeping{instance, sign_in.audit(), sessions};
    run_until_signal(signals, service, housekeeping, [&] {
        reload_configuration({.instance = instance,
                              .server = *server,
                              .gateway = gateway ? &*gateway : nullptr,
                              .presets = presets,
                              .is_tls = config.server.tls.is_wanted()},
                             config_file, overrides);
    });
    service.notify_stopping();
    instance.end_waits();  // requests that wait for other nodes would hold up the end
    server->drain();
    instance.end_reads();  // the server ends after its last request; reads could wait for locks one after another
    watchdog.reset();
    server.reset();  // nothing is counted after this
    save_at_end(sign_in, sessions, instance);
    return {};
}

struct ServeOptions {
    cli::LocationOptions location;
    std::optional<std::string> listen;
    bool wants_new_store = false;
};

cli::CommandResult run_serve(ServeOptions const& options) {
    auto source = source_of(options.location);
    if (options.listen) source.overrides.flags["listen"] = *options.listen;
    WARDER_TRY(auto const config, load_config(source));
    return serve(config, source.file, source.overrides, options.wants_new_store);
}

}  // namespace

void declare_serve(cli::CommandLine const& program) {
    auto const [serve, options] = program.add("serve", "run the server", &run_serve);
    options.location.declare(serve);
    serve.add_option("--listen", options.listen, "address and port (default: 127.0.0.1:8441); port 0 picks a free port")->type_name("ADDRESS");
    serve.add_flag("--new-store", options.wants_new_store, "create an empty store even though the signing keys have been used with another one");
}

}  // namespace warder::app
