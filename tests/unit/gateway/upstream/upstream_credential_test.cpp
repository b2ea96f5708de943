// SPDX-License-Identifier: MIT
#include "gateway/upstream/upstream_credential.hpp"

#include "fakes.hpp"
#include "store/common/freed_memory.hpp"
#include "temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace warder::gateway {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Kind = UpstreamCredentialSource::Kind;

class UpstreamCredentialTest : public testing::Test {
  protected:
    /// Replaces the file as Bitcoin Core replaces its cookie: writes another file, then renames it.
    void put(std::string_view content, mode_t mode = 0600) const {
        auto const draft = directory_.path() / "draft";
        std::ofstream{draft} << content;
        ::chmod(draft.c_str(), mode);
        std::filesystem::rename(draft, file_);
    }
    [[nodiscard]] UpstreamCredentialSource source(Kind kind, std::string name = {}) const {
        return {.kind = kind, .header_name = std::move(name), .file = file_};
    }

    /// Returns the header as it is in a request, or the error.
    static std::string line(UpstreamCredential const& credential) {
        auto const found = credential.read();
        if (!found) return found.error();
        return *found ? (*found)->name + ": " + std::string{(*found)->value.view()} : "nothing";
    }
    std::string line(Kind kind, std::string_view content) const {
        put(content);
        return line(UpstreamCredential{source(kind, "X-Key"), clock_});
    }

    warder::tests::TemporaryDirectory directory_;
    std::filesystem::path file_ = directory_.path() / "secret";
    warder::tests::ManualClock clock_;
};

TEST_F(UpstreamCredentialTest, WritesTheHeaderOfItsKind) {
    EXPECT_EQ(line(Kind::kBasicFile, "__cookie__:0123abcd"), "Authorization: Basic X19jb29raWVfXzowMTIzYWJjZA==");
    EXPECT_EQ(line(Kind::kBasicFile, "a:b:c"), "Authorization: Basic YTpiOmM=");
    EXPECT_EQ(line(Kind::kBearerFile, "eyJhbGciOi.x.y\n"), "Authorization: Bearer eyJhbGciOi.x.y");
    EXPECT_EQ(line(Kind::kHeaderFile, "s3\tcr\xC3\xA9t"), "X-Key: s3\tcr\xC3\xA9t");
}

TEST_F(UpstreamCredentialTest, RemovesOneTrailingNewline) {
    EXPECT_EQ(line(Kind::kHeaderFile, "s\n"), "X-Key: s");
    EXPECT_EQ(line(Kind::kHeaderFile, "s\r\n"), "X-Key: s");
    for (auto const text : {"s\n\n"sv, "s\r\n\r\n"sv, "s\nt"sv}) EXPECT_THAT(line(Kind::kHeaderFile, text), HasSubstr("more than one line"));
    EXPECT_THAT(line(Kind::kHeaderFile, "s\r"), HasSubstr("control character"));
}

TEST_F(UpstreamCredentialTest, RejectsContentThatAHeaderCannotHold) {
    for (auto const text : {""sv, "\n"sv, "\r\n"sv}) EXPECT_THAT(line(Kind::kHeaderFile, text), HasSubstr("it is empty"));
    for (auto const text : {"a\0b"sv, "a\rb"sv, "a\x1B"sv, "a\x7F"sv}) EXPECT_THAT(line(Kind::kHeaderFile, text), HasSubstr("control character"));
    EXPECT_THAT(line(Kind::kHeaderFile, "a\xFF"), HasSubstr("not UTF-8"));
    for (auto const text : {" a"sv, "a "sv, "a\t"sv}) EXPECT_THAT(line(Kind::kBearerFile, text), HasSubstr("begins or ends with a space"));
    EXPECT_EQ(line(Kind::kBasicFile, "a: b "), "Authorization: Basic YTogYiA=");
    EXPECT_THAT(line(Kind::kBasicFile, "hunter2"), HasSubstr("no colon"));
}

