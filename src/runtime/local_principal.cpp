// SPDX-License-Identifier: MIT
#include "runtime/local_principal.hpp"

#include <pwd.h>
#include <string>
#include <unistd.h>
#include <vector>

namespace warder::runtime {

authority::Principal local_principal() {
    constexpr std::size_t kLongestEntry = 16'384;
    auto const user = ::getuid();
    std::vector<char> buffer(kLongestEntry);
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
        return authority::Principal::local_operator(std::to_string(user));
    return authority::Principal::local_operator(found->pw_name);
}

}  // namespace warder::runtime
