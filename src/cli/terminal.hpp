// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/secret.hpp"
#include "warder/error.hpp"

#include <boost/json/object.hpp>

#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace warder {
class Clock;
class Random;
}  // namespace warder
namespace warder::authority {
class Authority;
class KeyRingHolder;
class PasswordHasher;
class Verifier;
}  // namespace warder::authority

/// The commands: each asks the authority and prints the answer; the exit code is what it returns.
namespace warder::cli {

inline constexpr int kDone = 0;
inline constexpr int kRefused = 1;
inline constexpr int kWrongUsage = 2;

/// What the commands work with.
struct Tools {
    authority::Authority& authority;
    authority::PasswordHasher& hasher;
    Clock const& clock;
    bool is_json = false;  ///< Print the object that the HTTP call answers.
};

/// Calls an asynchronous use case and waits for it.
template <class T, class Call>
authority::Result<T> wait(Call call) {
    std::promise<authority::Result<T>> promise;
    auto future = promise.get_future();
    call(authority::Done<T>{[&promise](authority::Result<T> result) { promise.set_value(std::move(result)); }});
    return future.get();
}

/// One line on standard error. @return `kRefused`.
int refuse(std::string_view why);
int refuse(authority::Error error);

void print(std::string_view line);
void print(boost::json::object const& object);

/// A line of standard input, or, on a terminal, what is typed twice without an echo. nullopt when there is neither.
std::optional<crypto::Secret> read_password(bool from_standard_input);

}  // namespace warder::cli