TEST_F(UpstreamCredentialTest, RejectsMoreThanEightKibibytes) {
    std::string const longest(kMaxCredential, 'x');
    EXPECT_EQ(line(Kind::kHeaderFile, longest + "\r\n"), "X-Key: " + longest);
    EXPECT_THAT(line(Kind::kHeaderFile, longest + "x"), HasSubstr("longer than 8 KiB"));
    EXPECT_THAT(line(Kind::kHeaderFile, longest + longest), HasSubstr("longer than 8 KiB"));
}

TEST_F(UpstreamCredentialTest, RejectsAFileAccessibleByOthers) {
    for (mode_t const mode : {0640U, 0604U, 0620U, 0610U}) {
        put("u:hunter2", mode);
        auto const result = line(UpstreamCredential{source(Kind::kBasicFile), clock_});
        EXPECT_THAT(result, HasSubstr("chmod 600"));
        EXPECT_THAT(result, Not(HasSubstr("hunter2")));
    }
    put("u:p", 0400);
    EXPECT_THAT(line(UpstreamCredential{source(Kind::kBasicFile), clock_}), HasSubstr("Basic"));
    constexpr uid_t kNobody = 65534;
    if (::chown(file_.c_str(), kNobody, kNobody) != 0) return;  // only root can
    EXPECT_THAT(line(UpstreamCredential{source(Kind::kBasicFile), clock_}), HasSubstr("another user"));
}

TEST_F(UpstreamCredentialTest, AcceptsARegularFileOrALinkToOne) {
    EXPECT_THAT(line(UpstreamCredential{source(Kind::kBasicFile), clock_}), HasSubstr(file_.native() + ": no such file"));
    ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
    EXPECT_THAT(line(UpstreamCredential{source(Kind::kBasicFile), clock_}), HasSubstr("not a regular file"));  // without waiting for a writer
    std::filesystem::remove(file_);
    std::filesystem::create_directory(file_);
    EXPECT_THAT(line(UpstreamCredential{source(Kind::kBasicFile), clock_}), HasSubstr("not a regular file"));
    std::filesystem::remove(file_);
    put("u:p");
    std::filesystem::rename(file_, directory_.path() / "elsewhere");
    std::filesystem::create_symlink("elsewhere", file_);
    EXPECT_THAT(line(UpstreamCredential{source(Kind::kBasicFile), clock_}), HasSubstr("Basic"));
}

TEST_F(UpstreamCredentialTest, ReportsAllProblemsOfTheFile) {
    put("hunter2\nmore", 0644);
    EXPECT_THAT(find_upstream_credential_problems(source(Kind::kBasicFile)), ElementsAre(HasSubstr("chmod 600"), HasSubstr("more than one line")));
    put("u:p");
    EXPECT_THAT(find_upstream_credential_problems(source(Kind::kBasicFile)), IsEmpty());
    std::filesystem::remove(file_);
    EXPECT_THAT(find_upstream_credential_problems(source(Kind::kBasicFile)), ElementsAre(HasSubstr("no such file")));
    EXPECT_THAT(find_upstream_credential_problems(source(Kind::kPass)), IsEmpty());
    EXPECT_THAT(find_upstream_credential_problems({}), IsEmpty());
}

TEST_F(UpstreamCredentialTest, ReturnsNothingWithoutAFile) {
    EXPECT_EQ(line(UpstreamCredential{{}, clock_}), "nothing");
    EXPECT_EQ(line(UpstreamCredential{source(Kind::kPass), clock_}), "nothing");
    EXPECT_EQ(UpstreamCredential({}, clock_).header_name(), "");
    EXPECT_EQ(UpstreamCredential(source(Kind::kBasicFile), clock_).header_name(), "Authorization");
    EXPECT_EQ(UpstreamCredential(source(Kind::kHeaderFile, "X-Key"), clock_).header_name(), "X-Key");
}

