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

/// Returns what is printed about a configuration file that can't be used.
std::string error_of(std::string const& content) {
    tests::TemporaryDirectory const directory;
    auto const file = directory.path() / "warder.toml";
    std::ofstream{file} << content;
    testing::internal::CaptureStderr();
    auto const config = read_or_print_error({.file = file, .overrides = {}});
    auto printed = testing::internal::GetCapturedStderr();
    EXPECT_FALSE(config) << content;
    auto const prefix = "warder: " + file.string();
    EXPECT_TRUE(printed.starts_with(prefix) && printed.ends_with('\n')) << printed;
    for (auto at = printed.find(file.string()); at != std::string::npos; at = printed.find(file.string())) printed.erase(at, file.string().size());
    return printed;
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

TEST(LocationOptions, ReturnTheConfigurationWithTheirValues) {
    auto const config = read_or_print_error(source_of(parse_options({"--data-dir", "/srv/d", "--store", "users-json:/srv/u.json"})));
    ASSERT_TRUE(config);
    EXPECT_EQ(config->data_dir, "/srv/d");
    EXPECT_EQ(config->store, "users-json:/srv/u.json");
}

TEST(LocationOptions, PrintOneProblemAlone) { EXPECT_EQ(error_of("port = 1\n"), "warder: :1: unknown key \"port\": did you mean \"listen\"?\n"); }

TEST(LocationOptions, PrintTwoProblemsOnOneLine) {
    EXPECT_EQ(error_of("port = 1\nlevel = 1\n"),
              "warder: :1: unknown key \"port\": did you mean \"listen\"?; also :2: unknown key \"level\": it belongs under [log]\n");
}

TEST(LocationOptions, CountTheProblemsAfterTheFirstTwo) {
    EXPECT_THAT(error_of("port = 1\nlevel = 1\nidle = 1\n"), testing::EndsWith("; and 1 more ('warder check' lists all)\n"));
    EXPECT_THAT(error_of("port = 1\nlevel = 1\nidle = 1\nkeep = 1\n"), testing::EndsWith("; and 2 more ('warder check' lists all)\n"));
}

TEST(LocationOptions, PrintNoControlCharacterOfAFileName) {
    testing::internal::CaptureStderr();
    EXPECT_FALSE(read_or_print_error({.file = "/nowhere/\x1b[31m\n.toml", .overrides = {}}));
    auto const printed = testing::internal::GetCapturedStderr();
    EXPECT_EQ(printed.find('\x1b'), std::string::npos) << printed;
    EXPECT_EQ(printed.find('\n'), printed.size() - 1) << printed;
}

}  // namespace
}  // namespace warder::app
