// SPDX-License-Identifier: MIT
#include "store/key_file.hpp"

#include "core/base64url.hpp"
#include "core/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace warder::store {
namespace {

namespace json = boost::json;

constexpr std::size_t kLargestFile = 1U << 20U;
constexpr std::size_t kLongestId = 64;

class File {
  public:
    File(std::filesystem::path const& path, int flags) : descriptor_{::open(path.c_str(), flags | O_CLOEXEC, 0600)} {}
    File(File const&) = delete;
    File& operator=(File const&) = delete;
    ~File() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    [[nodiscard]] int get() const noexcept { return descriptor_; }
    [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
    int release() noexcept { return std::exchange(descriptor_, -1); }

  private:
    int descriptor_;
};

std::unexpected<KeyFileError> fault(std::filesystem::path const& path, std::string_view why, bool is_missing = false) {
    return std::unexpected{KeyFileError{.is_missing = is_missing, .message = std::string{"key file "}.append(path.string()).append(": ").append(why)}};
}

std::unexpected<KeyFileError> system_fault(std::filesystem::path const& path, std::string_view doing) {
    auto const number = errno;
    return fault(path, std::string{doing}.append(": ").append(std::strerror(number)), number == ENOENT);
}

std::optional<std::string> read_all(int descriptor) {
    std::string text;
    std::array<char, 4096> buffer{};
    for (;;) {
        auto const count = ::read(descriptor, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 || text.size() > kLargestFile) return std::nullopt;
        if (count == 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(count));
        crypto::wipe(std::as_writable_bytes(std::span{buffer}));
    }
}

bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        auto const count = ::write(descriptor, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

std::shared_ptr<crypto::SigningKey const> read_key(json::value const& value) {
    auto const* const object = value.if_object();
    if (object == nullptr) return nullptr;
    auto const* const id = object->if_contains("id");
    auto const* const created = object->if_contains("created_at");
    auto const* const first = object->if_contains("is_first");
    auto const* const secret = object->if_contains("secret");
    if (id == nullptr || created == nullptr || first == nullptr || secret == nullptr) return nullptr;
    if (!id->is_string() || id->get_string().empty() || !created->is_int64() || !first->is_bool() || !secret->is_string()) return nullptr;

    auto const& text = secret->get_string();
    std::string bytes(text.size(), '\0');
    auto const decoded = core::decode_base64url({text.data(), text.size()}, bytes);
    if (!decoded || decoded->size() < 32) return nullptr;
    auto key = std::make_shared<crypto::SigningKey const>(std::string{id->get_string()}, Instant{std::chrono::seconds{created->get_int64()}}, first->get_bool(),
                                                          crypto::Secret{*decoded});
    crypto::wipe(bytes);
    return key;
}

/// What `make_jws_header` may write as it is.
bool is_key_id(std::string_view id) noexcept {
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return !id.empty() && id.size() <= kLongestId && id.find_first_not_of(kAlphabet) == std::string_view::npos;
}

std::optional<crypto::KeyRing> read_ring(std::string_view text) {
    auto const value = core::read_json(text);
    if (!value || !value->is_object()) return std::nullopt;
    auto const* const list = value->get_object().if_contains("keys");
    if (list == nullptr || !list->is_array() || list->get_array().empty()) return std::nullopt;
    std::vector<std::shared_ptr<crypto::SigningKey const>> keys;
    for (auto const& entry : list->get_array()) {
        auto key = read_key(entry);
        if (!key || !is_key_id(key->id)) return std::nullopt;
        if (std::ranges::find(keys, key->id, &crypto::SigningKey::id) != keys.end()) return std::nullopt;
        keys.push_back(std::move(key));
    }
    return crypto::KeyRing{std::move(keys)};
}

std::string write_ring(crypto::KeyRing const& ring) {
    json::array keys;
    for (auto const& key : ring.keys())
        keys.push_back(json::object{{"id", key->id},
                                    {"created_at", key->created_at.time_since_epoch().count()},
                                    {"is_first", key->is_first},
                                    {"secret", core::to_base64url(key->secret.view())}});
    return json::serialize(json::object{{"keys", std::move(keys)}}) + "\n";
}

std::filesystem::path beside(std::filesystem::path path, std::string_view suffix) { return path += suffix; }

}  // namespace

std::expected<crypto::KeyRing, KeyFileError> load_key_ring(std::filesystem::path const& path) {
    File const file{path, O_RDONLY | O_NOFOLLOW};
    if (!file.is_open()) return system_fault(path, "it can't be opened");
    struct stat facts{};
    if (::fstat(file.get(), &facts) != 0) return system_fault(path, "it can't be examined");
    if (!S_ISREG(facts.st_mode)) return fault(path, "it is no regular file");
    if (facts.st_uid != ::geteuid() && facts.st_uid != 0) return fault(path, "it belongs to another user: run chown on it");
    if ((facts.st_mode & 0077U) != 0) return fault(path, "others may read or write it: run chmod 600 on it");

    auto text = read_all(file.get());
    if (!text) return fault(path, "it can't be read");
    auto ring = read_ring(*text);
    crypto::wipe(*text);
    if (!ring) return fault(path, "it is damaged: restore it from a backup; without it no token can be verified");
    return std::move(*ring);
}

std::expected<void, KeyFileError> save_key_ring(std::filesystem::path const& path, crypto::KeyRing const& ring) {
    auto const draft = beside(path, ".new");
    ::unlink(draft.c_str());
    {
        File const file{draft, O_WRONLY | O_CREAT | O_EXCL};
        if (!file.is_open()) return system_fault(path, "it can't be written");
        auto text = write_ring(ring);
        bool const is_written = write_all(file.get(), text) && ::fsync(file.get()) == 0;
        crypto::wipe(text);
        if (!is_written) return system_fault(path, "it can't be written");
    }
    if (::rename(draft.c_str(), path.c_str()) != 0) return system_fault(path, "it can't be replaced");
    auto const folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
    File const directory{folder, O_RDONLY | O_DIRECTORY};
    if (!directory.is_open() || ::fsync(directory.get()) != 0) return system_fault(path, "its folder can't be synced");
    return {};
}

std::expected<KeyFileLock, KeyFileError> KeyFileLock::acquire(std::filesystem::path const& path) {
    File file{beside(path, ".lock"), O_RDWR | O_CREAT};
    if (!file.is_open()) return system_fault(path, "its lock file can't be opened");
    if (::flock(file.get(), LOCK_EX) != 0) return system_fault(path, "it can't be locked");
    return KeyFileLock{file.release()};
}

KeyFileLock::KeyFileLock(KeyFileLock&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}

KeyFileLock::~KeyFileLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace warder::store
