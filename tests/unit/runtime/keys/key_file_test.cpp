// SPDX-License-Identifier: MIT
#include "runtime/keys/key_file.hpp"

#include "core/text/base64url.hpp"
#include "fakes.hpp"
#include "store/common/freed_memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <vector>

namespace warder::runtime {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kSecret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

class KeyFile : public testing::Test {
  protected:
    KeyFile() {
        auto directory = (std::filesystem::temp_directory_path() / "warder-keys-XXXXXX").string();
        if (mkdtemp(directory.data()) == nullptr) std::abort();
        directory_ = directory;
    }
    ~KeyFile() override { std::filesystem::remove_all(directory_); }
    KeyFile(KeyFile const&) = delete;
    KeyFile& operator=(KeyFile const&) = delete;

    void write(std::string_view text) const {
        std::ofstream{path()} << text;
        chmod(path().c_str(), 0600);
    }
    std::filesystem::path path() const { return directory_ / "keys.json"; }
    std::string error_message() const {
        auto const loaded = load_key_ring(path());
        return loaded ? "" : loaded.error();
    }
    static std::string one_key() {
        return std::string{R"({"keys":[{"id":"a","created_at":1,"is_first":true,"secret":")"}.append(kSecret).append("\"}]}");
    }

    std::filesystem::path directory_;
    tests::CountingRandom random_;
};

TEST_F(KeyFile, RoundTripsAKeyRing) {
    auto const ring = crypto::KeyRing::make(random_, Instant{std::chrono::seconds{1}}).rotated(random_, Instant{std::chrono::seconds{2}});
    ASSERT_TRUE(save_key_ring(path(), ring));
    auto const loaded = load_key_ring(path());
    ASSERT_TRUE(loaded) << loaded.error();
    ASSERT_EQ(loaded->keys().size(), 2U);
    EXPECT_EQ(loaded->signing().id, ring.signing().id);
    EXPECT_EQ(loaded->signing().created_at, Instant{std::chrono::seconds{2}});
    EXPECT_EQ(loaded->signing().mac.sign("x"), ring.signing().mac.sign("x"));
    EXPECT_TRUE(loaded->named(ring.keys().front()->id)->is_first());
}

TEST_F(KeyFile, RoundTripsTheUseFlag) {
    auto const ring = crypto::KeyRing::make(random_, Instant{});
    for (auto const use : {KeyUse::kUnused, KeyUse::kUsed, KeyUse::kUnknown}) {
        ASSERT_TRUE(save_key_ring(path(), ring, use));
        EXPECT_EQ(load_key_file(path()).value().use, use);
    }
    ASSERT_TRUE(save_key_ring(path(), ring));
    EXPECT_EQ(load_key_file(path()).value().use, KeyUse::kUsed);
}

TEST_F(KeyFile, KeepsImportedKeysOfAnyLength) {
    auto const ring =
        crypto::KeyRing::make(random_, Instant{}).with_imported(crypto::Secret{"s"}, random_, Instant{}).value().rotated(random_, Instant{});
    ASSERT_TRUE(save_key_ring(path(), ring));
    auto const loaded = load_key_ring(path());
    ASSERT_TRUE(loaded) << loaded.error();
    ASSERT_EQ(loaded->keys().size(), 3U);
    EXPECT_TRUE(loaded->keys()[1]->is_imported());
    EXPECT_EQ(loaded->keys()[1]->secret.view(), "s");
    EXPECT_EQ(loaded->signing().id, ring.signing().id);
}

