// SPDX-License-Identifier: MIT
#include "api/handlers/token_list.hpp"

#include "auth/errors.hpp"
#include "net/await_call.hpp"
#include "net/body_pieces.hpp"

#include <algorithm>
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
    TokenListPieces(TokenCursor cursor, Entries entries) : cursor_{std::move(cursor)}, entries_{entries} {}

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
    TokenCursor cursor_;
    Entries entries_;
};

/// Returns the `Link` to the next page: this call with the same parameters, after the last token shown.
std::string link_to_next(Call const& call, TokenId const& last) {
    std::string link = "<" + std::string{call.base} + "/token/?";
    if (auto const user = call.query.find("user")) link += "user=" + std::string{*user} + "&";  // * and users' names need no escape
    if (auto const limit = call.query.find("limit")) link += "limit=" + std::string{*limit} + "&";
    if (call.query.find("include")) link += "include=usage&";
    return link + "after=" + last.text() + ">; rel=\"next\"";
}

/// Reads to the end of the page and discards the tokens: the head of the response needs the link to the next page.
net::Task<Result<void>> find_end(TokenCursor& cursor) {
    while (!cursor.is_at_end()) {
        auto const tokens = co_await cursor.next();
        if (!tokens) co_return std::unexpected{tokens.error()};
    }
    co_return Result<void>{};
}

}  // namespace

net::Task<http::Response> answer_token_list(authority::Authority& authority, Clock const& clock, Call const& call, ListRequest request,
                                            UsageKeys usage) {
    bool const is_from_start = !request.after;
    auto const most = request.limit ? kMaxHeld : kMaxHeldOfAll;
    Entries const entries{.clock = &clock, .names_owners = call.query.find("user").has_value(), .usage = usage};
    TokenCursor cursor{authority, call.user(), std::move(request)};
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
