// SPDX-License-Identifier: MIT
#pragma once

#include "log/log.hpp"
#include "store/postgres/connection/connection.hpp"
#include "store/postgres/postgres_store.hpp"
#include "store/postgres/server.hpp"
#include "store/store_conformance.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>

namespace warder::tests {

/// A schema of its own in a server.
class PostgresTestLocation final : public TestLocation {
  public:
    explicit PostgresTestLocation(PostgresServer& server = PostgresServer::shared()) : server_{&server} {}
    ~PostgresTestLocation() override {
        if (auto const connection = connect(); connection) static_cast<void>(connection->execute("DROP SCHEMA IF EXISTS " + schema_ + " CASCADE"));
    }
    PostgresTestLocation(PostgresTestLocation const&) = delete;
    PostgresTestLocation& operator=(PostgresTestLocation const&) = delete;

    std::unique_ptr<authority::Store> open() override { return store::open_postgres(url(), store::OpenMode::kCreate, {}, log_).value(); }
    std::unique_ptr<authority::Store> open_read_only() override { return store::open_postgres(url(), store::OpenMode::kReadOnly, {}, log_).value(); }
    /// Returns a connection of another program, which uses the same schema.
    [[nodiscard]] std::unique_ptr<store::postgres::Connection> connect() const {
        return store::postgres::Connection::open(url(), std::chrono::seconds{10}).value_or(nullptr);
    }
    [[nodiscard]] std::string url() const { return server_->url(schema_); }
    [[nodiscard]] std::string const& schema() const { return schema_; }
    [[nodiscard]] log::Logger& log() { return log_; }

  private:
    static std::string next_schema() {
        static int number = 0;
        return "test" + std::to_string(++number);
    }

    PostgresServer* server_;
    std::string schema_{next_schema()};
    log::Logger log_{log::Level::kError, log::Format::kLogfmt};
};

/// Wakes a waiting thread at each change.
class AwaitedRecorder final : public authority::ChangeListener {
  public:
    void on_changes(std::span<authority::Change const> changes) override {
        std::scoped_lock const lock{mutex_};
        recorder_.on_changes(changes);
        for (auto const& change : changes)
            if (auto const* const keys = std::get_if<authority::KeysReplaced>(&change)) keep(*keys);
        for (auto& word : recorder_.take()) words_.push_back(std::move(word));
        arrived_.notify_all();
    }
    authority::KeysInForce keys_in_force() const override {
        std::scoped_lock const lock{mutex_};
        return keys_;
    }
    /// Behaves from now on like a node that can't decrypt new keys.
    void lose_new_keys() {
        std::scoped_lock const lock{mutex_};
        can_decrypt_ = false;
    }
    bool has(std::string const& word) const {
        std::scoped_lock const lock{mutex_};
        return std::ranges::find(words_, word) != words_.end();
    }
    bool await(std::string const& word) {
        std::unique_lock lock{mutex_};
        return arrived_.wait_for(lock, std::chrono::seconds{20}, [&] { return std::ranges::find(words_, word) != words_.end(); });
    }

  private:
    void keep(authority::KeysReplaced const& replaced) {
        if (!can_decrypt_) return;
        keys_ = {};
        for (auto const& key : replaced.keys) {
            keys_.ids.push_back(key.id);
            if (key.is_everywhere) keys_.signing = key.id;
        }
    }

    mutable std::mutex mutex_;
    std::condition_variable arrived_;
    ChangeRecorder recorder_;
    Words words_;
    authority::KeysInForce keys_;
    bool can_decrypt_ = true;
};

}  // namespace warder::tests
