// SPDX-License-Identifier: MIT
#include "runtime/keys/key_text.hpp"

#include "core/json.hpp"
#include "core/text/ascii.hpp"
#include "core/text/base64url.hpp"
#include "store/common/stored_time.hpp"

#include <boost/json/array.hpp>
#include <boost/json/memory_resource.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace warder::runtime {
namespace {

namespace json = boost::json;

constexpr std::size_t kShortestSecret = 32;  // the size of the hash's output (RFC 7518, section 3.2)
constexpr std::size_t kLongestId = 64;
constexpr std::size_t kFieldsOfAKey = 4;
constexpr std::size_t kFieldsOfAnImportedKey = 5;

/// The memory in which Boost.JSON keeps the file's content. Wiped before it is freed.
class WipingMemory final : public json::memory_resource {
    void* do_allocate(std::size_t size, std::size_t alignment) override { return ::operator new(size, std::align_val_t{alignment}); }
    void do_deallocate(void* memory, std::size_t size, std::size_t alignment) override {
        crypto::wipe(std::span{static_cast<std::byte*>(memory), size});
        ::operator delete(memory, std::align_val_t{alignment});
    }
    [[nodiscard]] bool do_is_equal(json::memory_resource const& other) const noexcept override { return this == &other; }
};

using Key = std::shared_ptr<crypto::SigningKey const>;

bool is_id(std::string_view text) noexcept {
    static constexpr std::string_view kMarks = "-._";
    auto const is_fit = [](char c) { return core::is_alphanumeric(c) || kMarks.contains(c); };
    return !text.empty() && text.size() <= kLongestId && std::ranges::all_of(text, is_fit);
}

std::optional<std::string_view> text_of(json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string_view{value->get_string().data(), value->get_string().size()};
}

std::optional<Instant> moment_of(json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains(name);
    if (value == nullptr || !value->is_int64() || !store::is_stored_time(value->get_int64())) return std::nullopt;
    return Instant{std::chrono::seconds{value->get_int64()}};
}

/// @param shortest  in bytes; imported secrets may be shorter, since their length can't be chosen.
std::optional<crypto::Secret> secret_of(json::object const& object, std::string_view name, std::size_t shortest) {
    auto const text = text_of(object, name);
    if (!text) return std::nullopt;
    std::string bytes(core::base64url_decoded_length(text->size()), '\0');
    crypto::WipeAtEnd const wiped{bytes};
    auto const decoded = core::decode_base64url(*text, bytes);
    if (!decoded || decoded->size() < shortest) return std::nullopt;
    return crypto::Secret{*decoded};
}

std::unexpected<std::string> invalid(char const* why) { return std::unexpected{std::string{why}}; }

/// @return on failure, the rest of a sentence that begins with the position of the key.
std::expected<Key, std::string> read_key(json::value const& value) {
    auto const* const object = value.if_object();
    if (object == nullptr) return invalid(" is not an object");
    auto const id = text_of(*object, "id");
    if (!id || !is_id(*id)) return invalid(".id is missing or is not 1 to 64 letters, digits, \"-\", \".\" and \"_\"");
    auto const created_at = moment_of(*object, "created_at");
    if (!created_at) return invalid(".created_at is missing or is not a whole second of the years 1970 to 9999");
    auto const* const is_first = object->if_contains("is_first");
    if (is_first == nullptr || !is_first->is_bool()) return invalid(".is_first is missing or is not true or false");
    auto const* const imported = object->if_contains("is_imported");
    bool const is_imported = imported != nullptr && imported->is_bool() && imported->get_bool();
    if (imported != nullptr && (!is_imported || is_first->get_bool())) return invalid(".is_imported is not true, or is set for the first key");
    auto secret = secret_of(*object, "secret", is_imported ? 1 : kShortestSecret);
    if (!secret) return invalid(".secret is missing or is not at least 32 bytes in base64url without padding");
    if (object->size() != (is_imported ? kFieldsOfAnImportedKey : kFieldsOfAKey))
        return invalid(" has an unknown member; allowed are id, created_at, is_first, is_imported and secret");
    auto const origin = is_imported ? crypto::KeyOrigin::kImported : is_first->get_bool() ? crypto::KeyOrigin::kFirst : crypto::KeyOrigin::kRotated;
    return std::make_shared<crypto::SigningKey const>(std::string{*id}, *created_at, origin, std::move(*secret));
}

/// Checks a key as an addition to the earlier ones.
/// @return on failure, like `read_key`.
std::expected<void, std::string> validate_among(std::vector<Key> const& earlier, crypto::SigningKey const& key) {
    if (std::ranges::any_of(earlier, [&](Key const& other) { return other->id == key.id; })) return invalid(".id is used by an earlier key");
    if (key.is_first() && std::ranges::any_of(earlier, &crypto::SigningKey::is_first)) return invalid(".is_first is also true for an earlier key");
    auto const imported = std::ranges::count_if(earlier, &crypto::SigningKey::is_imported);
    if (key.is_imported() && static_cast<std::size_t>(imported) >= crypto::kMaxImportedKeys) return invalid(".is_imported is true for too many keys");
    return {};
}

std::string place_of(core::JsonError const& error) {
    // The repeated name is not quoted, since in a damaged file it may be part of a key.
    auto const* const what = error.reason == core::JsonError::Reason::kEqualKeys  ? "duplicate member name"
                             : error.reason == core::JsonError::Reason::kEncoding ? "invalid UTF-8"
                                                                                  : "invalid JSON";
    return std::string{what}.append(" at byte ").append(std::to_string(error.offset));
}

}  // namespace

