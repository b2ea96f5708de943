// SPDX-License-Identifier: MIT
#include "authority/live_state.hpp"

#include <variant>

namespace warder::authority {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};

}  // namespace

void LiveState::on_changes(std::span<Change const> changes) {
    for (auto const& change : changes) {
        std::visit(Overloaded{
                       [this](TokenPut const& put) { registry_.put(put.token); },
                       [this](TokenGone const& gone) { registry_.erase(gone.id); },
                       [this](UserPut const& put) {
                           registry_.put_user(put.user.id, put.user.name, put.user.is_admin, put.user.ceiling);
                           directory_.put(put.user);
                       },
                       [this](UserGone const& gone) {
                           directory_.erase(gone.id);
                           registry_.erase_user(gone.id);
                       },
                       [this](StartOver) {
                           directory_.begin_reload();
                           registry_.begin_reload();
                       },
                       [this](ReloadComplete) {
                           registry_.end_reload();
                           directory_.end_reload();
                       },
                   },
                   change);
    }
}

}  // namespace warder::authority
