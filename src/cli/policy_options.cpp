// SPDX-License-Identifier: MIT
#include "cli/policy_options.hpp"

#include "cli/grants.hpp"
#include "core/network_message.hpp"
#include "core/rate_limit_message.hpp"
#include "core/try.hpp"

#include <utility>

namespace warder::cli {
namespace {

/// A limit with two options: one that sets it, and one that removes it. A new limit is declared in `limit_options` alone.
struct LimitOption {
    std::string name;
    std::string value;  ///< What the value of the option is called.
    bool is_list;       ///< Whether the option may be repeated.
    std::string help;   ///< For a new token.
    std::string edit_help;
    std::string removal;  ///< The name of the option that removes the limit.
    std::string removal_help;
    /// Reads the limit that is set.
    std::expected<void, CommandError> (*read)(GivenLimit const& given, PolicyEdit& edit);
    /// Lifts the limit.
    void (*remove)(PolicyEdit& edit);
    std::string label;  ///< Of its row in a table.
    /// Returns the lines of that row; none if the token lacks the limit.
    std::vector<std::string> (*show)(TokenPolicy const& policy);
};

std::expected<void, CommandError> read_networks(GivenLimit const& given, PolicyEdit& edit) {
    auto networks = NetworkList::parse(given.texts);
    if (!networks) return failure(core::message(networks.error(), given.texts, quote), "bad_network");
    edit.allowed_from = std::move(*networks);
    return {};
}

std::vector<std::string> networks_of(TokenPolicy const& policy) {
    std::vector<std::string> texts;
    if (policy.allowed_from == nullptr) return texts;
    for (auto const& network : policy.allowed_from->networks()) texts.push_back(network_text(network));
    return texts;
}

/// Reads a limit that is a text.
/// @tparam parse  returns nullopt for an invalid text. @tparam message  says what is wrong with that, which it gets in quotes.
template <auto limit, auto parse, auto message>
std::expected<void, CommandError> read_limit(GivenLimit const& given, PolicyEdit& edit, std::string_view error) {
    auto const value = parse(*given.text);
    if (!value) return failure(message(quote(*given.text)), error);
    (edit.*limit).emplace(*value);
    return {};
}

std::vector<LimitOption> const& limit_options() {
    static std::vector<LimitOption> const options{
        {.name = "--allow-from",
         .value = "NETWORK",
         .is_list = true,
         .help = "address or network that clients may use the token from, e.g. 10.0.0.0/8; may be repeated (default: anywhere)",
         .edit_help = "new address or network that clients may use the token from, which replaces all of them; may be repeated",
         .removal = "--anywhere",
         .removal_help = "remove these addresses, so that the token may be used from anywhere",
         .read = &read_networks,
         .remove = [](PolicyEdit& edit) { edit.allowed_from.emplace(); },
         .label = "Allowed from",
         .show = &networks_of},
        {.name = "--rate",
         .value = "RATE",
         .is_list = false,
         .help = "how many requests may be made with the token on each node, e.g. 100/minute (default: any number)",
         .edit_help = "new limit of requests with the token, e.g. 100/minute",
         .removal = "--no-rate",
         .removal_help = "remove this limit",
         .read =
             [](GivenLimit const& given, PolicyEdit& edit) {
                 return read_limit<&PolicyEdit::rate_limit, &RateLimit::parse, &core::invalid_rate_limit>(given, edit, "bad_rate");
             },
         .remove = [](PolicyEdit& edit) { edit.rate_limit.emplace(); },
         .label = "Rate limit",
         .show = [](TokenPolicy const& policy) { return policy.rate_limit ? std::vector{policy.rate_limit->text()} : std::vector<std::string>{}; }},
    };
    return options;
}

std::vector<std::string> grants_of(Grants const& grants) {
    if (grants == nullptr) return {"full access (everything its user may do)"};
    std::vector<std::string> texts;
    for (auto const& grant : grants->grants()) texts.emplace_back(grant.text());
    return texts;
}

CLI::Option* declare_limit(CLI::App& command, LimitOption const& option, GivenLimit& given, std::string const& help) {
    if (!option.is_list) return add_text(command, option.name + " " + option.value, given.text, help);
    return command.add_option(option.name, given.texts, help)->type_name(option.value)->allow_extra_args(false);
}

/// Reads the limits that are set or removed.
std::expected<void, CommandError> read_limits(GivenLimits const& limits, PolicyEdit& edit) {
    auto option = limit_options().begin();
    for (auto const& given : limits) {
        if (given.is_removed) option->remove(edit);
        else if (given.text || !given.texts.empty()) WARDER_TRY_VOID(option->read(given, edit));
        ++option;
    }
    return {};
}

}  // namespace

void NewPolicyOptions::declare(CLI::App& command) {
    add_endpoints(command, endpoints, "grant, e.g. \"GET /v1alpha/wallets/*/psbt\"; may be repeated (default: everything that the user may do)");
    command.add_option("--preset", presets, "preset whose grants to add; may be repeated")->type_name("NAME")->allow_extra_args(false);
    for (auto const& option : limit_options()) declare_limit(command, option, limits.emplace_back(), option.help);
}

std::expected<TokenPolicy, CommandError> NewPolicyOptions::read(authority::Presets const* known_presets) const {
    PolicyEdit edit;
    WARDER_TRY(edit.endpoints, read_grants(endpoints, presets, known_presets));
    WARDER_TRY_VOID(read_limits(limits, edit));
    return edit.applied_to({});
}

void PolicyEditOptions::declare(CLI::App& command) {
    auto* const endpoint = add_endpoints(command, endpoints, "new grant, which replaces all grants of the token; may be repeated");
    command.add_flag("--unlimited", lifts_limit, "remove the token's grants, so that it may do everything that its user may")->excludes(endpoint);
    for (auto const& option : limit_options()) {
        auto& given = limits.emplace_back();
        auto* const setting = declare_limit(command, option, given, option.edit_help);
        command.add_flag(option.removal, given.is_removed, option.removal_help)->excludes(setting);
    }
    auto* const disable = command.add_flag("--disable", disables, "pause the token: it is not accepted until it is enabled");
    command.add_flag("--enable", enables, "accept the token again")->excludes(disable);
}

std::expected<PolicyEdit, CommandError> PolicyEditOptions::read() const {
    PolicyEdit edit;
    if (lifts_limit || !endpoints.empty()) {
        WARDER_TRY(edit.endpoints, read_grants(endpoints));
    }
    WARDER_TRY_VOID(read_limits(limits, edit));
    if (enables || disables) edit.is_enabled = enables;
    return edit;
}

std::string PolicyEditOptions::names() {
    std::string names = "--endpoint, --unlimited, ";
    for (auto const& option : limit_options()) names.append(option.name).append(", ").append(option.removal).append(", ");
    return names += "--enable or --disable";
}

void add_policy(Table& table, TokenPolicy const& policy) {
    table.add_property("Access", grants_of(policy.endpoints));
    for (auto const& option : limit_options())
        if (auto const lines = option.show(policy); !lines.empty()) table.add_property(option.label, lines);
}

}  // namespace warder::cli
