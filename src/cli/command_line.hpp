// SPDX-License-Identifier: MIT
#pragma once

#include "authority/presets.hpp"
#include "cli/output/command_result.hpp"
#include "warder/error.hpp"
#include "warder/token.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace warder {
class Clock;
class Random;
}  // namespace warder
namespace warder::authority {
class Authority;
struct Principal;
struct Propagation;
class PasswordHasher;
class Verifier;
}  // namespace warder::authority

namespace warder::index {
class KeyRingHandle;
}
namespace warder::runtime {
class KeyEncryptionKey;
}

/// The commands. Each file of this room declares the options of its commands next to the functions that run them.
namespace warder::cli {

/// The action that the command line selected, to be run after parsing.
using Action = std::function<CommandResult()>;

/// The options that tell a command where its configuration and store are.
struct LocationOptions {
    std::optional<std::string> config, store, data_dir;
    void declare(CLI::App& command);
    /// Declares all but `--store`, for a command with other options for stores.
    void declare_without_store(CLI::App& command);
};

/// The options that all commands on a store have.
struct StoreOptions {
    LocationOptions location;
    bool is_json = false;  ///< Print the JSON object that the HTTP API would return.
};

/// What a command on a store works with.
struct CommandContext {
    authority::Authority& authority;
    authority::PasswordHasher& hasher;
    Clock const& clock;
    Random& random;
    authority::Principal const& principal;  ///< The account that runs the command.
    bool is_json = false;
    std::filesystem::path data_dir{}, key_file{}, initial_password_file{};
    runtime::KeyEncryptionKey const* key_encryption_key = nullptr;  ///< Null if the signing keys are in the key file.
    index::KeyRingHandle const* shared_keys = nullptr;              ///< The keys of the store; null under the same condition.
    authority::Presets const* presets = nullptr;                    ///< Those of the configuration.
    std::function<authority::Verifier const*()> load_verifier{};    ///< Loads the tokens; returns null if the store can't be read.
    /// Waits until every node has applied what the command changed: the servers that share the store, or the one that uses it.
    std::function<std::expected<authority::Propagation, CommandError>()> await_nodes{};
};

/// Whether a command changes something that a running server must learn of.
enum class Effect : std::uint8_t { kNone, kChanges };

/// Opens the store, runs the command, and notifies a running server if something changed.
using RunOnStore = std::function<CommandResult(StoreOptions const&, Effect, std::function<CommandResult(CommandContext const&)> const&)>;

/// A declared command, and the variables that its options are stored in, which live as long as it.
template <class Options>
struct Declared {
    CLI::App& command;
    Options& options;
};

struct NoOptions {};

/// The program's command line, or one group of its commands. Parsing sets the action to that of the command that is used.
class CommandLine {
  public:
    CommandLine(CLI::App& commands, Action& chosen, RunOnStore run_on_store)
        : commands_{&commands}, chosen_{&chosen}, run_on_store_{std::move(run_on_store)} {}

    [[nodiscard]] CommandLine group(std::string const& name, std::string const& help) const {
        return {*commands_->add_subcommand(name, help)->require_subcommand(1), *chosen_, run_on_store_};
    }

    /// Declares a command. It gets its options as they are when it runs.
    template <class Options>
    Declared<Options> add(std::string const& name, std::string const& help, CommandResult (*run)(Options const&)) const {
        auto const options = std::make_shared<Options>();
        return {declare(name, help, [options, run] { return run(*options); }), *options};
    }

    /// Declares a command on a store, with the options that all of them have.
    template <class Options>
    Declared<Options> add_on_store(std::string const& name, std::string const& help, Effect effect,
                                   CommandResult (*run)(CommandContext const&, Options const&)) const {
        auto const options = std::make_shared<std::pair<StoreOptions, Options>>();
        auto& command = declare(name, help, [options, run, effect, run_on_store = run_on_store_] {
            return run_on_store(options->first, effect, [&](CommandContext const& context) { return run(context, options->second); });
        });
        options->first.location.declare(command);
        command.add_flag("--json", options->first.is_json, "print JSON: the response of the HTTP API, where there is one");
        return {command, options->second};
    }

  private:
    [[nodiscard]] CLI::App& declare(std::string const& name, std::string const& help, Action action) const {
        auto& command = *commands_->add_subcommand(name, help);
        command.callback([chosen = chosen_, action = std::move(action)] { *chosen = action; });
        return command;
    }

    CLI::App* commands_;
    Action* chosen_;
    RunOnStore run_on_store_;
};

/// Declares an option that accepts an empty text as its value. CLI11 alone would treat it as missing.
/// @param name    the option and what its value is called: "--config FILE". Completions offer files for FILE, and
///                directories for DIR.
/// @param target  a `std::string`, or an optional one.
template <class Text>
CLI::Option* add_text(CLI::App& command, std::string const& name, Text& target, std::string const& help) {
    auto const space = std::min(name.find(' '), name.size());
    auto* const option =
        command.add_option_function<std::string>(name.substr(0, space), [&target](std::string const& value) { target = value; }, help);
    return space < name.size() ? option->type_name(name.substr(space + 1)) : option;
}

/// Grants as they were typed. Empty means unscoped.
using GrantTexts = std::vector<std::string>;

/// Parses the id of a token. An invalid one is an unknown one.
[[nodiscard]] authority::Result<TokenId> read_id(std::string const& text);

/// Declares `--endpoint`, which takes one grant each time it is given.
CLI::Option* add_endpoints(CLI::App& command, GrantTexts& target, std::string const& help);

void declare_user_commands(CommandLine const& program);
void declare_token_commands(CommandLine const& program);
void declare_revoke_command(CommandLine const& tokens);
void declare_verify_command(CommandLine const& tokens);
void declare_key_commands(CommandLine const& program);
void declare_import_command(CommandLine const& program);
void declare_audit_command(CommandLine const& program);
void declare_duration_command(CommandLine const& program);
void declare_grant_command(CommandLine const& program);

}  // namespace warder::cli
