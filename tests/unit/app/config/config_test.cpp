// SPDX-License-Identifier: MIT
#include "app/config/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace warder::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ReadSettings : public testing::Test {
  protected:
    ~ReadSettings() override { std::filesystem::remove_all(directory_); }

    Reading read(std::string const& toml, Overrides const& overrides = {}) {
        std::ofstream{file_} << toml;
        return read_settings(file_, overrides);
    }
    static std::filesystem::path make_directory() {
        auto path = (std::filesystem::temp_directory_path() / "warder-unit-XXXXXX").string();
        if (mkdtemp(path.data()) == nullptr) std::abort();
        return path;
    }

    std::filesystem::path directory_ = make_directory();
    std::filesystem::path file_ = directory_ / "w.toml";
};

TEST_F(ReadSettings, ReturnsTheDefaultsForAnEmptyFile) {
    auto const [config, problems, unsure] = read("");
    EXPECT_TRUE(problems.empty() && unsure.empty());
    EXPECT_EQ(config.server.listen.host, "127.0.0.1");
    EXPECT_EQ(config.server.listen.port, 8441);
    EXPECT_EQ(config.data_dir, "./warder-data");
    EXPECT_EQ(store::describe(config.store_url()), "./warder-data/warder.db");
    EXPECT_EQ(config.server.max_connections, 10'000U);
    EXPECT_EQ(config.server.header_timeout, std::chrono::seconds{10});
    EXPECT_EQ(config.server.idle_timeout, std::chrono::seconds{75});
    EXPECT_EQ(config.server.drain_timeout, std::chrono::seconds{10});
    EXPECT_EQ(config.tokens.max_lifetime, Seconds{10.0 * 365 * 86'400});
    EXPECT_EQ(config.tokens.keep_expired, Seconds{30.0 * 86'400});
    EXPECT_EQ(config.tokens.max_per_user, 10'000);
    EXPECT_EQ(config.passwords.cost.memory_bytes, std::size_t{64} << 20U);
    EXPECT_EQ(config.passwords.cost.passes, 2U);
    EXPECT_EQ(config.passwords.workers, 2U);
    EXPECT_EQ(config.passwords.queue, 64U);
    EXPECT_FALSE(config.server.access_log || config.allow_plaintext);
}

TEST_F(ReadSettings, ReportsACharacterThatNoKeyBeginsWithInATableHeader) {
    for (auto const* const header : {"[(a]", "[[(a]]", "[a.(b]"}) EXPECT_THAT(read(header).problems, ElementsAre(HasSubstr("w.toml:1: "))) << header;
}

TEST_F(ReadSettings, CommandLineOverridesEnvironmentAndEnvironmentOverridesFile) {
    Overrides const overrides{.environment = {{"WARDER_DATA_DIR", "/two"}, {"WARDER_THREADS", "2"}}, .flags = {{"data_dir", "/three"}}};
    auto const reading = read("data_dir = '/one'\nthreads = 1\nmax_connections = 7\n", overrides);
    EXPECT_TRUE(reading.problems.empty());
    EXPECT_EQ(reading.config.data_dir, "/three");
    EXPECT_EQ(reading.config.server.threads, 2U);
    EXPECT_EQ(reading.config.server.max_connections, 7U);
    EXPECT_EQ(reading.config.key_file(), "/three/keys.json");
}

TEST_F(ReadSettings, DisablesTheWebUiOnAListenerWithRoutes) {
    std::string const route = "[[route]]\nprefix = '/a'\nupstream = 'http://127.0.0.1:1'\n";
    EXPECT_TRUE(read("").config.has_ui());
    EXPECT_FALSE(read("[ui]\nenabled = false\nsame_origin = true").config.has_ui());
    EXPECT_FALSE(read(route).config.has_ui());
    EXPECT_TRUE(read("[ui]\nsame_origin = true\n" + route).config.has_ui());
    EXPECT_TRUE(read("[gateway]\nlisten = '127.0.0.1:1'\n" + route).config.has_ui());
}

TEST_F(ReadSettings, PassesTheSettingsOfAClusterToTheInstance) {
    auto const defaults = read("").config.instance_settings();
    EXPECT_EQ(defaults.cluster.max_staleness, std::chrono::seconds{30});
    EXPECT_EQ(defaults.cluster.poll, std::chrono::seconds{0});
    EXPECT_EQ(defaults.encryption_key_file, "");
    auto const [settings, problems, unsure] = read("[cluster]\nmax_staleness = '5 s'\npoll = 0.5\n[keys]\nencryption_key_file = '/k'\n");
    auto const chosen = settings.instance_settings();
    EXPECT_EQ(chosen.cluster.max_staleness, std::chrono::seconds{5});
    EXPECT_EQ(chosen.cluster.poll, std::chrono::milliseconds{500});
    EXPECT_EQ(chosen.encryption_key_file, "/k");
}

TEST_F(ReadSettings, RequiresAPollOfAtMostHalfTheMaximumStaleness) {
    EXPECT_THAT(read("[cluster]\nmax_staleness = '10 s'\npoll = '5 s'\n").problems, testing::IsEmpty());
    EXPECT_THAT(read("[cluster]\nmax_staleness = '10 s'\npoll = '5.1 s'\n").problems,
                ElementsAre(R"(cluster.poll = "5.1 seconds": must be at most half of cluster.max_staleness, which is "10 seconds")"));
    EXPECT_THAT(read("[cluster]\nmax_staleness = '1 s'\npoll = '20 s'\n").problems, ElementsAre(HasSubstr("cluster.max_staleness: expected")))
        << "a consequence of the first problem isn't one more";
}

TEST_F(ReadSettings, ReadsAndValidatesSessionLimits) {
    auto const defaults = read("").config.sessions;
    EXPECT_EQ(defaults.idle, std::chrono::minutes{30});
    EXPECT_EQ(defaults.absolute, std::chrono::hours{12});
    auto const reading = read("[ui]\nidle = '1.5 s'\nabsolute = 90\n");
    EXPECT_TRUE(reading.problems.empty());
    EXPECT_EQ(reading.config.sessions.idle, std::chrono::milliseconds{1500});
    EXPECT_EQ(reading.config.sessions.absolute, std::chrono::seconds{90});
    for (auto const* const wrong :
         {"idle = 0", "idle = '0.5 s'", "absolute = 'fortnight'", "absolute = '101 years'", "enabled = 'yes'", "same_origin = 1"})
        EXPECT_EQ(read("[ui]\n" + std::string{wrong}).problems.size(), 1U) << wrong;
}

TEST_F(ReadSettings, ReadsANumberAsADurationInSeconds) {
    auto const reading = read("idle_timeout = 2\nheader_timeout = 1.5\n[tokens]\nmax_life = '2 hours'\n");
    EXPECT_TRUE(reading.problems.empty());
    EXPECT_EQ(reading.config.server.idle_timeout, std::chrono::seconds{2});
    EXPECT_EQ(reading.config.server.header_timeout, std::chrono::milliseconds{1'500});
    EXPECT_EQ(reading.config.tokens.max_lifetime, Seconds{7'200});
}

TEST_F(ReadSettings, ReportsErrorsInTheOrderOfTheLines) {
    auto const reading = read("zzz = 1\nthreads = 'x'\n[aaa]\n[log]\nlevel = 'loud'\n");
    EXPECT_THAT(reading.problems,
                ElementsAre(HasSubstr("w.toml:1: unknown key \"zzz\""),
                            HasSubstr("w.toml:2: invalid type for threads: found a string; expected a whole number"),
                            HasSubstr("w.toml:3: unknown section [aaa]"), HasSubstr("w.toml:5: invalid value \"loud\" for log.level")));
}

TEST_F(ReadSettings, MarksRejectedSettingsAsUnsure) {
    EXPECT_THAT(read("data_dir = 7\n").unsure, ElementsAre("data_dir"));
    EXPECT_THAT(read("data_dir = 7\n", {.environment = {}, .flags = {{"data_dir", "/x"}}}).unsure, ElementsAre());
    EXPECT_THAT(read("no toml").unsure, ElementsAre("data_dir", "listen", "presets_dir", "store"));
}

TEST_F(ReadSettings, ValidatesTheListenAddressAfterAllSources) {
    EXPECT_THAT(read("listen = '0.0.0.0:1'\n").problems, ElementsAre(HasSubstr("allow_plaintext")));
    EXPECT_TRUE(read("listen = '0.0.0.0:1'\n", {.environment = {{"WARDER_ALLOW_PLAINTEXT", "true"}}, .flags = {}}).problems.empty());
    EXPECT_TRUE(read("listen = '0.0.0.0:1'\n", {.environment = {}, .flags = {{"listen", "[::1]:0"}}}).problems.empty());
}

TEST_F(ReadSettings, ErrorNamesTheCommandLineOption) {
    EXPECT_THAT(read_settings(std::nullopt, {.environment = {}, .flags = {{"data_dir", ""}}}).problems, ElementsAre(HasSubstr("--data-dir: ")));
}

TEST_F(ReadSettings, DoesNotRepeatAPasswordInTheStoreUrl) {
    EXPECT_THAT(read("store = 'postgres://me:hunter2@db'\n").problems, ElementsAre(Not(HasSubstr("hunter2"))));
}

TEST(ReadConfig, FailsForAnyError) {
    EXPECT_TRUE(read_config(std::nullopt, {}));
    EXPECT_FALSE(read_config("/nowhere/w.toml", {}));
}

TEST(IgnoredVariables, ListsForeignVariablesAndServiceLinks) {
    Overrides const overrides{.environment = {{"WARDER_BIN", ""}, {"WARDER_LISTEN", ""}, {"WARDER_LISTNE", ""}, {"WARDER_UI_PORT", ""}}, .flags = {}};
    auto const ignored = ignored_variables(overrides);
    ASSERT_EQ(ignored.size(), 2U);
    EXPECT_EQ(ignored[0].name, "WARDER_BIN");
    EXPECT_EQ(ignored[1].name, "WARDER_UI_PORT");
    EXPECT_NE(ignored[0].why, ignored[1].why);
}

TEST(Hashing, UsesTheKindOfHashThatTheStoreRequires) {
    Config const config;
    EXPECT_EQ(config.hashing({}).kind, crypto::HashKind::kArgon2id);
    EXPECT_EQ(config.hashing({.password_hash_kind = crypto::HashKind::kSpecterPbkdf2}).kind, crypto::HashKind::kSpecterPbkdf2);
}

TEST_F(ReadSettings, InvalidStoreUrlIsAProblem) {
    EXPECT_TRUE(read("store = \"users-json:<data_dir>/users.json\"\n").problems.empty());
    EXPECT_TRUE(read("store = \"postgresql://x\"\n").problems.empty());
    for (auto const* const wrong : {"users-json:", "users-json", "sqlite:", "", ":", "mysql://x"})
        EXPECT_EQ(read(std::string{"store = \""} + wrong + "\"\n").problems.size(), 1U) << wrong;
}

}  // namespace
}  // namespace warder::app
