// SPDX-License-Identifier: MIT
#include "api/handlers/token_list.hpp"

#include "auth/errors.hpp"
#include "http/text.hpp"
#include "net/await_call.hpp"
#include "net/body_pieces.hpp"
#include "warder/ports.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace warder::api {
namespace {

using authority::Error;
using authority::ListRequest;
using authority::OwnedToken;
using authority::Result;
using authority::TokenFilter;
using authority::TokenPage;

/// Tokens per read. One with the longest description and grants takes about 4 KiB.
constexpr std::uint32_t kTokensAtOnce = 100;
/// Lists with fewer bytes are sent with their length.
constexpr std::size_t kMaxHeld = std::size_t{256} * 1024;
/// The same for lists without `limit`. They have no `Link`, so the response can start before the end is known.
constexpr std::size_t kMaxHeldOfAll = std::size_t{64} * 1024;

/// Reads a list from the store, some tokens at a time.
class TokenCursor {
  public:
    TokenCursor(authority::Authority& authority, authority::Principal principal, ListRequest request)
        : authority_{&authority}, caller_{std::move(principal)}, owner_{std::move(request.owner)}, after_{request.after}, left_{request.limit} {}

    /// Returns the next tokens; empty at the end.
    net::Task<Result<std::vector<OwnedToken>>> next() {
        std::vector<OwnedToken> none;
        if (is_at_end()) co_return none;
        auto const count = std::min(left_.value_or(kTokensAtOnce), kTokensAtOnce);
        auto page = co_await read(count);
        // If the token after which the list continues was deleted in the meantime, continue after the one before it.
        while (!page && page.error() == Error::kUnknownCursor && !recent_.empty()) {
            after_ = recent_.back();
            recent_.pop_back();
            page = co_await read(2 * kTokensAtOnce);
            if (page) drop_known(*page, count);
        }
        // If all of them were deleted, the list can't continue. The client's cursor was valid, so the error is not its fault.
        if (!page) co_return std::unexpected{page.error() == Error::kUnknownCursor && !page_.empty() ? Error::kStoreUnavailable : page.error()};
        has_more_ = page->has_more;
        if (left_) *left_ -= static_cast<std::uint32_t>(page->tokens.size());
        note(page->tokens);
        co_return std::move(page->tokens);
    }

    [[nodiscard]] bool is_at_end() const noexcept { return !has_more_ || left_ == 0U; }
    /// Returns whether more tokens follow a list that ended at its limit.
    [[nodiscard]] bool has_more() const noexcept { return has_more_; }
    [[nodiscard]] std::optional<TokenId> const& last() const noexcept { return after_; }

  private:
    net::Task<Result<TokenPage>> read(std::uint32_t limit) {
        ListRequest request{.owner = owner_, .after = after_, .limit = limit};
        auto page = co_await net::await_call<&authority::Authority::list>(*authority_, caller_, std::move(request));
        co_return page;
    }

    void note(std::vector<OwnedToken> const& tokens) {
        if (tokens.empty()) return;
        page_.clear();
        recent_.clear();
        for (auto const& token : tokens) page_.push_back(token.record.id);
        recent_ = page_;
        after_ = recent_.back();
        recent_.pop_back();
    }

    /// Removes tokens that were already returned: a read that continues after an earlier token of the last piece returns the
    /// later ones again.
    void drop_known(TokenPage& page, std::size_t count) const {
        std::erase_if(page.tokens, [this](OwnedToken const& token) { return std::ranges::find(page_, token.record.id) != page_.end(); });
        if (page.tokens.size() <= count) return;
        page.tokens.resize(count);
        page.has_more = true;
    }

    authority::Authority* authority_;
    authority::Principal caller_;
    authority::OwnerFilter owner_;
    std::optional<TokenId> after_;
    std::optional<std::uint32_t> left_;  ///< How many tokens remain to be returned; nullopt: all.
    std::vector<TokenId> page_;          ///< The last piece.
    std::vector<TokenId> recent_;        ///< Tokens of the last piece after which the list can continue.
    bool has_more_ = true;
};

/// Reads the tokens of a list that a filter selects, some at a time.
class SelectedTokens {
  public:
    /// @param now  the time that the filter's conditions refer to, for the whole list.
    SelectedTokens(authority::Authority& authority, authority::Principal principal, ListRequest request, TokenFilter const& filter, Instant now)
        : filter_{filter},
          now_{now},
          left_{request.limit},
          last_{request.after},
          all_{authority, std::move(principal), filter.is_empty() ? std::move(request) : without_limit(std::move(request))} {}

    /// Returns the next tokens; empty at the end.
    net::Task<Result<std::vector<OwnedToken>>> next() {
        if (filter_.is_empty()) {
            auto tokens = co_await all_.next();
            co_return std::move(tokens);
        }
        // One more than needed, to know whether more follow.
        auto const count = std::min(left_.value_or(kTokensAtOnce), kTokensAtOnce);
        while (selected_.size() <= count && !all_.is_at_end()) {
            auto read = co_await all_.next();
            if (!read) co_return std::unexpected{read.error()};
            std::ranges::copy_if(std::move_iterator{read->begin()}, std::move_iterator{read->end()}, std::back_inserter(selected_),
                                 [this](OwnedToken const& token) { return filter_.accepts(token.record, now_); });
        }
        auto const end = selected_.begin() + std::min<std::ptrdiff_t>(count, std::ssize(selected_));
        std::vector<OwnedToken> tokens{std::move_iterator{selected_.begin()}, std::move_iterator{end}};
        selected_.erase(selected_.begin(), end);
        if (left_) *left_ -= static_cast<std::uint32_t>(tokens.size());
        if (!tokens.empty()) last_ = tokens.back().record.id;
        co_return tokens;
    }

