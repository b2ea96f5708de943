// SPDX-License-Identifier: MIT
#include "store/common/store_url.hpp"

#include <utility>

namespace warder::store {
namespace {

constexpr std::string_view kPostgres = "postgresql://";

/// Returns the URL without user, password and parameters, any of which may contain a secret.
std::string without_secrets(std::string_view url) {
    auto rest = url.substr(kPostgres.size());
    rest = rest.substr(0, rest.find('?'));
    // Everything up to the last "@", in case that the password contains one, or a slash.
    if (auto const at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
    return std::string{kPostgres}.append(rest);
}

struct File {
    std::filesystem::path const* operator()(SqlitePath const& location) const noexcept { return &location.file; }
    std::filesystem::path const* operator()(UsersJsonPath const& location) const noexcept { return &location.file; }
    std::filesystem::path const* operator()(PostgresUrl const&) const noexcept { return nullptr; }
};

struct Description {
    std::string operator()(SqlitePath const& location) const { return location.file.string(); }
    std::string operator()(UsersJsonPath const& location) const { return location.file.string(); }
    std::string operator()(PostgresUrl const& location) const { return without_secrets(location.url); }
};

}  // namespace

std::expected<StoreUrl, std::string> parse_store_url(std::string_view url, std::filesystem::path const& data_dir) {
    constexpr std::string_view kPlaceholder = "<data_dir>";
    if (url.starts_with(kPostgres)) return PostgresUrl{std::string{url}};
    auto const colon = url.find(':');
    auto const scheme = url.substr(0, colon);
    std::string path{colon == std::string_view::npos ? std::string_view{} : url.substr(colon + 1)};
    if (auto const at = path.find(kPlaceholder); at != std::string::npos) path.replace(at, kPlaceholder.size(), data_dir.string());
    if (!path.empty() && scheme == "sqlite") return SqlitePath{std::move(path)};
    if (!path.empty() && scheme == "users-json") return UsersJsonPath{.file = std::move(path), .audit = data_dir / "audit.log"};
    return std::unexpected{R"("sqlite:PATH", "users-json:PATH" or "postgresql://USER@HOST/DATABASE")"};
}

std::filesystem::path const* file_of(StoreUrl const& url) noexcept { return std::visit(File{}, url); }

std::string describe(StoreUrl const& url) { return std::visit(Description{}, url); }

}  // namespace warder::store