std::expected<KeyFileContent, std::string> read_key_text(std::string_view text) {
    // Boost.JSON unescapes strings in memory that isn't wiped. Warder writes no escapes, so they are rejected.
    if (auto const escape = text.find('\\'); escape != std::string_view::npos)
        return std::unexpected{std::string{"escape sequences are not allowed, found one at byte "}.append(std::to_string(escape))};
    WipingMemory memory;
    auto const value = core::read_json(text, {}, &memory);
    if (!value) return std::unexpected{place_of(value.error())};
    auto const* const object = value->if_object();
    auto const* const list = object == nullptr ? nullptr : object->if_contains("keys");
    if (list == nullptr || !list->is_array() || list->get_array().empty()) return std::unexpected{"no list \"keys\" with at least one key"};
    auto const* const used = object->if_contains("used_with_store");
    if (used != nullptr && !used->is_bool()) return std::unexpected{"\"used_with_store\" is not true or false"};
    if (object->size() != (used == nullptr ? 1U : 2U)) return std::unexpected{"unknown member; allowed are \"keys\" and \"used_with_store\""};
    auto const use = used == nullptr ? KeyUse::kUnknown : used->get_bool() ? KeyUse::kUsed : KeyUse::kUnused;

    std::vector<Key> keys;
    for (auto const& entry : list->get_array()) {
        auto const name = std::string{"keys["}.append(std::to_string(keys.size())).append("]");
        auto key = read_key(entry);
        if (!key) return std::unexpected{name + key.error()};
        if (auto const valid = validate_among(keys, **key); !valid) return std::unexpected{name + valid.error()};
        keys.push_back(std::move(*key));
    }
    if (std::ranges::all_of(keys, &crypto::SigningKey::is_imported)) return std::unexpected{"no key that can sign"};
    return KeyFileContent{.ring = crypto::KeyRing{std::move(keys)}, .use = use};
}

std::string write_key_text(crypto::KeyRing const& ring, KeyUse use) {
    static constexpr std::size_t kBytesPerKey = 128;  // names, punctuation and a time
    std::size_t buffer = kBytesPerKey;
    for (auto const& key : ring.keys()) buffer += kBytesPerKey + key->id.size() + key->secret.view().size() * 2;
    std::string text;
    text.reserve(buffer);  // at once, because growing would leave copies behind
    text.append(R"({"keys":[)");
    for (auto const& key : ring.keys()) {
        text.append(text.back() == '[' ? "" : ",").append(R"({"id":")").append(key->id);
        text.append(R"(","created_at":)").append(std::to_string(key->created_at.time_since_epoch().count()));
        text.append(R"(,"is_first":)").append(key->is_first() ? "true" : "false");
        text.append(key->is_imported() ? R"(,"is_imported":true)" : "").append(R"(,"secret":")");
        core::append_base64url(text, key->secret.view());
        text.append(R"("})");
    }
    text.append("]");
    if (use != KeyUse::kUnknown) text.append(R"(,"used_with_store":)").append(use == KeyUse::kUsed ? "true" : "false");
    text.append("}\n");
    return text;  // moved, not copied
}

}  // namespace warder::runtime
