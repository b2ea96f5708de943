// SPDX-License-Identifier: MIT
#include "crypto/key_ring.hpp"

#include "core/text/hex.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace warder::crypto {
namespace {

constexpr std::size_t kKeyBytes = 32;  // the length of the hash's output (RFC 7518, section 3.2)
constexpr std::size_t kIdBytes = 8;

/// Returns a new key id. Hex rather than base64url: people type ids at the command line, where a leading dash would
/// start an option.
std::string make_id(Random& random) {
    std::array<std::byte, kIdBytes> bytes{};
    random.fill(bytes);
    std::string id;
    id.reserve(2 * kIdBytes);
    for (auto const byte : bytes) {
        id += core::kLowerHex[std::to_integer<std::size_t>(byte >> 4U)];
        id += core::kLowerHex[std::to_integer<std::size_t>(byte & std::byte{0x0F})];
    }
    return id;
}

std::shared_ptr<SigningKey const> make_key(Random& random, Instant now, KeyOrigin origin) {
    std::array<std::byte, kKeyBytes> bytes{};
    random.fill(bytes);
    Secret secret{std::string_view{reinterpret_cast<char const*>(bytes.data()), bytes.size()}};
    wipe(bytes);
    return std::make_shared<SigningKey const>(make_id(random), now, origin, std::move(secret));
}

}  // namespace

SigningKey::SigningKey(std::string key_id, Instant made_at, KeyOrigin key_origin, Secret key_secret, bool is_everywhere)
    : id{std::move(key_id)},
      created_at{made_at},
      origin{key_origin},
      may_sign{is_everywhere && key_origin != KeyOrigin::kImported},
      secret{std::move(key_secret)},
      mac{secret.bytes()} {}

bool SigningKey::made(std::string_view message, Sha256Digest const& signature) const noexcept {
    auto const computed = mac.sign(message);
    return equal_in_constant_time(std::as_bytes(std::span{computed}), std::as_bytes(std::span{signature}));
}

KeyRing KeyRing::make(Random& random, Instant now) { return KeyRing{{make_key(random, now, KeyOrigin::kFirst)}}; }

KeyRing KeyRing::rotated(Random& random, Instant now) const {
    auto keys = keys_;
    keys.push_back(make_key(random, now, KeyOrigin::kRotated));
    return KeyRing{std::move(keys)};
}

std::expected<KeyRing, KeyRingError> KeyRing::with_imported(Secret secret, Random& random, Instant now) const {
    auto const is_same = [&](auto const& key) { return key->verifies_without_kid() && equal_in_constant_time(key->secret.view(), secret.view()); };
    if (std::ranges::any_of(keys_, is_same)) return *this;
    auto const imported = std::ranges::count_if(keys_, [](auto const& key) { return key->is_imported(); });
    if (static_cast<std::size_t>(imported) >= kMaxImportedKeys) return std::unexpected{KeyRingError::kTooManyImported};
    auto keys = keys_;
    keys.push_back(std::make_shared<SigningKey const>(make_id(random), now, KeyOrigin::kImported, std::move(secret)));
    return KeyRing{std::move(keys)};
}

std::expected<KeyRing, KeyRingError> KeyRing::without(std::string_view id) const {
    auto const* const leaving = named(id);
    if (leaving == nullptr) return std::unexpected{KeyRingError::kUnknownKey};
    if (leaving == &signing()) return std::unexpected{KeyRingError::kIsSigning};
    auto keys = keys_;
    std::erase_if(keys, [leaving](auto const& key) { return key.get() == leaving; });
    return KeyRing{std::move(keys)};
}

SigningKey const* KeyRing::named(std::string_view id) const noexcept {
    auto const found = std::ranges::find_if(keys_, [id](auto const& key) { return key->id == id; });
    return found == keys_.end() ? nullptr : found->get();
}

SigningKey const& KeyRing::signing() const noexcept {
    return **std::find_if(keys_.rbegin(), keys_.rend(), [](auto const& key) { return key->may_sign; });
}

bool KeyRing::verifies_without_kid() const noexcept {
    return std::ranges::any_of(keys_, [](auto const& key) { return key->verifies_without_kid(); });
}

SigningKey const* KeyRing::signer_without_kid(std::string_view message, Sha256Digest const& signature) const noexcept {
    for (auto const& key : keys_)
        if (key->verifies_without_kid() && key->made(message, signature)) return key.get();
    return nullptr;
}

KeyRing KeyRing::lacking(std::vector<MissingKey> missing) const {
    KeyRing ring{keys_};
    ring.missing_ = std::move(missing);
    return ring;
}

bool KeyRing::lacks(std::optional<std::string_view> kid) const noexcept {
    return std::ranges::any_of(missing_, [kid](MissingKey const& key) { return kid ? key.id == *kid : key.origin != KeyOrigin::kRotated; });
}

}  // namespace warder::crypto
