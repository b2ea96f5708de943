// SPDX-License-Identifier: MIT
#include "runtime/keys/shared_keys.hpp"

#include "core/text/base64url.hpp"
#include "fakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace warder::runtime {
namespace {

using authority::StoredKey;
using testing::HasSubstr;
using testing::Not;

class KeyEncryption : public testing::Test {
  protected:
    KeyEncryption() {
        auto directory = (std::filesystem::temp_directory_path() / "warder-kek-XXXXXX").string();
        if (mkdtemp(directory.data()) == nullptr) std::abort();
        directory_ = directory;
    }
    ~KeyEncryption() override { std::filesystem::remove_all(directory_); }

    std::filesystem::path write(std::string const& text, mode_t mode = 0600) {
        auto const file = directory_ / "kek";
        std::ofstream{file} << text;
        ::chmod(file.c_str(), mode);
        return file;
    }
    static KeyEncryptionKey key_of(char fill) { return KeyEncryptionKey{crypto::Secret{std::string(32, fill)}}; }

    tests::CountingRandom random_;
    crypto::KeyRing ring_ = crypto::KeyRing::make(random_, Instant{std::chrono::seconds{7}});
    std::filesystem::path directory_;
};

TEST_F(KeyEncryption, ReadsThirtyTwoBytesInBase64) {
    auto const text = core::to_base64(std::string(32, 'k'));
    for (auto const* const end : {"", "\n", "\r\n"}) {
        auto const loaded = KeyEncryptionKey::load(write(text + end));
        ASSERT_TRUE(loaded) << loaded.error();
        auto const sealed = key_of('k').seal(ring_.signing(), true, random_);
        EXPECT_TRUE(loaded->unseal({{sealed}}));
    }
}

TEST_F(KeyEncryption, RejectsAnythingElseWithoutQuotingIt) {
    for (auto const& wrong : {core::to_base64(std::string(31, 'k')), core::to_base64(std::string(33, 'k')), std::string(32, 'k'), std::string{},
                              core::to_base64(std::string(32, 'k')) + "\nmore", std::string(300, 'k')}) {
        auto const loaded = KeyEncryptionKey::load(write(wrong));
        ASSERT_FALSE(loaded) << wrong;
        EXPECT_THAT(loaded.error(), HasSubstr("openssl rand -base64 32"));
        EXPECT_THAT(loaded.error(), Not(HasSubstr("kkk")));
    }
}

TEST_F(KeyEncryption, RejectsAFileThatOthersCanRead) {
    auto const loaded = KeyEncryptionKey::load(write(core::to_base64(std::string(32, 'k')), 0640));
    ASSERT_FALSE(loaded);
    EXPECT_THAT(loaded.error(), HasSubstr("chmod 600"));
    EXPECT_THAT(KeyEncryptionKey::load(directory_ / "missing").error(), HasSubstr("No such file"));
    EXPECT_THAT(KeyEncryptionKey::load(directory_).error(), HasSubstr("not a regular file"));
}

TEST_F(KeyEncryption, KeysComeBackAsTheyWere) {
    auto const two = ring_.rotated(random_, Instant{std::chrono::seconds{8}});
    auto const key = key_of('k');
    std::vector<StoredKey> const sealed{key.seal(*two.keys()[0], true, random_), key.seal(*two.keys()[1], false, random_)};
    auto const opened = key.unseal(sealed);
    ASSERT_TRUE(opened) << opened.error();
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(opened->keys()[i]->id, two.keys()[i]->id);
        EXPECT_EQ(opened->keys()[i]->created_at, two.keys()[i]->created_at);
        EXPECT_EQ(opened->keys()[i]->origin, two.keys()[i]->origin);
        EXPECT_EQ(opened->keys()[i]->secret.view(), two.keys()[i]->secret.view());
    }
    // The newer one signs only once every node has it.
    EXPECT_EQ(opened->signing().id, two.keys()[0]->id);
}

TEST_F(KeyEncryption, TheSecretIsNotInWhatIsStored) {
    auto const sealed = key_of('k').seal(ring_.signing(), true, random_);
    std::string const stored{sealed.sealed.begin(), sealed.sealed.end()};
    EXPECT_THAT(stored, Not(HasSubstr(std::string{ring_.signing().secret.view()})));
    EXPECT_NE(key_of('k').seal(ring_.signing(), true, random_).sealed, sealed.sealed);
}

TEST_F(KeyEncryption, RejectsKeysThatAnotherKeyEncrypted) {
    auto const sealed = key_of('k').seal(ring_.signing(), true, random_);
    auto const opened = key_of('o').unseal({{sealed}});
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error(), HasSubstr("keys.encryption_key_file"));
}

TEST_F(KeyEncryption, RejectsKeysThatWereChangedOrMoved) {
    auto const key = key_of('k');
    auto const good = key.seal(ring_.signing(), true, random_);
    auto changed = good;
    changed.sealed.back() ^= 1;
    EXPECT_FALSE(key.unseal({{changed}}));
    auto renamed = good;
    renamed.id.back() = renamed.id.back() == '0' ? '1' : '0';
    EXPECT_FALSE(key.unseal({{renamed}}));
    auto of_another_origin = good;
    of_another_origin.origin = crypto::KeyOrigin::kImported;
    EXPECT_FALSE(key.unseal({{of_another_origin}}));
    auto cut = good;
    cut.sealed.resize(8);
    EXPECT_FALSE(key.unseal({{cut}}));
}

TEST_F(KeyEncryption, RejectsARingThatCanNotSign) {
    auto const sealed = key_of('k').seal(ring_.signing(), false, random_);
    EXPECT_THAT(key_of('k').unseal({{sealed}}).error(), HasSubstr("no signing key"));
    EXPECT_FALSE(key_of('k').unseal({}));
}

}  // namespace
}  // namespace warder::runtime
