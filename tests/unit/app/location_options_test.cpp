// SPDX-License-Identifier: MIT
#include "app/location_options.hpp"

#include "app/arguments.hpp"
#include "temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace warder::app {
namespace {

using testing::ElementsAre;
using testing::Eq;
using testing::IsEmpty;
using testing::Optional;
using testing::Pair;

/// Returns the options of a command line such as `--store sqlite:x`.
cli::LocationOptions parse_options(std::vector<char const*> const& arguments) {
    CLI::App command;
    cli::LocationOptions options;
    options.declare(command);
    parse_arguments(command, arguments);
    return options;
}

/// Returns the error of a configuration file that can't be used, without the file's name.
std::string error_of(std::string const& content) {
    tests::TemporaryDirectory const directory;
    auto const file = directory.path() / "warder.toml";
    std::ofstream{file} << content;
    auto const config = load_config({.file = file, .overrides = {}});
    auto error = config ? "" : config.error();
    EXPECT_TRUE(error.starts_with(file.string())) << error;
    for (auto at = error.find(file.string()); at != std::string::npos; at = error.find(file.string())) error.erase(at, file.string().size());
    return error;
}

TEST(AddText, KeepsAnEmptyValueApartFromNone) {
    EXPECT_THAT(parse_options({"--store", ""}).store, Optional(Eq("")));
    EXPECT_THAT(parse_options({"--store="}).store, Optional(Eq("")));
    EXPECT_EQ(parse_options({}).store, std::nullopt);
}

TEST(AddText, RejectsAnOptionWithoutAValue) { EXPECT_THROW(parse_options({"--store"}), CLI::ParseError); }

TEST(LocationOptions, OverrideOnlyTheSettingsThatAreGiven) {
    EXPECT_THAT(source_of(parse_options({})).overrides.flags, IsEmpty());
    EXPECT_THAT(source_of(parse_options({"--data-dir", "d"})).overrides.flags, ElementsAre(Pair("data_dir", "d")));
    EXPECT_THAT(source_of(parse_options({"--store", "sqlite:x", "--data-dir", ""})).overrides.flags,
                ElementsAre(Pair("data_dir", ""), Pair("store", "sqlite:x")));
}

TEST(LocationOptions, NameAFileOnlyIfItIsGiven) {
    EXPECT_EQ(source_of(parse_options({})).file, std::nullopt);
    EXPECT_THAT(source_of(parse_options({"--config", "a.toml"})).file, Optional(Eq("a.toml")));
    EXPECT_EQ(source_of(parse_options({"--config", "a.toml"})).overrides.flags.count("config"), 0U);
}

TEST(LocationOptions, NameTheInstalledFileOnlyIfItExistsAndNoLocationIsGiven) {
    tests::TemporaryDirectory const directory;
    auto const installed = directory.path() / "warder.toml";
    EXPECT_EQ(source_of(parse_options({}), installed).file, std::nullopt);
    std::ofstream{installed} << "";
    EXPECT_EQ(source_of(parse_options({}), installed).file, installed);
    EXPECT_THAT(source_of(parse_options({"--config", "a.toml"}), installed).file, Optional(Eq("a.toml")));
    EXPECT_EQ(source_of(parse_options({"--data-dir", "d"}), installed).file, std::nullopt);
    EXPECT_EQ(source_of(parse_options({"--store", "sqlite:x"}), installed).file, std::nullopt);
}

TEST(LoadConfig, AppliesTheOptions) {
    auto const config = load_config(source_of(parse_options({"--data-dir", "/srv/d", "--store", "users-json:/srv/u.json"})));
    ASSERT_TRUE(config);
    EXPECT_EQ(config->data_dir, "/srv/d");
    EXPECT_EQ(config->store, "users-json:/srv/u.json");
}

TEST(LoadConfig, ReportsOneProblemAlone) { EXPECT_EQ(error_of("port = 1\n"), ":1: unknown key \"port\": did you mean \"listen\"?"); }

TEST(LoadConfig, ReportsTwoProblemsOnOneLine) {
    EXPECT_EQ(error_of("port = 1\nlevel = 1\n"),
              ":1: unknown key \"port\": did you mean \"listen\"?; also :2: unknown key \"level\": it belongs under [log]");
}

TEST(LoadConfig, CountsTheProblemsAfterTheFirstTwo) {
    EXPECT_THAT(error_of("port = 1\nlevel = 1\nidle = 1\n"), testing::EndsWith("; and 1 more ('warder check' lists all)"));
    EXPECT_THAT(error_of("port = 1\nlevel = 1\nidle = 1\nkeep = 1\n"), testing::EndsWith("; and 2 more ('warder check' lists all)"));
}

TEST(LoadConfig, ErrorContainsNoControlCharacterOfAFileName) {
    auto const config = load_config({.file = "/nowhere/\x1b[31m\n.toml", .overrides = {}});
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().find_first_of("\x1b\n"), std::string::npos) << config.error();
}

}  // namespace
}  // namespace warder::app
