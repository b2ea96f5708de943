// SPDX-License-Identifier: MIT
#include "app/config/config.hpp"
#include "demand.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace warder::fuzz {
namespace {

using namespace std::chrono_literals;

/// A file that exists only in memory. Its path never changes.
class MemoryFile {
  public:
    MemoryFile() : descriptor_{::memfd_create("config", MFD_CLOEXEC)}, path_{"/proc/self/fd/" + std::to_string(descriptor_)} {
        demand(descriptor_ >= 0, "there is a file in memory");
    }
    MemoryFile(MemoryFile const&) = delete;
    MemoryFile& operator=(MemoryFile const&) = delete;
    ~MemoryFile() { ::close(descriptor_); }

    std::filesystem::path const& holding(std::string_view text) const {
        demand(::ftruncate(descriptor_, 0) == 0, "the file is emptied");
        demand(::pwrite(descriptor_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()), "the file is written");
        return path_;
    }

  private:
    int descriptor_;
    std::filesystem::path path_;
};

void check_routes(std::vector<gateway::RouteSettings> const& routes) {
    std::set<std::string> prefixes;
    for (auto const& route : routes) {
        demand(route.prefix.starts_with('/') && (route.prefix == "/" || !route.prefix.ends_with('/')), "a prefix is whole segments");
        demand(prefixes.insert(route.prefix).second, "a prefix is one route's");
        demand(!route.upstream.host.empty() && route.upstream.port != 0, "a route leads somewhere");
        auto const kind = route.credential.kind;
        bool const has_file = kind != gateway::UpstreamCredentialSource::Kind::kNone && kind != gateway::UpstreamCredentialSource::Kind::kPass;
        demand(has_file != route.credential.file.empty(), "a credential has a file if its kind has");
        demand((kind == gateway::UpstreamCredentialSource::Kind::kHeaderFile) != route.credential.header_name.empty(), "a header has a name");
        for (auto const time : {route.connect_timeout, route.response_timeout, route.idle_timeout})
            demand(time >= 100ms && time <= 24h, "a route's times are within their bounds");
        demand(!route.body_limit || (*route.body_limit >= 1024 && *route.body_limit <= std::uint64_t{1} << 40U),
               "a body's limit is within its bounds");
        demand(route.ca_file.empty() || route.upstream.is_tls, "certificates are for TLS");
    }
}

void check_bounds(app::Config const& config) {
    auto const& server = config.server;
    demand(server.threads <= 256 && server.max_connections >= 1 && server.max_connections <= 1'000'000, "counts are within their bounds");
    for (auto const time : {server.header_timeout, server.idle_timeout, server.drain_timeout})
        demand(time >= 100ms && time <= 24h, "times are within their bounds");
    for (auto const lifetime : {config.tokens.max_lifetime, config.tokens.keep_expired})
        demand(lifetime >= Seconds{1} && lifetime <= Seconds{100.0 * 365 * 86'400}, "lives are within their bounds");
    for (auto const limit : {config.sessions.idle, config.sessions.absolute}) demand(limit >= 1s && limit <= 24h * 365 * 100, "sessions end");
    demand(config.tokens.max_per_user >= 1, "a user may have a token");
    demand(config.passwords.cost.memory_bytes >= 8192 && config.passwords.cost.memory_bytes <= std::size_t{4} << 30U, "memory is within its bounds");
    demand(config.passwords.workers >= 1 && config.passwords.queue >= 1 && config.passwords.cost.passes >= 1, "passwords can be hashed");
    for (auto const& address : {server.listen, server.gateway_listen.value_or(server.listen)})
        demand(config.allow_plaintext || server.tls.is_wanted() || address.host.starts_with("127.") || address.host == "::1",
               "plain text stays on this machine unless it is allowed");
    check_routes(config.routes);
    demand(!config.data_dir.empty() && !store::describe(config.store_url()).empty(), "data has a place");
}

void check(std::string_view text) {
    static MemoryFile const file;
    auto const& path = file.holding(text);
    auto const config = app::read_config(path, {});
    auto const again = app::read_config(path, {});
    demand(config.has_value() == again.has_value() && (config || config.error() == again.error()), "a file is read the same twice");
    if (config) return check_bounds(*config);
    demand(!config.error().empty(), "a rejected configuration has at least one problem");
    for (auto const& problem : config.error())
        demand(std::ranges::none_of(problem, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }),
               "a problem is one printable line");
}

/// Reads `name=value` as a variable of the environment.
void check_override(std::string_view text) {
    auto const equals = std::min(text.find('='), text.size());
    app::Overrides overrides;
    overrides.environment.emplace(text.substr(0, equals), text.substr(std::min(equals + 1, text.size())));
    auto const config = app::read_config(std::nullopt, overrides);
    if (config) check_bounds(*config);
    static_cast<void>(app::ignored_variables(overrides));
}

}  // namespace
}  // namespace warder::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    constexpr std::size_t kLongest = 1024;  // an unknown key is compared with every known one, letter by letter
    if (size > kLongest) return 0;
    warder::fuzz::check(warder::fuzz::text_of(data, size));
    warder::fuzz::check_override(warder::fuzz::text_of(data, size));
    return 0;
}
