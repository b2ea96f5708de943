// SPDX-License-Identifier: MIT
#include "app/run_on_store.hpp"

#include "api/views.hpp"
#include "app/commands/initial_password.hpp"
#include "app/location_options.hpp"
#include "authority/wait.hpp"
#include "cli/output/terminal.hpp"
#include "core/try.hpp"
#include "runtime/control_socket.hpp"
#include "runtime/data_directory.hpp"
#include "runtime/instance.hpp"
#include "runtime/keys/key_file.hpp"
#include "runtime/local_principal.hpp"
#include "runtime/open_store.hpp"
#include "warder/ports.hpp"
#include "warder/store.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace warder::app {
namespace {

/// Notifies a running server. The change is stored even if that fails, but then the user must know that it may not be
/// in force yet.
void notify(std::filesystem::path const& data_dir, cli::ErrorFormat format) {
    switch (runtime::notify_server(data_dir)) {
        case runtime::NotifyResult::kNoServer:
        case runtime::NotifyResult::kReloaded:
            return;
        case runtime::NotifyResult::kFailed:
            cli::warn("the change is stored, but the running server failed to reload; see its log", format);
            return;
        case runtime::NotifyResult::kNoAnswer:
            cli::warn("the change is stored, but the running server did not confirm the reload within 2 seconds", format);
            return;
    }
}

/// Waits until every node has applied a change. A store that several nodes share knows them; of any other one, the only node
/// is the server that the control socket belongs to.
std::expected<authority::Propagation, cli::CommandError> await_nodes(runtime::Instance& instance, std::filesystem::path const& data_dir) {
    auto const began = instance.clock().steady_now();
    WARDER_TRY(auto propagation, authority::wait<authority::Propagation>(
                                     [&](auto done) { instance.authority().await_propagation(api::kLongestPropagation, std::move(done)); }));
    if (instance.store_capabilities().keeps_keys) {
        // Having loaded the tokens, this process is a node too: the only one whose time is 0.
        std::erase_if(propagation.applied, [](auto const& node) { return node.after.count() == 0; });
        return propagation;
    }
    switch (runtime::notify_server(data_dir)) {
        case runtime::NotifyResult::kNoServer:
            // A server whose socket was removed would notice the change a moment later.
            if (!runtime::DataDirectoryLock::acquire(data_dir))
                return cli::failure("the change is stored, but the server that uses the data directory can't be asked: its control socket is missing",
                                    cli::kUnconfirmed);
            propagation.applied.clear();
            return propagation;
        case runtime::NotifyResult::kReloaded:
            for (auto& node : propagation.applied) node.after = std::chrono::ceil<std::chrono::milliseconds>(instance.clock().steady_now() - began);
            return propagation;
        case runtime::NotifyResult::kFailed:
            return cli::failure("the change is stored, but the running server failed to reload; see its log", cli::kUnconfirmed);
        case runtime::NotifyResult::kNoAnswer:
            break;
    }
    return cli::failure("the change is stored, but the running server did not confirm the reload within 2 seconds", cli::kUnconfirmed);
}

std::expected<std::unique_ptr<runtime::Instance>, std::string> open(Config const& config, runtime::Settings const& settings) {
    if (runtime::store_capabilities(settings.store).keeps_keys) {
        auto instance = runtime::Instance::open_shared(settings, store::OpenMode::kExisting);
        if (!instance) return std::unexpected{std::move(instance.error().message)};
        return std::move(*instance);
    }
    WARDER_TRY(auto ring, runtime::load_key_ring(config.key_file()));
    return runtime::Instance::open(settings, std::move(ring), store::OpenMode::kExisting);
}

}  // namespace

cli::CommandResult run_on_store(cli::StoreOptions const& options, cli::Effect effect,
                                std::function<cli::CommandResult(cli::CommandContext const&)> const& command) {
    WARDER_TRY(auto const config, load_config(source_of(options.location)));
    auto settings = config.instance_settings();
    // A command prints one line about a failure; the store's log line would be a second one.
    settings.log_level = log::Level::kNone;
    std::optional<cli::SignalsForMainThread> while_threads_start{std::in_place};
    WARDER_TRY(auto const opened, open(config, settings));
    auto& instance = *opened;
    authority::PasswordHasher hasher{config.hashing(instance.store_capabilities())};
    while_threads_start.reset();
    auto const principal = runtime::local_principal();
    auto const result = command({.authority = instance.authority(),
                                 .hasher = hasher,
                                 .clock = instance.clock(),
                                 .random = instance.random(),
                                 .principal = principal,
                                 .is_json = options.is_json,
                                 .data_dir = config.data_dir,
                                 .key_file = config.key_file(),
                                 .initial_password_file = initial_password_file(config),
                                 .key_encryption_key = instance.key_encryption_key(),
                                 .shared_keys = &instance.keys(),
                                 .presets = &config.presets,
                                 .load_verifier = [&instance] { return instance.follow() ? &instance.verifier() : nullptr; },
                                 .await_nodes = [&] { return await_nodes(instance, config.data_dir); }});
    if (effect == cli::Effect::kNone) return result;
    if (result) notify(config.data_dir, cli::error_format(options.is_json));
    // A command that failed may have changed something: tokens are deleted before their key is retired.
    else if (result.error().exit_code == cli::kFailure) static_cast<void>(runtime::notify_server(config.data_dir));
    return result;
}

}  // namespace warder::app
