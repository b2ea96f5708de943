// SPDX-License-Identifier: MIT
#include "server/metrics_page.hpp"

#include "auth/errors.hpp"
#include "auth/request_metrics.hpp"
#include "authority/sign_in/password_hasher.hpp"
#include "index/freshness.hpp"
#include "index/registry.hpp"
#include "metrics/exposition.hpp"
#include "metrics/process.hpp"
#include "metrics/section.hpp"
#include "metrics/store_metrics.hpp"
#include "net/body_pieces.hpp"
#include "server/worker.hpp"
#include "warder/authority.hpp"
#include "warder/ports.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace warder::server {
namespace {

using auth::RequestMetrics;
using metrics::Exposition;
using metrics::Type;

constexpr std::string_view kMethods = "GET, HEAD, OPTIONS";

std::string_view surface_code(std::size_t surface) { return code(static_cast<auth::Surface>(surface)); }

/// Adds up what the workers counted.
/// @param read  called with the `RequestMetrics` of each.
template <class Read>
auto sum(Shared const& shared, Read read) {
    decltype(read(std::declval<RequestMetrics const&>())) total{};
    for (auto* const worker : shared.workers) total += read(worker->metrics());
    return total;
}

void append_requests(Exposition& out, Shared const& shared) {
    out.begin("warder_requests_total", Type::kCounter, "Requests answered, by surface and status code.");
    for (std::size_t surface = 0; surface < auth::kSurfaces; ++surface)
        for (std::size_t slot = 0; slot < metrics::kStatusSlots; ++slot)
            out.add({{"surface", surface_code(surface)}, {"code", metrics::status_label(slot)}},
                    sum(shared, [&](RequestMetrics const& counts) { return counts.requests(surface, slot); }));
    out.begin("warder_request_duration_seconds", Type::kHistogram, "Time from the head of a request, or its body, to the end of its answer.");
    for (std::size_t surface = 0; surface < auth::kSurfaces; ++surface) {
        metrics::HistogramTotals totals;
        for (auto* const worker : shared.workers) worker->metrics().durations(surface).add_to(totals);
        out.add({{"surface", surface_code(surface)}}, totals);
    }
}

void append_denials(Exposition& out, Shared const& shared) {
    out.begin("warder_denials_total", Type::kCounter, "Requests denied, by surface and reason.");
    for (std::size_t surface = 0; surface < auth::kSurfaces; ++surface)
        for (std::size_t reason = 0; reason < auth::kDenialReasons; ++reason)
            out.add({{"surface", surface_code(surface)}, {"reason", code(static_cast<auth::DenialReason>(reason))}},
                    sum(shared, [&](RequestMetrics const& counts) { return counts.denials(surface, reason); }));
    out.begin("warder_sign_ins_total", Type::kCounter, "User names and passwords checked, by outcome.");
    for (std::size_t outcome = 0; outcome < auth::kSignInOutcomes; ++outcome)
        out.add({{"outcome", code(static_cast<auth::SignInOutcome>(outcome))}},
                sum(shared, [&](RequestMetrics const& counts) { return counts.sign_ins(outcome); }));
}

void append_connections(Exposition& out, Shared const& shared) {
    out.begin("warder_connections", Type::kGauge, "Open connections of clients.");
    out.add({}, shared.connections.load());
    out.begin("warder_streams", Type::kGauge, "Responses that the gateway is streaming, and open WebSockets.");
    out.add({}, sum(shared, [](RequestMetrics const& counts) { return counts.stream_count(); }));
    auto const& hasher = shared.services.hasher;
    out.begin("warder_password_queue_length", Type::kGauge, "Passwords that wait to be hashed.");
    out.add({}, hasher.queue_length());
    out.begin("warder_limits_hit_total", Type::kCounter, "Times that a limit was reached.");
    for (std::size_t limit = 0; limit < auth::kLimits; ++limit) {
        bool const is_queue = static_cast<auth::Limit>(limit) == auth::Limit::kPasswordQueue;
        out.add({{"limit", code(static_cast<auth::Limit>(limit))}},
                is_queue ? hasher.refusals() : sum(shared, [&](RequestMetrics const& counts) { return counts.limits(limit); }));
    }
}

void append_tokens(Exposition& out, auth::Services const& services) {
    constexpr std::array<std::string_view, 3> kWithin{"1d", "7d", "30d"};
    auto const counts =
        services.tokens == nullptr ? index::TokenCounts{} : services.tokens->count(std::chrono::floor<std::chrono::seconds>(services.clock.now()));
    out.begin("warder_tokens", Type::kGauge, "Registered tokens, by state.");
    out.add({{"state", "live"}}, counts.live);
    out.add({{"state", "disabled"}}, counts.disabled);
    out.add({{"state", "expired"}}, counts.expired);
    out.begin("warder_tokens_expiring", Type::kGauge, "Live tokens that expire within this time.");
    for (std::size_t i = 0; i < kWithin.size(); ++i) out.add({{"within", kWithin[i]}}, counts.ending[i]);
}

void append_changes(Exposition& out, metrics::TokenMetrics const& tokens) {
    out.begin("warder_tokens_minted_total", Type::kCounter, "Tokens minted, also by a renewal.");
    out.add({}, tokens.minted.value());
    out.begin("warder_tokens_revoked_total", Type::kCounter, "Tokens deleted, also with their user or by a renewal, but not because they expired.");
    out.add({}, tokens.revoked.value());
}

/// @param freshness  of the token index; null if the store is local.
void append_store(Exposition& out, metrics::StoreMetrics const& store, index::Freshness const* freshness) {
    metrics::HistogramTotals commits;
    store.commits().add_to(commits);
    out.begin("warder_store_commit_duration_seconds", Type::kHistogram, "Time of a commit to the store; concurrent changes share one.");
    out.add({}, commits);
    out.begin("warder_store_errors_total", Type::kCounter, "Failures of the store, by kind.");
    for (std::size_t kind = 0; kind < metrics::kStoreFailureCodes.size(); ++kind)
        out.add({{"kind", metrics::kStoreFailureCodes[kind]}}, store.failures(kind));
    out.begin("warder_index_age_seconds", Type::kGauge, "Time since the token index was last known to agree with the store.");
    out.add({}, freshness == nullptr ? store.index_age().count() : std::chrono::duration<double>{freshness->age()}.count());
}

void append_build(Exposition& out, auth::ServerInfo const& info) {
    out.begin("warder_build_info", Type::kGauge, "Always 1; the labels say what runs.");
    out.add({{"version", info.version}, {"revision", info.revision}, {"store", info.store}}, 1);
}

/// Text is written until it has this size, and then sent before more is written. All families but those of the gateway have about half of it.
constexpr std::size_t kPieceSize = std::size_t{64} * 1024;

/// Writes all metrics in pieces.
class Scrape final : public net::BodyPieces {
  public:
    explicit Scrape(Shared const& shared) : shared_{&shared}, upstreams_{shared.gateway == nullptr ? nullptr : shared.gateway->metrics()} {
        append_requests(text_, shared);
        append_denials(text_, shared);
        append_connections(text_, shared);
        append_tokens(text_, shared.services);
        auto const& authority = shared.services.authority;
        if (auto const* const changes = authority.token_metrics()) append_changes(text_, *changes);
        if (auto const* const store = authority.store_metrics()) append_store(text_, *store, authority.freshness());
    }

