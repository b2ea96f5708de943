// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string_view>

namespace warder::index {
class Registry;
class UserDirectory;
}  // namespace warder::index

namespace warder {
class Clock;
}
namespace warder::log {
class Logger;
}
namespace warder::authority {
class Authority;
class PasswordHasher;
class PresetCatalog;
class Sessions;
class SignIn;
class UsageMeter;
class Verifier;
}  // namespace warder::authority

namespace warder::auth {

class DenialLog;

/// What administrators are told about the server.
struct ServerInfo {
    std::string_view version{};
    std::string_view revision{};  ///< The commit that was built, if known.
    std::string_view store{};     ///< The scheme of the store's URL.
    std::chrono::system_clock::time_point started_at{};
};

/// The components that request handling depends on. All of them must outlive the server.
struct Services {
    authority::Authority& authority;
    authority::SignIn& sign_in;
    authority::Sessions& sessions;
    authority::PasswordHasher& hasher;
    index::UserDirectory const& directory;
    authority::Verifier const& verifier;
    authority::UsageMeter& usage;
    Clock const& clock;
    log::Logger& log;
    DenialLog& denials;
    authority::PresetCatalog const& presets;
    index::Registry const* tokens = nullptr;  ///< For metrics; null: tokens are not counted.
    ServerInfo info{};
};

}  // namespace warder::auth
