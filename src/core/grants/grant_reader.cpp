// SPDX-License-Identifier: MIT
#include "core/grants/grant_method.hpp"
#include "core/grants/path.hpp"
#include "core/host.hpp"
#include "core/text/enum_texts.hpp"
#include "core/try.hpp"
#include "warder/grant.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace warder {
namespace {

using Reason = GrantError::Reason;
using Step = std::expected<void, GrantError>;

constexpr std::string_view kRpc = "rpc:";

/// Characters of patterns such as `{id}` and `<id>`. No grant means them literally, and a request's path rarely has them.
constexpr std::string_view kReserved = "{}<>|^`";

constexpr bool is_foreign(char c) noexcept { return c < 0x20 || c >= 0x7F || c == '"'; }

}  // namespace

/// Parses a grant from left to right.
class Grant::Reader {
  public:
    Reader(std::string_view text, GrantOrigin origin) noexcept : text_{text}, origin_{origin} {}

    std::expected<Grant, GrantError> run() {
        for (auto const step : {&Reader::check_characters, &Reader::read_methods, &Reader::read_host, &Reader::read_path, &Reader::read_rpc})
            WARDER_TRY_VOID((this->*step)());
        grant_.text_ = text_;
        return std::move(grant_);
    }

  private:
    static std::unexpected<GrantError> at(Reason reason, std::size_t offset) noexcept {
        return std::unexpected{GrantError{.reason = reason, .offset = offset}};
    }
    [[nodiscard]] std::string_view rest() const noexcept { return text_.substr(at_); }

    Step check_characters() {
        if (text_.empty()) return at(Reason::kEmpty, 0);
        if (text_.size() > kMaxGrantText) return at(Reason::kTooLong, kMaxGrantText);
        auto const foreign = std::ranges::find_if(text_, is_foreign);
        if (foreign != text_.end()) return at(Reason::kBadCharacter, static_cast<std::size_t>(foreign - text_.begin()));
        auto const reserved = text_.find_first_of(kReserved);
        if (reserved != std::string_view::npos && origin_ == GrantOrigin::kInput) return at(Reason::kReservedCharacter, reserved);
        return {};
    }

    Step read_methods() {
        if (text_.starts_with('/')) return {};
        auto const end = std::min(text_.find(' '), text_.size());
        auto const methods = text_.substr(0, end);
        if (methods != "*") {
            for (std::size_t start = 0; start <= methods.size();) {
                auto const comma = std::min(methods.find(',', start), methods.size());
                auto const bad = std::find_if_not(methods.begin() + static_cast<std::ptrdiff_t>(start),
                                                  methods.begin() + static_cast<std::ptrdiff_t>(comma), is_grant_method_char);
                auto const bad_at = static_cast<std::size_t>(bad - methods.begin());
                if (bad_at != comma || comma == start) return at(Reason::kBadMethods, bad_at);
                grant_.methods_.emplace_back(methods.substr(start, comma - start));
                start = comma + 1;
            }
        }
        at_ = end + 1;
        if (end == text_.size()) return at(Reason::kNoPath, end);
        return {};
    }

    Step read_host() {
        if (!rest().starts_with("//")) return {};
        at_ += 2;
        auto host = rest().substr(0, rest().find_first_of("/ "));
        auto const begin = at_;
        at_ += host.size();
        grant_.has_any_first_label_ = host.starts_with("*.");
        if (grant_.has_any_first_label_) host.remove_prefix(2);
        core::HostText buffer;
        auto const read = core::read_host(host, buffer);
        if (!read || (grant_.has_any_first_label_ && read->is_ipv6)) return at(Reason::kBadHost, begin);
        grant_.host_ = read->name;
        grant_.port_ = read->port;
        return {};
    }

    Step read_path() {
        if (!rest().starts_with('/')) return at(Reason::kNoPath, at_);
        auto const path = rest().substr(0, rest().find(' '));
        if (auto const question = path.find('?'); question != std::string_view::npos) return at(Reason::kBadPath, at_ + question);
        if (auto const wildcard = find_bad_wildcard(path)) return at(Reason::kBadWildcard, at_ + *wildcard);
        std::array<char, kMaxGrantText> buffer{};
        auto const canonical = core::canonicalize_path_at(path, buffer);
        if (!canonical)
            return std::unexpected{GrantError{.reason = Reason::kBadPath, .offset = at_ + canonical.error().offset, .path = canonical.error().error}};
        keep_path(*canonical);
        at_ += path.size();
        return {};
    }

    /// Returns the position of a second star in a segment other than `**`, or of text after `**`.
    static std::optional<std::size_t> find_bad_wildcard(std::string_view path) noexcept {
        for (std::size_t start = 1; start < path.size();) {
            auto const end = std::min(path.find('/', start), path.size());
            auto const segment = path.substr(start, end - start);
            if (segment == "**" && end < path.size()) return end;
            auto const star = segment.find('*');
            auto const second = star == std::string_view::npos ? star : segment.find('*', star + 1);
            if (second != std::string_view::npos && segment != "**") return start + second;
            start = end + 1;
        }
        return std::nullopt;
    }

