// SPDX-License-Identifier: MIT
// What is specific to the store in Specter's own file.
#include "core/jwt/jws.hpp"
#include "core/text/base64url.hpp"
#include "crypto/key_ring.hpp"
#include "store/users_json/location.hpp"
#include "store/users_json/lossless_json.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

namespace warder::tests {
namespace {

using authority::Error;
using authority::Result;
using authority::Snapshot;
using authority::Transaction;
using testing::AllOf;
using testing::HasSubstr;

constexpr char const* kAlice = R"({"id":"alice","username":"alice","password":{"salt":"c2FsdA==","pwdhash":"aGFzaA=="},"is_admin":true})";

class UsersJsonStoreTest : public testing::Test {
  protected:
    Result<void> change(std::function<Result<void>(Transaction const&)> work) { return write(*store(), std::move(work)); }
    authority::Store* store() {
        if (!store_) store_ = location_.open();
        return store_.get();
    }
    UserId user(std::string const& name) {
        UserId id{};
        EXPECT_TRUE(read(*store(), [&](Snapshot const& s) -> Result<void> {
            id = s.users->find(name).value()->id;
            return {};
        }));
        return id;
    }
    TokenRecord token(UserId owner) {
        TokenRecord token;
        token.id = TokenId::make(random_);
        token.owner = owner;
        token.description = "ci";
        token.lifetime = Seconds{60};
        token.expires_at = Instant{std::chrono::seconds{60}};
        return token;
    }

