// SPDX-License-Identifier: MIT
#include "store/common/store_url.hpp"

#include <utility>

namespace warder::store {

std::expected<StoreUrl, std::string> parse_store_url(std::string_view url, std::filesystem::path const& data_dir) {
    constexpr std::string_view kPlaceholder = "<data_dir>";
    auto const colon = url.find(':');
    auto const scheme = url.substr(0, colon);
    std::string path{colon == std::string_view::npos ? std::string_view{} : url.substr(colon + 1)};
    if (auto const at = path.find(kPlaceholder); at != std::string::npos) path.replace(at, kPlaceholder.size(), data_dir.string());
    if (!path.empty() && scheme == "sqlite") return SqlitePath{std::move(path)};
    if (!path.empty() && scheme == "users-json") return UsersJsonPath{.file = std::move(path), .audit = data_dir / "audit.log"};
    return std::unexpected{R"("sqlite:PATH" or "users-json:PATH"; other stores are not available yet)"};
}

std::filesystem::path const* file_of(StoreUrl const& url) noexcept {
    return std::visit([](auto const& location) { return &location.file; }, url);
}

std::string describe(StoreUrl const& url) {
    return std::visit([](auto const& location) { return location.file.string(); }, url);
}

}  // namespace warder::store
