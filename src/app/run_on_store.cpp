// SPDX-License-Identifier: MIT
#include "app/run_on_store.hpp"

#include "app/initial_password.hpp"
#include "app/location_options.hpp"
#include "cli/terminal.hpp"
#include "runtime/control_socket.hpp"
#include "runtime/instance.hpp"
#include "runtime/key_file.hpp"
#include "runtime/local_principal.hpp"

#include <optional>
#include <utility>

namespace warder::app {
namespace {

/// Notifies a running server. The change is stored even if that fails, but then the user must know that it may not be
/// in force yet.
void notify(std::filesystem::path const& data_dir) {
    switch (runtime::notify_server(data_dir)) {
        case runtime::NotifyResult::kNobody:
        case runtime::NotifyResult::kReloaded:
            return;
        case runtime::NotifyResult::kFailed:
            cli::print_error("warning: the change is stored, but the running server failed to reload; see its log");
            return;
        case runtime::NotifyResult::kNoAnswer:
            cli::print_error("warning: the change is stored, but the running server did not confirm the reload within 2 seconds");
            return;
    }
}

}  // namespace

int run_on_store(cli::StoreOptions const& options, cli::Effect effect, std::function<int(cli::CommandContext const&)> const& command) {
    auto const config = read_or_print_error(source_of(options.location));
    if (!config) return cli::kFailure;
    auto ring = runtime::load_key_ring(config->key_file());
    if (!ring) return cli::print_error(ring.error().message);
    auto settings = config->instance_settings();
    // A command prints one line about a failure; the store's log line would be a second one.
    settings.log_level = log::Level::kNone;
    std::optional<cli::SignalsForMainThread> while_threads_start{std::in_place};
    auto const opened = runtime::Instance::open(settings, std::move(*ring), store::OpenMode::kExisting);
    if (!opened) return cli::print_error(opened.error());
    auto& instance = **opened;
    authority::PasswordHasher hasher{config->hashing(instance.store_capabilities())};
    while_threads_start.reset();
    auto const principal = runtime::local_principal();
    auto const status = command({.authority = instance.authority(),
                                 .hasher = hasher,
                                 .clock = instance.clock(),
                                 .random = instance.random(),
                                 .principal = principal,
                                 .is_json = options.is_json,
                                 .data_dir = config->data_dir,
                                 .key_file = config->key_file(),
                                 .initial_password_file = initial_password_file(*config),
                                 .load_verifier = [&instance] { return instance.follow() ? &instance.verifier() : nullptr; }});
    if (effect == cli::Effect::kNone) return status;
    if (status == cli::kSuccess) notify(config->data_dir);
    // A command that failed may have changed something: tokens are deleted before their key is retired.
    if (status == cli::kFailure) static_cast<void>(runtime::notify_server(config->data_dir));
    return status;
}

}  // namespace warder::app
