// SPDX-License-Identifier: MIT
#include "store/key_file.hpp"

#include "fakes.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace warder::store {
namespace {

class KeyFile : public testing::Test {
  protected:
    KeyFile() {
        auto folder = (std::filesystem::temp_directory_path() / "warder-keys-XXXXXX").string();
        if (mkdtemp(folder.data()) == nullptr) std::abort();
        folder_ = folder;
    }
    ~KeyFile() override { std::filesystem::remove_all(folder_); }
    KeyFile(KeyFile const&) = delete;
    KeyFile& operator=(KeyFile const&) = delete;

    void write(std::string_view text) const {
        std::ofstream{path()} << text;
        chmod(path().c_str(), 0600);
    }
    std::filesystem::path path() const { return folder_ / "keys.json"; }

    std::filesystem::path folder_;
    tests::CountingRandom random_;
};

TEST_F(KeyFile, GivesBackTheRingThatWasSaved) {
    auto const ring = crypto::KeyRing::make(random_, Instant{std::chrono::seconds{1}}).rotated(random_, Instant{std::chrono::seconds{2}});
    ASSERT_TRUE(save_key_ring(path(), ring));
    auto const loaded = load_key_ring(path());
    ASSERT_TRUE(loaded) << loaded.error().message;
    ASSERT_EQ(loaded->keys().size(), 2U);
    EXPECT_EQ(loaded->signing().id, ring.signing().id);
    EXPECT_EQ(loaded->signing().created_at, Instant{std::chrono::seconds{2}});
    EXPECT_EQ(loaded->signing().mac.sign("x"), ring.signing().mac.sign("x"));
    EXPECT_EQ(loaded->unnamed()->id, ring.unnamed()->id);
}

TEST_F(KeyFile, IsForItsOwnerAlone) {
    ASSERT_TRUE(save_key_ring(path(), crypto::KeyRing::make(random_, Instant{})));
    struct stat facts{};
    ASSERT_EQ(stat(path().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U);

    chmod(path().c_str(), 0640);
    auto const loaded = load_key_ring(path());
    ASSERT_FALSE(loaded);
    EXPECT_NE(loaded.error().message.find("chmod 600"), std::string::npos);
}

TEST_F(KeyFile, SaysWhenItIsMissing) {
    auto const loaded = load_key_ring(path());
    ASSERT_FALSE(loaded);
    EXPECT_TRUE(loaded.error().is_missing);
}

TEST_F(KeyFile, RefusesADamagedOneWithoutShowingIt) {
    for (std::string_view const text : {"", "{", "[]", R"({"keys":[]})", R"({"keys":[{"id":"a","created_at":1,"is_first":true,"secret":"c2hvcnQ"}]})",
                                        R"({"keys":[{"id":"a","created_at":1,"is_first":true,"secret":"!"}]})"}) {
        write(text);
        auto const loaded = load_key_ring(path());
        ASSERT_FALSE(loaded) << text;
        EXPECT_FALSE(loaded.error().is_missing);
        EXPECT_EQ(loaded.error().message.find("c2hvcnQ"), std::string::npos);
    }
}

TEST_F(KeyFile, RefusesIdsThatATokenCanNotName) {
    constexpr std::string_view kRest = R"(,"created_at":1,"is_first":false,"secret":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"})";
    auto const is_read = [&](std::string_view ids) {
        std::string text = R"({"keys":[{"id":)";
        for (char const c : ids) {
            if (c == ',') text.append(kRest).append(R"(,{"id":)");
            else text += c;
        }
        write(text.append(kRest).append("]}"));
        return load_key_ring(path()).has_value();
    };
    EXPECT_TRUE(is_read(R"("a")"));
    EXPECT_TRUE(is_read(R"("a","b_-9")"));
    for (auto const* ids : {R"("a","a")", R"("a\"b")", R"("a b")", R"("\u00e9")", R"("a\u0000")", R"("")"}) EXPECT_FALSE(is_read(ids)) << ids;
    EXPECT_TRUE(is_read("\"" + std::string(64, 'a') + "\""));
    EXPECT_FALSE(is_read("\"" + std::string(65, 'a') + "\""));
}

}  // namespace
}  // namespace warder::store