TEST_F(UpstreamCredentialTest, ReadsAReplacedFileAfterTheCheckInterval) {
    put("one");
    UpstreamCredential const credential{source(Kind::kHeaderFile, "X-Key"), clock_};
    EXPECT_EQ(line(credential), "X-Key: one");
    put("two");
    clock_.advance(UpstreamCredential::kFreshFor - 1ns);
    EXPECT_EQ(line(credential), "X-Key: one");
    clock_.advance(1ns);
    EXPECT_EQ(line(credential), "X-Key: two");
}

TEST_F(UpstreamCredentialTest, ReadsAFileChangedInPlaceWithEqualLength) {
    put("one");
    UpstreamCredential const credential{source(Kind::kHeaderFile, "X-Key"), clock_};
    for (auto const* const next : {"two", "six", "ten"}) {
        clock_.advance(UpstreamCredential::kFreshFor);
        std::ofstream{file_} << next;
        EXPECT_EQ(line(credential), std::string{"X-Key: "} + next);
    }
}

TEST_F(UpstreamCredentialTest, ReturnsAnErrorInsteadOfTheOldValueForAnInvalidFile) {
    put("one");
    UpstreamCredential const credential{source(Kind::kHeaderFile, "X-Key"), clock_};
    EXPECT_EQ(line(credential), "X-Key: one");
    auto const later = [&] {
        clock_.advance(UpstreamCredential::kFreshFor);
        return line(credential);
    };
    std::filesystem::remove(file_);
    EXPECT_THAT(later(), HasSubstr("no such file"));
    put("two", 0644);
    EXPECT_THAT(later(), HasSubstr("chmod 600"));
    ::chmod(file_.c_str(), 0600);
    EXPECT_EQ(later(), "X-Key: two");
    put("");
    EXPECT_THAT(later(), HasSubstr("it is empty"));
    put("two");
    EXPECT_EQ(later(), "X-Key: two");
}

TEST_F(UpstreamCredentialTest, ReturnsTheSameObjectForUnchangedContent) {
    put("one");
    UpstreamCredential const credential{source(Kind::kHeaderFile, "X-Key"), clock_};
    auto const first = credential.read();
    put("one");
    clock_.advance(UpstreamCredential::kFreshFor);
    EXPECT_EQ(credential.read(), first);
}

TEST_F(UpstreamCredentialTest, LeavesNoSecretInFreedMemory) {
    std::vector<std::string> const texts{"correct:horse-battery-staple-correct-horse", "Y29ycmVjdDpob3JzZS1iYXR0ZXJ5LXN0YXBsZS1jb3JyZWN0LWhvcnNl"};
    put(texts.front());
    {
        warder::tests::FreedMemory const freed{texts};
        std::make_unique<std::string>(texts.front()).reset();
        EXPECT_EQ(freed.finds(), 1U) << "it does look";
    }
    warder::tests::FreedMemory const freed{texts};
    for (auto const kind : {Kind::kBasicFile, Kind::kBearerFile, Kind::kHeaderFile}) {
        UpstreamCredential const credential{source(kind, "X-Key"), clock_};
        EXPECT_TRUE(credential.read());
        clock_.advance(UpstreamCredential::kFreshFor);
        EXPECT_TRUE(credential.read());
    }
    EXPECT_EQ(freed.finds(), 0U);
}

TEST_F(UpstreamCredentialTest, ReturnsCompleteContentWhileTheFileIsReplaced) {
    put("one");
    UpstreamCredential const credential{source(Kind::kHeaderFile, "X-Key"), clock_};
    std::atomic<bool> is_done = false;
    std::atomic<int> wrong = 0, twos = 0;
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i)
        readers.emplace_back([&] {
            while (!is_done) {
                auto const result = line(credential);
                if (result == "X-Key: two") ++twos;
                else if (result != "X-Key: one") ++wrong;
            }
        });
    for (int round = 0; round < 200 || twos == 0; ++round) {
        put(round % 2 == 0 ? "two" : "one");
        clock_.advance(UpstreamCredential::kFreshFor);
        std::this_thread::yield();
    }
    is_done = true;
    for (auto& reader : readers) reader.join();
    EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace warder::gateway