    UsersJsonTestLocation location_;
    CountingRandom random_;
    std::unique_ptr<authority::Store> store_;
};

TEST_F(UsersJsonStoreTest, RejectsUsesAsNotSupported) {
    location_.put(std::string{"["} + kAlice + "]");
    auto const text = location_.text();
    auto const record = token(user("alice"));
    EXPECT_FALSE(store()->capabilities().keeps_uses);
    auto const added = change([&](Transaction const& t) { return t.tokens->add_uses({.key = record.key(), .run = 1, .batch = 1, .count = 1}); });
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error(), Error::kNotSupportedByStore);
    EXPECT_EQ(location_.text(), text);
}

TEST_F(UsersJsonStoreTest, ReadOnlyStoreCreatesAndChangesNoFile) {
    EXPECT_THAT(location_.error_message(store::OpenMode::kReadOnly), HasSubstr("no store found"));
    EXPECT_TRUE(std::filesystem::is_empty(location_.directory()));
    location_.put(std::string{"["} + kAlice + "]");
    auto const text = location_.text();
    auto const store = location_.open_read_only();
    auto const added = write(*store, [&](Transaction const& t) -> Result<void> {
        EXPECT_TRUE(t.users->insert({.id = {}, .name = "bob", .password_hash = hash_of("hash")}));
        return {};
    });
    EXPECT_FALSE(added);
    EXPECT_EQ(location_.text(), text);
    auto const files = std::filesystem::directory_iterator{location_.directory()};
    EXPECT_EQ(std::distance(begin(files), end(files)), 1) << "not even a lock";
}

TEST_F(UsersJsonStoreTest, RejectsCeilingsOverlapsAndForeignHashesAsNotSupported) {
    location_.put(std::string{"["} + kAlice + "]");
    auto const text = location_.text();
    auto const grants = GrantList::parse(Words{"/a"}).value();
    auto const alice = user("alice");
    auto const error = [&](std::function<Result<void>(Transaction const&)> work) {
        auto const done = change(std::move(work));
        return done ? std::nullopt : std::optional{done.error()};
    };
    EXPECT_EQ(error([&](Transaction const& t) { return set_ceiling(t, alice, grants); }), Error::kNotSupportedByStore);
    EXPECT_EQ(error([&](Transaction const& t) -> Result<void> {
                  auto const made =
                      t.users->insert({.id = {}, .name = "b", .password_hash = hash_of("x"), .is_admin = false, .ceiling = grants, .created_at = {}});
                  return made ? Result<void>{} : std::unexpected{made.error()};
              }),
              Error::kNotSupportedByStore);
    EXPECT_EQ(error([&](Transaction const& t) { return set_succession(t, token(alice).key(), {}); }), Error::kNotSupportedByStore);
    EXPECT_EQ(error([&](Transaction const& t) { return set_password_hash(t, alice, "$argon2id$x"); }), Error::kNotSupportedByStore);
    EXPECT_EQ(error([&](Transaction const& t) -> Result<void> {
                  static_cast<void>(set_ceiling(t, alice, grants));
                  return set_admin(t, alice, false);
              }),
              Error::kStoreUnavailable)
        << "a rejected change leaves no part of it, even if its error is ignored";
    EXPECT_EQ(location_.text(), text);
    EXPECT_TRUE(change([&](Transaction const& t) { return set_ceiling(t, alice, nullptr); })) << "there is no limit to remove";
}

TEST_F(UsersJsonStoreTest, FileAndBackupAreReadableOnlyByTheOwner) {
    EXPECT_TRUE(change([&](Transaction const& t) -> Result<void> {
        static_cast<void>(
            t.users->insert({.id = {}, .name = "a", .password_hash = hash_of("x"), .is_admin = false, .ceiling = {}, .created_at = {}}));
        return {};
    }));
    for (auto const& entry : std::filesystem::directory_iterator{location_.directory()}) {
        struct stat facts{};
        ASSERT_EQ(::stat(entry.path().c_str(), &facts), 0);
        EXPECT_EQ(facts.st_mode & 0777U, 0600U) << entry.path();
    }
    EXPECT_TRUE(std::filesystem::exists(location_.backup()));
    store_.reset();
    ::chmod(location_.path().c_str(), 0644);
    EXPECT_THAT(location_.error_message(), HasSubstr("chmod 600"));
}

TEST_F(UsersJsonStoreTest, RejectsADamagedFileAndKeepsIt) {
    location_.put("[\n    {\"id\": \"alice\",\n");
    EXPECT_THAT(location_.error_message(),
                AllOf(HasSubstr("damaged: incomplete JSON, line 3"), HasSubstr("there is no "), HasSubstr("left unchanged")));
    std::filesystem::copy_file(location_.path(), location_.backup());
    EXPECT_THAT(location_.error_message(), HasSubstr("the previous version, " + location_.backup().string() + ", can't be read either"));
    std::ofstream{location_.backup(), std::ios::trunc} << "[]";
    EXPECT_THAT(location_.error_message(), HasSubstr("the previous version is " + location_.backup().string()));
    EXPECT_EQ(location_.text(), "[\n    {\"id\": \"alice\",\n");
}

TEST_F(UsersJsonStoreTest, DoesNotRecreateAMissingFileNextToItsBackup) {
    std::filesystem::remove(location_.path());
    EXPECT_THAT(location_.error_message(store::OpenMode::kExisting), HasSubstr("'warder serve' creates one"));
    EXPECT_FALSE(std::filesystem::exists(location_.path()));
    location_.put("[]");
    std::filesystem::rename(location_.path(), location_.backup());
    EXPECT_THAT(location_.error_message(), HasSubstr("rename that file"));
    EXPECT_FALSE(std::filesystem::exists(location_.path()));
}

TEST_F(UsersJsonStoreTest, RejectsSymbolicLinksAndDirectories) {
    std::filesystem::create_symlink("/etc/passwd", location_.path());
    EXPECT_THAT(location_.error_message(), HasSubstr("symbolic link"));
    std::filesystem::remove(location_.path());
    std::filesystem::create_directory(location_.path());
    EXPECT_THAT(location_.error_message(), HasSubstr("not a regular file"));
}

TEST_F(UsersJsonStoreTest, NeverOverwritesAFileThatWasDamagedAtRuntime) {
    location_.put(std::string{"["} + kAlice + "]");
    auto const alice = user("alice");
    ChangeRecorder recorder;
    ASSERT_TRUE(store()->attach(recorder));
    recorder.take();
    location_.put("[");
    auto const mint = [&] { return change([&](Transaction const& t) { return insert(t, token(alice)); }); };
    EXPECT_FALSE(mint());
    EXPECT_FALSE(refresh(*store()));
    EXPECT_EQ(location_.text(), "[");
    EXPECT_EQ(recorder.take(), Words{}) << "the earlier content stays in force";
    std::filesystem::remove(location_.path());
    EXPECT_FALSE(mint());
    EXPECT_FALSE(std::filesystem::exists(location_.path()));
    location_.put(std::string{"["} + kAlice + "]");
    EXPECT_TRUE(mint());
    store_.reset();
}

TEST_F(UsersJsonStoreTest, KeepsUnknownMembersAcrossChanges) {
    auto const value = store::parse_json(std::string{R"([{"later":[1.10,1e999],"id":"alice","username":"alice","is_admin":true,"jwt_tokens":{},)"} +
                                         R"("config":{"z":"\u00e9","a":1}}])");
    std::string text;
    store::print_json(text, value.value(), 0);
    location_.put(text);
    auto const alice = user("alice");
    auto const record = token(alice);
    ASSERT_TRUE(change([&](Transaction const& t) { return insert(t, record); }));
    EXPECT_EQ(UsersJsonTestLocation::text_of_file(location_.backup()), text);
    EXPECT_THAT(location_.text(), HasSubstr(record.id.text()));
    ASSERT_TRUE(change([&](Transaction const& t) { return t.tokens->erase(record.key()); }));
    EXPECT_EQ(location_.text(), text);
}

TEST_F(UsersJsonStoreTest, WritesNothingForATransactionWithoutChanges) {
    location_.put(std::string{" ["} + kAlice + "] ");
    auto const text = location_.text();
    ASSERT_TRUE(change([](Transaction const&) -> Result<void> { return {}; }));
    EXPECT_EQ(location_.text(), text);
    EXPECT_FALSE(std::filesystem::exists(location_.backup()));
}

TEST_F(UsersJsonStoreTest, NewUserIdsDifferFromExistingOnesInAnyCase) {
    location_.put(R"([{"id":"Bob","username":"x","is_admin":true}])");
    auto const add = [&](char const* name) {
        return change([&](Transaction const& t) -> Result<void> {
            auto const made =
                t.users->insert({.id = {}, .name = name, .password_hash = hash_of("x"), .is_admin = false, .ceiling = {}, .created_at = {}});
            return made ? Result<void>{} : std::unexpected{made.error()};
        });
    };
    ASSERT_TRUE(add("bob"));
    ASSERT_TRUE(add("b.o-b@"));
    EXPECT_THAT(location_.text(), AllOf(HasSubstr(R"("id": "bob_2")"), HasSubstr(R"("id": "bob_3")")));
}

TEST_F(UsersJsonStoreTest, RejectsATokenIdUsedAnywhereInTheFile) {
    auto const record = token({});
    location_.put(R"([{"id":"a","username":"a","is_admin":true},{"id":"b","username":"b b","is_admin":true,"jwt_tokens":{")" + record.id.text() +
                  R"(":7}}])");
    auto mine = record;
    mine.owner = user("a");
    EXPECT_FALSE(change([&](Transaction const& t) { return insert(t, mine); }));
}

