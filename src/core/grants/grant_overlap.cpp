// SPDX-License-Identifier: MIT
// Whether there is a request that two grants cover. The answer is exact: each pair of parts is compared as a whole, and
// what a request has in one part doesn't depend on the others, except that only POST has JSON-RPC methods.
#include "warder/grant.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace warder {
namespace {

constexpr std::string_view kRpcMethod = "POST";

bool is_either_prefix(std::string_view a, std::string_view b) noexcept { return a.starts_with(b) || b.starts_with(a); }
bool is_either_suffix(std::string_view a, std::string_view b) noexcept { return a.ends_with(b) || b.ends_with(a); }

std::string_view longer(std::string_view a, std::string_view b) noexcept { return a.size() < b.size() ? b : a; }

/// Returns whether the host of one grant is a label and the host of the other, which starts with "*.".
bool is_one_label_below(std::string_view name, std::string_view parent) noexcept {
    bool const is_ipv6 = name.find(':') != std::string_view::npos;
    auto const dot = name.find('.');
    return !is_ipv6 && dot != std::string_view::npos && name.substr(dot + 1) == parent;
}

}  // namespace

bool Grant::RpcName::overlaps(RpcName const& other) const noexcept {
    if (has_star && other.has_star) return is_either_prefix(text, other.text);
    if (has_star) return other.text.starts_with(text);
    return other.has_star ? text.starts_with(other.text) : text == other.text;
}

/// Compares the parts of two grants.
class Grant::Overlap {
  public:
    Overlap(Grant const& a, Grant const& b) noexcept : a_{&a}, b_{&b} {}

    [[nodiscard]] bool of_methods() const {
        if (a_->is_for_rpc() || b_->is_for_rpc()) return a_->covers_method(kRpcMethod) && b_->covers_method(kRpcMethod);
        if (a_->methods_.empty() || b_->methods_.empty()) return true;
        auto const covers_one_of = [](Grant const& grant, Grant const& other) {
            return std::ranges::any_of(other.methods_, [&](std::string const& method) { return grant.covers_method(method); });
        };
        return covers_one_of(*a_, *b_) || covers_one_of(*b_, *a_);
    }

    [[nodiscard]] bool of_hosts() const noexcept {
        if (a_->host_.empty() || b_->host_.empty()) return true;
        if (!a_->port_.empty() && !b_->port_.empty() && a_->port_ != b_->port_) return false;
        if (a_->has_any_first_label_ == b_->has_any_first_label_) return a_->host_ == b_->host_;
        return a_->has_any_first_label_ ? is_one_label_below(b_->host_, a_->host_) : is_one_label_below(a_->host_, b_->host_);
    }

    [[nodiscard]] bool of_paths() const {
        auto const mine = segments_of(*a_);
        auto const others = segments_of(*b_);
        if (mine.size() < others.size() && !a_->has_tail_) return false;
        if (others.size() < mine.size() && !b_->has_tail_) return false;
        auto const shared = static_cast<std::ptrdiff_t>(std::min(mine.size(), others.size()));
        return std::equal(mine.begin(), mine.begin() + shared, others.begin(), &fit_one_text);
    }

    [[nodiscard]] bool of_rpc_names() const noexcept {
        if (!a_->is_for_rpc() || !b_->is_for_rpc()) return true;
        return std::ranges::any_of(a_->rpc_names_, [&](RpcName const& mine) {
            return std::ranges::any_of(b_->rpc_names_, [&](RpcName const& other) { return mine.overlaps(other); });
        });
    }

  private:
    static std::vector<Segment> segments_of(Grant const& grant) {
        std::vector<Segment> segments;
        for (std::string_view head = grant.head_; !head.empty();) {
            head.remove_prefix(1);
            auto const end = std::min(head.find('/'), head.size());
            segments.push_back({.before = std::string{head.substr(0, end)}, .after = {}, .has_star = false});
            head.remove_prefix(end);
        }
        segments.insert(segments.end(), grant.segments_.begin(), grant.segments_.end());
        return segments;
    }

    /// Returns whether there is a segment that fits both. If there is one, the longer of both beginnings and the longer of
    /// both ends, with a letter between them, fit too.
    static bool fit_one_text(Segment const& a, Segment const& b) {
        if (!a.has_star) return b.fits(a.before);
        if (!b.has_star) return a.fits(b.before);
        if (!is_either_prefix(a.before, b.before) || !is_either_suffix(a.after, b.after)) return false;
        auto const text = std::string{longer(a.before, b.before)}.append("x").append(longer(a.after, b.after));
        return a.fits(text) && b.fits(text);
    }

    Grant const* a_;
    Grant const* b_;
};

bool Grant::overlaps(Grant const& other) const {
    Overlap const overlap{*this, other};
    return overlap.of_methods() && overlap.of_hosts() && overlap.of_paths() && overlap.of_rpc_names();
}

bool GrantList::overlaps(Grant const& grant) const {
    return std::ranges::any_of(grants_, [&](Grant const& mine) { return mine.overlaps(grant); });
}

}  // namespace warder