    [[nodiscard]] bool is_at_end() const noexcept { return filter_.is_empty() ? all_.is_at_end() : !has_more() || left_ == 0U; }
    /// Returns whether more tokens follow a list that ended at its limit.
    [[nodiscard]] bool has_more() const noexcept { return filter_.is_empty() ? all_.has_more() : !selected_.empty() || !all_.is_at_end(); }
    [[nodiscard]] std::optional<TokenId> const& last() const noexcept { return filter_.is_empty() ? all_.last() : last_; }

  private:
    static ListRequest without_limit(ListRequest request) {
        request.limit.reset();
        return request;
    }

    TokenFilter filter_;
    Instant now_;
    std::optional<std::uint32_t> left_;  ///< How many tokens remain to be returned; nullopt: all.
    std::optional<TokenId> last_;
    TokenCursor all_;
    std::vector<OwnedToken> selected_;  ///< Already read, and not returned yet.
};

/// Formats the entries of a list.
struct Entries {
    Clock const* clock;
    bool names_owners;
    UsageKeys usage;

    void append(std::string& out, std::vector<OwnedToken> const& tokens, bool& is_first) const {
        for (auto const& token : tokens) {
            if (!std::exchange(is_first, false)) out += ',';
            append_entry(out, token, *clock, names_owners, usage);
        }
    }
};

class TokenListPieces final : public net::BodyPieces {
  public:
    TokenListPieces(SelectedTokens cursor, Entries entries) : cursor_{std::move(cursor)}, entries_{entries} {}

    net::Task<State> append_next(std::string& out) override {
        auto const tokens = co_await cursor_.next();
        if (!tokens) co_return State::kFailed;
        bool is_first = false;
        entries_.append(out, *tokens, is_first);
        if (!cursor_.is_at_end()) co_return State::kIncomplete;
        out += kTokenListEnd;
        co_return State::kComplete;
    }

  private:
    SelectedTokens cursor_;
    Entries entries_;
};

/// Appends a parameter of the query as it was sent, if it was.
void append_parameter(std::string& link, Call const& call, std::string_view name) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    auto const value = call.query.find(name);
    if (!value) return;
    link.append(name).append("=");
    for (char const c : *value) {
        auto const byte = static_cast<unsigned char>(c);
        if (http::is_alphanumeric(c)) link += c;
        else link.append("%").append(1, kDigits[byte >> 4U]).append(1, kDigits[byte & 15U]);
    }
    link += '&';
}

/// Returns the `Link` to the next page: this call with the same parameters, after the last token shown.
std::string link_to_next(Call const& call, TokenId const& last) {
    std::string link = "<" + std::string{call.base} + "/token/?";
    if (auto const user = call.query.find("user")) link += "user=" + std::string{*user} + "&";  // * and users' names need no escape
    if (auto const limit = call.query.find("limit")) link += "limit=" + std::string{*limit} + "&";
    if (call.query.find("include")) link += "include=usage&";
    append_parameter(link, call, kExpiresWithin);
    append_parameter(link, call, kUnusedFor);
    return link + "after=" + last.text() + ">; rel=\"next\"";
}

/// Reads to the end of the page and discards the tokens: the head of the response needs the link to the next page.
net::Task<Result<void>> find_end(SelectedTokens& cursor) {
    while (!cursor.is_at_end()) {
        auto const tokens = co_await cursor.next();
        if (!tokens) co_return std::unexpected{tokens.error()};
    }
    co_return Result<void>{};
}

}  // namespace

net::Task<http::Response> answer_token_list(authority::Authority& authority, Clock const& clock, Call const& call, ListRequest request,
                                            TokenFilter const& filter, UsageKeys usage) {
    bool const is_from_start = !request.after;
    auto const most = request.limit ? kMaxHeld : kMaxHeldOfAll;
    Entries const entries{.clock = &clock, .names_owners = call.query.find("user").has_value(), .usage = usage};
    SelectedTokens cursor{authority, call.user(), std::move(request), filter, std::chrono::floor<std::chrono::seconds>(clock.now())};
    http::Response response;
    response.body = kTokenListBegin;
    bool is_first = true;
    do {
        auto const tokens = co_await cursor.next();
        if (!tokens) co_return auth::error_response(tokens.error());
        entries.append(response.body, *tokens, is_first);
    } while (!cursor.is_at_end() && response.body.size() < most);
    if (is_first && is_from_start) co_return auth::error_response(404, "no_tokens", "Tokens does not exist");

    if (cursor.is_at_end()) {
        response.body += kTokenListEnd;
    } else {
        response.rest = std::make_shared<TokenListPieces>(cursor, entries);
        if (most == kMaxHeld) {
            auto const found = co_await find_end(cursor);
            if (!found) co_return auth::error_response(found.error());
        }
    }
    if (most == kMaxHeld && cursor.has_more() && !is_first) response.add("Link", link_to_next(call, *cursor.last()));
    co_return response;
}

}  // namespace warder::api
