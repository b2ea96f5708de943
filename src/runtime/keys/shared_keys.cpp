// SPDX-License-Identifier: MIT
#include "runtime/keys/shared_keys.hpp"

#include "authority/wait.hpp"
#include "core/text/base64url.hpp"
#include "core/try.hpp"
#include "files/posix_file.hpp"
#include "files/secret_file.hpp"

#include <sodium.h>

#include <array>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <sys/stat.h>
#include <utility>
#include <vector>

namespace warder::runtime {
namespace {

using authority::Result;
using authority::StoredKey;

constexpr std::size_t kKeyBytes = crypto_secretbox_KEYBYTES;
constexpr std::size_t kLongestFile = 256;
constexpr std::string_view kForm = "it must contain 32 random bytes in base64, such as 'openssl rand -base64 32' prints";

unsigned char const* bytes_of(std::string_view text) { return reinterpret_cast<unsigned char const*>(text.data()); }

/// What is encrypted: the id and the origin, which bind the secret to its row, and the secret.
std::string plain_text_of(std::string_view id, crypto::KeyOrigin origin, std::string_view secret) {
    std::string text;
    text.reserve(id.size() + secret.size() + 2);  // it must not grow, since that would leave a copy
    text.append(id).append(1, '\0').append(1, static_cast<char>(std::to_underlying(origin))).append(secret);
    return text;
}

std::expected<std::string, std::string> read_secret_text(std::filesystem::path const& path) {
    auto const failure = [&path](std::string_view why) { return std::unexpected{path.string().append(": ").append(why)}; };
    // Without O_NONBLOCK, opening a FIFO would block until it has a writer.
    files::File const file{path, O_RDONLY | O_NONBLOCK};
    struct stat facts{};
    if (file.error() != 0) return failure(std::string{"the key-encryption key can't be read: "}.append(std::strerror(file.error())));
    if (::fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) return failure("not a regular file");
    auto const access = files::validate_secret_file(file.get(), facts, path, files::SecretReaders::kOwner);
    if (access.is_foreign) return failure("owned by another user than the one that runs this process");
    if (access.is_exposed) return failure("other users can read or write it; run chmod 600 on it");
    std::string text(kLongestFile, '\0');
    if (auto const error = files::read_all(file.get(), text); error != 0) {
        crypto::wipe(text);
        return failure(error == EFBIG ? kForm : std::string_view{std::strerror(error)});
    }
    return text;
}

std::string name_of(StoredKey const& key) { return "the signing key " + key.id + " in the store"; }

}  // namespace

std::expected<KeyEncryptionKey, std::string> KeyEncryptionKey::load(std::filesystem::path const& file) {
    WARDER_TRY(auto text, read_secret_text(file));
    crypto::WipeAtEnd const wiped{text};
    std::string_view line{text};
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    auto decoded = core::decode_base64(line);
    if (!decoded) return std::unexpected{file.string().append(": ").append(kForm)};
    crypto::WipeAtEnd const wiped_too{*decoded};
    if (decoded->size() != kKeyBytes) return std::unexpected{file.string().append(": ").append(kForm)};
    return KeyEncryptionKey{crypto::Secret{*decoded}};
}

StoredKey KeyEncryptionKey::seal(crypto::SigningKey const& key, bool is_everywhere, Random& random) const {
    auto plain = plain_text_of(key.id, key.origin, key.secret.view());
    crypto::WipeAtEnd const wiped{plain};
    std::vector<std::uint8_t> sealed(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + plain.size());
    random.fill(std::as_writable_bytes(std::span{sealed}.first(crypto_secretbox_NONCEBYTES)));
    crypto_secretbox_easy(sealed.data() + crypto_secretbox_NONCEBYTES, bytes_of(plain), plain.size(), sealed.data(), bytes_of(bytes_.view()));
    return {.id = key.id, .created_at = key.created_at, .origin = key.origin, .is_everywhere = is_everywhere, .sealed = std::move(sealed)};
}

std::expected<crypto::KeyRing, std::string> KeyEncryptionKey::unseal(std::span<StoredKey const> keys) const {
    std::vector<std::shared_ptr<crypto::SigningKey const>> ring;
    bool has_signing = false;
    for (auto const& key : keys) {
        constexpr std::size_t kOverhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
        auto const expected = plain_text_of(key.id, key.origin, {});
        auto const unusable = [&key] {
            return std::unexpected{name_of(key) +
                                   " was encrypted with another key than that of keys.encryption_key_file; every node needs the same file"};
        };
        if (key.sealed.size() < kOverhead + expected.size()) return unusable();
        std::string plain(key.sealed.size() - kOverhead, '\0');
        crypto::WipeAtEnd const wiped{plain};
        if (crypto_secretbox_open_easy(reinterpret_cast<unsigned char*>(plain.data()), key.sealed.data() + crypto_secretbox_NONCEBYTES,
                                       key.sealed.size() - crypto_secretbox_NONCEBYTES, key.sealed.data(), bytes_of(bytes_.view())) != 0)
            return unusable();
        if (!plain.starts_with(expected)) return std::unexpected{name_of(key) + " is not the one that was stored under this id"};
        ring.push_back(std::make_shared<crypto::SigningKey const>(
            key.id, key.created_at, key.origin, crypto::Secret{std::string_view{plain}.substr(expected.size())}, key.is_everywhere));
        has_signing = has_signing || ring.back()->may_sign;
    }
    if (!has_signing) return std::unexpected{"the store has no signing key"};
    return crypto::KeyRing{std::move(ring)};
}

namespace {

std::expected<crypto::KeyRing, std::string> unseal_read(Result<void> const& read, std::vector<StoredKey> const& keys, KeyEncryptionKey const& key) {
    if (!read) return std::unexpected{"the signing keys can't be read from the store: " + std::string{authority::message(read.error())}};
    return key.unseal(keys);
}

}  // namespace

std::expected<KeyEncryptionKey, std::string> load_key_encryption_key(std::filesystem::path const& file) {
    if (!file.empty()) return KeyEncryptionKey::load(file);
    return std::unexpected{
        "keys.encryption_key_file is needed with a store that several nodes share: a file with 32 random bytes in base64, the same on each node"};
}

std::expected<crypto::KeyRing, std::string> load_shared_keys(authority::Store& store, KeyEncryptionKey const& key) {
    std::vector<StoredKey> keys;
    auto const read = authority::wait<void>([&](auto done) {
        store.read(
            [&keys](authority::Snapshot const& view) -> Result<void> {
                WARDER_TRY(keys, view.keys->list());
                return {};
            },
            std::move(done));
    });
    return unseal_read(read, keys, key);
}

std::expected<crypto::KeyRing, std::string> load_or_make_shared_keys(authority::Store& store, KeyEncryptionKey const& key, Random& random,
                                                                     Instant now) {
    auto const fresh = crypto::KeyRing::make(random, now);
    auto const sealed = key.seal(fresh.signing(), true, random);
    std::vector<StoredKey> keys;
    auto const read = authority::wait<void>([&](auto done) {
        store.write(
            [&](authority::Transaction const& transaction) -> Result<void> {
                WARDER_TRY(keys, transaction.keys->list());
                if (!keys.empty()) return {};
                keys.push_back(sealed);
                return transaction.keys->insert(sealed);
            },
            std::move(done));
    });
    return unseal_read(read, keys, key);
}

}  // namespace warder::runtime