TEST_F(KeyFile, IsReadableOnlyByItsOwner) {
    ASSERT_TRUE(save_key_ring(path(), crypto::KeyRing::make(random_, Instant{})));
    struct stat facts{};
    ASSERT_EQ(stat(path().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U);

    chmod(path().c_str(), 0640);
    auto const loaded = load_key_ring(path());
    ASSERT_FALSE(loaded);
    EXPECT_NE(loaded.error().find("chmod 600"), std::string::npos);
}

TEST_F(KeyFile, ReportsMissingOnlyWhenTheDirectoryExists) {
    auto const missing = load_key_file(path());
    ASSERT_FALSE(missing);
    EXPECT_TRUE(missing.error().is_missing);
    EXPECT_THAT(missing.error().message, EndsWith("keys.json: not found"));

    auto const astray = load_key_file(directory_ / "elsewhere" / "keys.json");
    ASSERT_FALSE(astray);
    EXPECT_FALSE(astray.error().is_missing);
    EXPECT_THAT(astray.error().message, HasSubstr("its directory doesn't exist; select the data directory with --data-dir or --config"));

    write("{}");
    auto const below_a_file = load_key_file(path() / "keys.json");
    ASSERT_FALSE(below_a_file);
    EXPECT_FALSE(below_a_file.error().is_missing);
    EXPECT_THAT(below_a_file.error().message, EndsWith("its directory can't be reached: Not a directory"));
}

TEST_F(KeyFile, RejectsPipesLinksAndDevicesWithoutBlocking) {
    ASSERT_EQ(mkfifo(path().c_str(), 0600), 0);
    EXPECT_THAT(error_message(), EndsWith("not a regular file"));
    std::filesystem::remove(path());

    std::filesystem::create_symlink("/dev/zero", path());
    EXPECT_THAT(error_message(), EndsWith("symbolic links are not allowed; put the file itself there"));
    std::filesystem::remove(path());

    std::filesystem::create_directory(path());
    EXPECT_THAT(error_message(), EndsWith("not a regular file"));
    auto const device = load_key_ring("/dev/zero");
    ASSERT_FALSE(device);
    EXPECT_THAT(device.error(), EndsWith("not a regular file"));
}

TEST_F(KeyFile, RejectsAFileOfMoreThanOneMebibyte) {
    write(one_key() + std::string((1U << 20U) - one_key().size(), ' '));
    EXPECT_TRUE(load_key_ring(path()));
    write(one_key() + std::string((1U << 20U) - one_key().size() + 1, ' '));
    EXPECT_THAT(error_message(), EndsWith("can't be read: File too large"));
}

TEST_F(KeyFile, ReportsTheLocationOfDamageWithoutRevealingContent) {
    struct Damage {
        std::string text;
        std::string location;
    };
    auto const key = [](std::string_view id, std::string_view rest) {
        return std::string{R"({"id":")"}.append(id).append(R"(",)").append(rest).append("}");
    };
    auto const ring = [](std::string_view keys) { return std::string{R"({"keys":[)"}.append(keys).append("]}"); };
    auto const good = std::string{R"("created_at":1,"is_first":false,"secret":")"}.append(kSecret).append("\"");
    auto const first = std::string{R"("created_at":1,"is_first":true,"secret":")"}.append(kSecret).append("\"");
    auto const imported = good + R"(,"is_imported":true)";
    auto const with = [&](std::string_view part, std::string_view instead) {
        auto text = good;
        return key("a", text.replace(text.find(part), part.size(), instead));
    };
    for (auto const& [text, location] : std::vector<Damage>{
             {"", "invalid JSON at byte 0"},
             {std::string{R"({"keys":[{"id":"a","secret":")"}.append(kSecret), "invalid JSON at byte 72"},
             {"\xFF", "invalid UTF-8 at byte 0"},
             {"[]", "no list \"keys\""},
             {ring(""), "no list \"keys\""},
             {R"({"keys":[)" + key("a", good) + R"(],"more":1})", "unknown member; allowed are \"keys\""},
             {ring("1"), "keys[0] is not an object"},
             {ring(key("", good)), "keys[0].id"},
             {ring(key("a b", good)), "keys[0].id"},
             {ring(key("a\\u0062", good)), "found one at byte 17"},
             {ring(with(":1", ":-1")), "keys[0].created_at"},
             {ring(with(":1", ":253402300800")), "keys[0].created_at"},
             {ring(with(":1", ":1.5")), "keys[0].created_at"},
             {ring(with("false", "0")), "keys[0].is_first"},
             {ring(with(kSecret, "c2hvcnQ")), "keys[0].secret"},
             {ring(with(kSecret, std::string{kSecret}.append("="))), "keys[0].secret"},
             {ring(with(R"("secret")", R"("secert")")), "keys[0].secret"},
             {ring(key("a", good + R"(,"more":1)")), "keys[0] has an unknown member"},
             {ring(key("a", good + R"(,"secret":1)")), "duplicate member name"},
             {ring(key("a", good) + "," + key("a", good)), "keys[1].id is used by an earlier key"},
             {ring(key("a", first) + "," + key("b", good) + "," + key("c", first)), "keys[2].is_first is also true for an earlier key"},
             {ring(key("a", good + R"(,"is_imported":false)")), "keys[0].is_imported"},
             {ring(key("a", first + R"(,"is_imported":true)")), "keys[0].is_imported"},
             {ring(key("a", good + R"(,"is_imported":true)")), "no key that can sign"},
             {ring(key("0", good) + "," + key("1", imported) + "," + key("2", imported) + "," + key("3", imported) + "," + key("4", imported) + "," +
                   key("5", imported)),
              "keys[5].is_imported is true for too many keys"},
         }) {
        write(text);
        auto const message = error_message();
        EXPECT_THAT(message, AllOf(HasSubstr(path().string() + ": damaged: "), HasSubstr(location), HasSubstr("backup"), Not(HasSubstr("\n"))))
            << text;
        EXPECT_THAT(message, AllOf(Not(HasSubstr(kSecret)), Not(HasSubstr("c2hvcnQ")), Not(HasSubstr("secert"))));
    }
    write(ring(key("a", good)));
    EXPECT_TRUE(load_key_ring(path())) << "the first key may have been retired";
}