    void keep_path(std::string_view canonical) {
        if (canonical.ends_with('/')) canonical.remove_suffix(1);
        while (!canonical.empty()) {
            auto const end = std::min(canonical.find('/', 1), canonical.size());
            auto const segment = canonical.substr(1, end - 1);
            auto const star = segment.find('*');
            if (segment == "**") grant_.has_tail_ = true;
            else if (star != std::string_view::npos)
                grant_.segments_.push_back(
                    {.before = std::string{segment.substr(0, star)}, .after = std::string{segment.substr(star + 1)}, .has_star = true});
            else if (grant_.segments_.empty()) grant_.head_.append(canonical.substr(0, end));
            else grant_.segments_.push_back({.before = std::string{segment}, .after = {}, .has_star = false});
            canonical.remove_prefix(end);
        }
    }

    Step read_rpc() {
        if (rest().empty()) return {};
        ++at_;  // the space
        if (!rest().starts_with(kRpc)) return at(Reason::kBadRpc, at_);
        auto const& methods = grant_.methods_;
        if (!methods.empty() && std::ranges::find(methods, "POST") == methods.end()) return at(Reason::kRpcWithoutPost, at_);
        at_ += kRpc.size();
        for (;;) {
            auto const name = rest().substr(0, rest().find(','));
            auto const star = name.find('*');
            auto const bad = std::min(name.find(' '), star == std::string_view::npos || star + 1 == name.size() ? std::string_view::npos : star);
            if (name.empty() || bad != std::string_view::npos) return at(Reason::kBadRpc, at_ + (name.empty() ? 0 : bad));
            grant_.rpc_names_.push_back({.text = std::string{name.substr(0, star)}, .has_star = star != std::string_view::npos});
            at_ += name.size();
            if (rest().empty()) break;
            ++at_;  // the comma
        }
        put_in_order(grant_.rpc_names_);
        return {};
    }

    /// Sorts the names and removes those that another one covers.
    static void put_in_order(std::vector<RpcName>& names) {
        std::ranges::sort(names, [](RpcName const& a, RpcName const& b) { return a.text != b.text ? a.text < b.text : a.has_star && !b.has_star; });
        std::size_t kept = 0;
        for (auto& name : names) {
            if (kept > 0 && (names[kept - 1].has_star ? name.text.starts_with(names[kept - 1].text) : name.text == names[kept - 1].text)) continue;
            if (&names[kept] != &name) names[kept] = std::move(name);
            ++kept;
        }
        names.resize(kept);
    }

    std::string_view text_;
    GrantOrigin origin_;
    std::size_t at_ = 0;
    Grant grant_;
};

std::expected<Grant, GrantError> Grant::parse(std::string_view text, GrantOrigin origin) { return Reader{text, origin}.run(); }

std::expected<Grants, GrantListError> GrantList::parse(std::span<std::string const> texts, GrantOrigin origin) {
    using Kind = GrantListError::Kind;
    if (texts.empty()) return std::unexpected{GrantListError{.kind = Kind::kEmpty}};
    if (texts.size() > kMaxGrants) return std::unexpected{GrantListError{.kind = Kind::kTooMany}};
    std::size_t size = 0;
    auto list = std::make_shared<GrantList>(Private{});
    for (auto const& text : texts) {
        auto grant = Grant::parse(text, origin);
        if (!grant) return std::unexpected{GrantListError{.index = list->grants_.size(), .grant = grant.error()}};
        size += text.size();
        list->grants_.push_back(std::move(*grant));
    }
    if (size > kMaxGrantListText) return std::unexpected{GrantListError{.kind = Kind::kTooLong}};
    return list;
}

std::string_view describe(GrantError const& error) noexcept {
    static constexpr core::EnumTexts<Reason::kRpcWithoutPost> kTexts{{
        {Reason::kEmpty, "a grant must not be empty"},
        {Reason::kTooLong, "a grant may have at most 256 bytes"},
        {Reason::kBadCharacter, "a grant must not contain a double quote, a control character or a non-ASCII character"},
        {Reason::kReservedCharacter,
         "a grant must not contain {, }, <, >, |, ^ or a backtick; \"*\" stands for one segment of the path, as in \"GET /users/*\""},
        {Reason::kBadMethods, "methods must be \"*\" or uppercase names separated by commas, as in \"GET,POST /path\""},
        {Reason::kBadHost, "a host must be a name, optionally with \"*.\" before it and a port after it, or an IPv6 address in brackets"},
        {Reason::kNoPath, "a path that begins with a slash must follow, directly after the host or one space after the methods"},
        {Reason::kBadPath, "a grant must not have a query; remove \"?\" and what follows"},
        {Reason::kBadWildcard, "a segment may contain at most one \"*\", and \"**\" is allowed only as the last segment"},
        {Reason::kBadRpc, "only \"rpc:\" and method names separated by commas may follow the path, with \"*\" only at the end of a name"},
        {Reason::kRpcWithoutPost, "the methods of an \"rpc:\" grant must include POST"},
    }};
    return error.path ? describe(*error.path) : kTexts[error.reason];
}

}  // namespace warder