TEST_F(UsersJsonStoreTest, CountsTokensWithoutKidByTheKeyThatSignedThem) {
    auto const ring = crypto::KeyRing::make(random_, {}).with_imported(crypto::Secret{"specter's"}, random_, {}).value();
    index::KeyRingHandle const keys{ring};
    log::Logger log{log::Level::kNone, log::Format::kLogfmt};
    location_.put(std::string{"["} + kAlice + "]");
    auto const store = store::open_users_json({.file = location_.path(), .audit = location_.audit()}, store::OpenMode::kExisting, &keys, log).value();
    auto const alice = user("alice");
    auto const signed_by = [](std::string const& text, crypto::SigningKey const& key) {
        auto const input = text.substr(0, text.rfind('.'));
        auto const mac = key.mac.sign(input);
        return input + "." + core::to_base64url({reinterpret_cast<char const*>(mac.data()), mac.size()});
    };
    auto const add = [&](std::string const& description, crypto::SigningKey const& key) {
        auto record = token(alice);
        record.description = description;
        auto text = text_of(record);
        text = core::make_jws_header({}) + text.substr(text.find('.'));
        return write(*store, [&](Transaction const& t) { return t.tokens->insert(record, signed_by(text, key)); });
    };
    ASSERT_TRUE(add("ours", *ring.keys()[0]));
    ASSERT_TRUE(add("theirs", *ring.keys()[1]));
    ASSERT_TRUE(add("theirs too", *ring.keys()[1]));
    ASSERT_TRUE(write(*store, [&](Transaction const& t) -> Result<void> {
        EXPECT_EQ(t.tokens->count_live(ring.keys()[0]->id, {}).value(), 1);
        EXPECT_EQ(t.tokens->count_live(ring.keys()[1]->id, {}).value(), 2);
        EXPECT_EQ(t.tokens->erase_signed_by(ring.keys()[1]->id).value(), 2);
        EXPECT_EQ(t.users->find(alice).value()->token_count, 1);
        return {};
    }));
}

}  // namespace
}  // namespace warder::tests
