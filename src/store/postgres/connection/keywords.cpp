// SPDX-License-Identifier: MIT
#include "store/postgres/connection/keywords.hpp"

#include "crypto/secret.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

namespace warder::store::postgres {
namespace {

struct Free {
    void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};

/// Returns the part of a list with this index; the only part of a list with one.
std::string part_of(std::string_view list, std::size_t index) {
    if (!list.contains(',')) return std::string{list};
    for (; index > 0 && !list.empty(); --index) list.remove_prefix(std::min(list.find(',') + 1, list.size()));
    return std::string{list.substr(0, list.find(','))};
}

}  // namespace

Pg<Keywords> Keywords::parse(std::string const& url) {
    char* error = nullptr;
    std::unique_ptr<PQconninfoOption, Free> const options{PQconninfoParse(url.c_str(), &error)};
    // The message may quote a part of the URL, such as its password.
    if (error != nullptr) PQfreemem(error);
    if (!options) return std::unexpected{PgError{.sqlstate = {}, .message = "the URL is not a valid connection URL of PostgreSQL"}};
    Keywords keywords;
    // A standby takes no writes, and a node that reads from one could not prove that it has seen every change.
    if (std::getenv("PGTARGETSESSIONATTRS") == nullptr) keywords.values_["target_session_attrs"] = "read-write";
    keywords.values_["fallback_application_name"] = "warder";
    for (auto const* option = options.get(); option->keyword != nullptr; ++option)
        if (option->val != nullptr) keywords.values_[option->keyword] = option->val;
    keywords.values_["client_encoding"] = "UTF8";
    return keywords;
}

std::size_t Keywords::hosts() const {
    auto const host = values_.find("host");
    return host == values_.end() ? 1 : static_cast<std::size_t>(std::ranges::count(host->second, ',')) + 1;
}

PGconn* Keywords::start(std::size_t host) const {
    auto chosen = values_;
    for (auto const* const list : {"host", "hostaddr", "port"})
        if (auto const found = chosen.find(list); found != chosen.end()) found->second = part_of(found->second, host);
    std::vector<char const*> names;
    std::vector<char const*> values;
    for (auto const& [name, value] : chosen) {
        names.push_back(name.c_str());
        values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    auto* const handle = PQconnectStartParams(names.data(), values.data(), 0);
    if (auto const password = chosen.find("password"); password != chosen.end()) crypto::wipe(password->second);
    return handle;
}

}  // namespace warder::store::postgres
