// SPDX-License-Identifier: MIT
#include "runtime/local_caller.hpp"

#include <pwd.h>
#include <string>
#include <unistd.h>
#include <vector>

namespace warder::runtime {

authority::Caller local_caller() {
    constexpr std::size_t kLongestEntry = 16'384;
    auto const user = ::getuid();
    std::vector<char> room(kLongestEntry);
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(user, &entry, room.data(), room.size(), &found) != 0 || found == nullptr)
        return authority::Caller::local_operator(std::to_string(user));
    return authority::Caller::local_operator(found->pw_name);
}

}  // namespace warder::runtime
