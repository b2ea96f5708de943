// SPDX-License-Identifier: MIT
#pragma once

#include "log/log.hpp"
#include "store/store_conformance.hpp"
#include "store/users_json/users_json_store.hpp"
#include "temporary_directory.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <sys/stat.h>

namespace warder::tests {

class UsersJsonTestLocation final : public TestLocation {
  public:
    std::unique_ptr<authority::Store> open() override { return open(store::make_file_port()); }
    std::unique_ptr<authority::Store> open_read_only() override { return open(store::make_file_port(), store::OpenMode::kReadOnly); }
    std::unique_ptr<authority::Store> open(std::unique_ptr<store::FilePort> files, store::OpenMode mode = store::OpenMode::kCreate) {
        auto opened = store::open_users_json({.file = path(), .audit = audit()}, mode, nullptr, log_, std::move(files));
        if (!opened) ADD_FAILURE() << opened.error().message;
        return std::move(*opened);
    }
    /// Returns why the store can't be opened; empty if it can.
    std::string error_message(store::OpenMode mode = store::OpenMode::kCreate) {
        auto const opened = store::open_users_json({.file = path(), .audit = audit()}, mode, nullptr, log_);
        return opened ? "" : opened.error().message;
    }

    [[nodiscard]] std::filesystem::path path() const { return directory_.path() / "users.json"; }
    [[nodiscard]] std::filesystem::path audit() const { return directory_.path() / "audit.log"; }
    [[nodiscard]] std::filesystem::path backup() const { return directory_.path() / "users.json.bkp"; }
    [[nodiscard]] std::filesystem::path directory() const { return directory_.path(); }
    [[nodiscard]] std::string text() const { return text_of_file(path()); }
    [[nodiscard]] static std::string text_of_file(std::filesystem::path const& file) {
        std::ifstream in{file, std::ios::binary};
        return {std::istreambuf_iterator<char>{in}, {}};
    }
    void put(std::string const& text) const {
        std::filesystem::remove(path());
        std::ofstream{path(), std::ios::binary} << text;
        ::chmod(path().c_str(), 0600);
    }

  private:
    TemporaryDirectory directory_;
    log::Logger log_{log::Level::kNone, log::Format::kLogfmt};
};

}  // namespace warder::tests