TEST_F(KeyFile, DoesNotSaveARingThatCouldNotBeLoaded) {
    auto const ring = crypto::KeyRing::make(random_, Instant{});
    ASSERT_TRUE(save_key_ring(path(), ring));
    auto const saved = save_key_ring(path(), crypto::KeyRing{{ring.keys().front(), ring.keys().front()}});
    ASSERT_FALSE(saved);
    EXPECT_THAT(saved.error(), EndsWith("keys[1].id is used by an earlier key"));
    EXPECT_TRUE(load_key_ring(path()));
}

TEST_F(KeyFile, FailedSaveReportsTheReasonAndLeavesNoDraft) {
    auto const ring = crypto::KeyRing::make(random_, Instant{});
    std::filesystem::create_directories(path() / "full");
    auto const not_replaced = save_key_ring(path(), ring);
    ASSERT_FALSE(not_replaced);
    EXPECT_THAT(not_replaced.error(), EndsWith("can't be replaced: Is a directory"));
    std::filesystem::remove_all(path());

    auto const on_full_disk = [&] {
        std::signal(SIGXFSZ, SIG_IGN);
        rlimit before{};
        getrlimit(RLIMIT_FSIZE, &before);
        rlimit const limit{.rlim_cur = 10, .rlim_max = before.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
        auto saved = save_key_ring(path(), ring);
        setrlimit(RLIMIT_FSIZE, &before);
        return saved;
    }();
    ASSERT_FALSE(on_full_disk);
    EXPECT_THAT(on_full_disk.error(), EndsWith("can't be written: File too large"));
    EXPECT_TRUE(std::filesystem::is_empty(directory_)) << "a draft contains a key";
}

TEST_F(KeyFile, LeavesNoKeysInFreedMemory) {
    auto const ring = std::make_unique<crypto::KeyRing>(crypto::KeyRing::make(random_, Instant{}).rotated(random_, Instant{}));
    std::vector<std::string> secrets;
    for (auto const& key : ring->keys()) {
        secrets.push_back(core::to_base64url(key->secret.view()));
        secrets.emplace_back(key->secret.view());
    }
    {
        tests::FreedMemory const freed{secrets};
        std::make_unique<std::string>(secrets.front()).reset();
        EXPECT_EQ(freed.finds(), 1U) << "it does look";
    }
    tests::FreedMemory const freed{secrets};
    ASSERT_TRUE(save_key_ring(path(), *ring));
    ASSERT_TRUE(load_key_ring(path()));
    // The damage is only after the first key.
    std::filesystem::resize_file(path(), std::filesystem::file_size(path()) - 4);
    ASSERT_FALSE(load_key_ring(path()));
    EXPECT_EQ(freed.finds(), 0U);
}

std::atomic<int> interruptions = 0;

TEST_F(KeyFile, AcquiringTheLockSurvivesSignals) {
    struct sigaction action{};  // without SA_RESTART
    action.sa_handler = [](int) { ++interruptions; };
    struct sigaction before{};
    ASSERT_EQ(sigaction(SIGUSR1, &action, &before), 0);
    auto held = std::make_unique<std::expected<KeyFileLock, std::string>>(KeyFileLock::acquire(path()));
    ASSERT_TRUE(*held);
    std::string error;
    std::atomic<bool> has_ended = false;
    std::thread waiting{[&] {
        auto const lock = KeyFileLock::acquire(path());
        if (!lock) error = lock.error();
        has_ended = true;
    }};
    // More than one signal, because the thread may not have reached the lock at the first one.
    for (int sent = 0; sent < 100; ++sent) {
        auto const before_this = interruptions.load();
        if (!has_ended) pthread_kill(waiting.native_handle(), SIGUSR1);
        // ThreadSanitizer interrupts the call immediately too, but runs the handler later: waiting briefly must suffice
        // there.
        auto const moment = std::chrono::steady_clock::now() + std::chrono::milliseconds{10};
        while (interruptions == before_this && !has_ended && std::chrono::steady_clock::now() < moment) std::this_thread::yield();
    }
    held.reset();
    waiting.join();
    sigaction(SIGUSR1, &before, nullptr);
    EXPECT_EQ(error, "");
}

TEST_F(KeyFile, RejectsKeyIdsThatAreInvalidInATokenHeader) {
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

TEST_F(KeyFile, FindKeyFileProblemsReportsAllProblems) {
    EXPECT_THAT(find_key_file_problems(path()), testing::ElementsAre(HasSubstr("not found")));
    write(one_key());
    EXPECT_THAT(find_key_file_problems(path()), testing::IsEmpty());
    write("{");
    chmod(path().c_str(), 0640);
    EXPECT_THAT(find_key_file_problems(path()), testing::ElementsAre(HasSubstr("chmod 600"), HasSubstr("damaged")));
}

}  // namespace
}  // namespace warder::runtime
