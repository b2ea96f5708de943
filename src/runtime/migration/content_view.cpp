// SPDX-License-Identifier: MIT
#include "runtime/migration/content_view.hpp"

#include "core/jwt/jws.hpp"

#include <algorithm>
#include <limits>

namespace warder::runtime {
namespace {

using authority::AuditRecord;

/// A cursor costs a look-up for each user, so pages are not small.
constexpr std::uint32_t kPage = 4000;

}  // namespace

/// A store that rewrites its complete content is small enough to be read at once, and a page of it takes as long as all of it.
std::optional<std::uint32_t> ContentView::page_limit() const noexcept {
    return capabilities_.writes_whole_content ? std::nullopt : std::optional{kPage};
}

/// Specter's tokens don't say which key signed them. Other stores keep the key's id with the token.
Checked<void> ContentView::set_key_id(TokenRecord& token) const {
    WARDER_TRY(auto const jwt, text(token.key()));
    auto const jws = core::split_jws(jwt);
    if (!jws) return {};
    auto const signature = core::read_signature(*jws);
    if (!signature) return {};
    if (auto const* const signer = keys_->signer_without_kid(jws->signing_input, *signature); signer != nullptr) token.key_id = signer->id;
    return {};
}

Checked<std::string> ContentView::text(TokenKey const& key) const {
    if (!capabilities_.keeps_token_texts) return std::string{};
    WARDER_TRY(auto text, named(*side_, view_.tokens->find_text(key)));
    return std::move(text).value_or("");
}

Stream<TokenRecord> ContentView::tokens() const {
    return Stream<TokenRecord>{[view = *this, after = std::optional<TokenId>{}]() mutable -> Checked<std::vector<TokenRecord>> {
        // The time is before all overlaps, so that no replaced token is omitted.
        WARDER_TRY(auto page,
                   named(*view.side_, view.view_.tokens->list({.owner = {}, .after = after, .limit = view.page_limit(), .now = Instant{}})));
        if (!page.empty()) after = page.back().id;
        if (view.capabilities_.keeps_token_texts)
            for (auto& token : page)
                if (token.key_id.empty()) WARDER_TRY_VOID(view.set_key_id(token));
        return page;
    }};
}

/// The log is listed newest first, so this remembers where its pages begin and returns them in the reverse order.
Checked<Stream<AuditRecord>> ContentView::events() const {
    auto const limit = page_limit().value_or(std::numeric_limits<std::uint32_t>::max());
    auto const read_page = [view = *this, limit](std::optional<std::int64_t> before) {
        return named(*view.side_, view.view_.audit->list({.before = before, .limit = limit}));
    };
    std::vector<std::optional<std::int64_t>> pages;
    for (std::optional<std::int64_t> before;;) {
        WARDER_TRY(auto const page, read_page(before));
        if (page.empty()) break;
        pages.push_back(before);
        if (page.size() < limit) break;
        before = page.back().id;
    }
    return Stream<AuditRecord>{[read_page, pages = std::move(pages)]() mutable -> Checked<std::vector<AuditRecord>> {
        if (pages.empty()) return std::vector<AuditRecord>{};
        WARDER_TRY(auto page, read_page(pages.back()));
        pages.pop_back();
        std::ranges::reverse(page);
        return page;
    }};
}

}  // namespace warder::runtime
