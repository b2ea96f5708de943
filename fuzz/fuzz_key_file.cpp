// SPDX-License-Identifier: MIT
#include "core/jwt/jws.hpp"
#include "core/text/base64url.hpp"
#include "demand.hpp"
#include "runtime/keys/key_file.hpp"

#include <array>
#include <fcntl.h>
#include <filesystem>
#include <set>
#include <string>
#include <unistd.h>

namespace warder::fuzz {
namespace {

/// A directory in memory that is deleted when the program ends.
class Directory {
  public:
    Directory() {
        std::string name = std::filesystem::exists("/dev/shm") ? "/dev/shm/fuzz-XXXXXX" : "/tmp/fuzz-XXXXXX";
        demand(::mkdtemp(name.data()) != nullptr, "the temporary directory can be created");
        path_ = name;
    }
    Directory(Directory const&) = delete;
    Directory& operator=(Directory const&) = delete;
    ~Directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] std::filesystem::path operator/(char const* name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

void write_file(std::filesystem::path const& path, std::string_view text) {
    int const descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    demand(descriptor >= 0 && ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()), "the file is written");
    ::close(descriptor);
}

void check_ring(crypto::KeyRing const& ring) {
    demand(!ring.signing().is_imported(), "a ring has a key that signs");
    std::set<std::string> ids;
    for (auto const& key : ring.keys()) {
        demand(ids.insert(key->id).second, "each key has an id of its own");
        demand(ring.named(key->id) == key.get(), "a key is found by its id");
        demand(key->secret.view().size() >= (key->is_imported() ? 1 : 32), "an own secret has at least 32 bytes, an imported one is not empty");
        std::array<char, core::kMaxTokenText> scratch;
        auto const header = core::read_jws_header(core::make_jws_header(key->id), scratch);
        demand(header && header->kid == key->id, "a token can name the key that signed it");
    }
}

void check(std::string_view text) {
    static Directory const directory;
    write_file(directory / "keys.json", text);
    auto const ring = runtime::load_key_file(directory / "keys.json");
    if (!ring) {
        demand(!ring.error().is_missing && !ring.error().message.empty(), "a damaged file is not a missing one");
        return;
    }
    check_ring(ring->ring);
    demand(runtime::save_key_ring(directory / "again.json", ring->ring).has_value(), "what is read can be written");
    auto const again = runtime::load_key_ring(directory / "again.json");
    demand(again && again->keys().size() == ring->ring.keys().size(), "what is written can be read");
    for (std::size_t at = 0; at < ring->ring.keys().size(); ++at) {
        auto const& one = *ring->ring.keys()[at];
        auto const& other = *again->keys()[at];
        demand(one.id == other.id && one.created_at == other.created_at && one.origin == other.origin, "a key survives being written and read");
        demand(one.secret.view() == other.secret.view(), "a secret survives being written and read");
    }
}

}  // namespace
}  // namespace warder::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    warder::fuzz::check(warder::fuzz::text_of(data, size));
    return 0;
}