    /// Appends the next piece. It is not empty.
    /// @return whether it was the last one.
    bool write(std::string& out) {
        bool const is_last = upstreams_ == nullptr || upstreams_->append(text_, kPieceSize);
        if (is_last) {
            append_build(text_, shared_->services.info);
            metrics::append_process(text_);
        }
        out += text_.take();
        return is_last;
    }

    net::Task<State> append_next(std::string& out) override {
        // A client that reads fast never makes `flush` wait, so other scrapes would wait until all is written.
        co_await boost::asio::post(co_await boost::asio::this_coro::executor, net::kAwait);
        co_return write(out) ? State::kComplete : State::kIncomplete;
    }

  private:
    Shared const* shared_;
    Exposition text_;
    std::unique_ptr<metrics::Section> upstreams_;
};

}  // namespace

http::Response respond_to_scrape(Shared const& shared, http::Request const& request) {
    if (request.method == "CONNECT") return auth::method_not_allowed(std::string{kMethods});
    if (request.target != "*" && request.path != "/metrics") return auth::not_found();
    if (request.method == "OPTIONS") return auth::no_content(std::string{kMethods});
    if (request.method != "GET" && request.method != "HEAD") return auth::method_not_allowed(std::string{kMethods});
    http::Response response;
    response.content_type = metrics::kExpositionType;
    auto scrape = std::make_shared<Scrape>(shared);
    if (!scrape->write(response.body)) response.rest = std::move(scrape);
    return response;
}

}  // namespace warder::server
