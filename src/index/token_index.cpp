// SPDX-License-Identifier: MIT
#include "index/token_index.hpp"

#include <variant>

namespace warder::index {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};

}  // namespace

void TokenIndex::on_changes(std::span<authority::Change const> changes) {
    for (auto const& change : changes) {
        std::visit(Overloaded{
                       [this](authority::TokenUpserted const& put) { registry_.put(put.token); },
                       [this](authority::TokenRemoved const& removed) { registry_.erase(removed.id); },
                       [this](authority::UserUpserted const& put) {
                           registry_.put_user(put.user.id, put.user.name, put.user.is_admin, put.user.ceiling);
                           directory_.put(put.user);
                       },
                       [this](authority::UserRemoved const& removed) {
                           directory_.erase(removed.id);
                           registry_.erase_user(removed.id);
                       },
                       [](authority::SessionUpserted const&) {},
                       [](authority::SessionRemoved const&) {},
                       [](authority::KeysReplaced const&) {},
                       [this](authority::Reset) {
                           directory_.begin_reload();
                           registry_.begin_reload();
                       },
                       [this](authority::ResetComplete) {
                           registry_.end_reload();
                           directory_.end_reload();
                       },
                   },
                   change);
    }
}

}  // namespace warder::index
