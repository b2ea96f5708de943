// SPDX-License-Identifier: MIT
#include "core/grants/path.hpp"

#include "core/text/ascii.hpp"
#include "core/text/enum_texts.hpp"
#include "core/text/hex.hpp"
#include "core/try.hpp"

#include <array>
#include <cstdint>

namespace warder {
namespace core {
namespace {

using Step = std::expected<void, LocatedPathError>;

enum class Kind : std::uint8_t { kPlain, kSlash, kEscape, kForbidden };

constexpr bool is_unreserved(char c) noexcept { return is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~'; }

constexpr auto kKinds = [] {
    std::array<Kind, 256> kinds{};
    for (unsigned c = 0; c < kinds.size(); ++c)
        kinds.at(c) = c == '/'                                          ? Kind::kSlash
                      : c == '%'                                        ? Kind::kEscape
                      : c <= 0x20 || c >= 0x7F || c == '\\' || c == '#' ? Kind::kForbidden
                                                                        : Kind::kPlain;
    return kinds;
}();

/// Returns whether the segment is `.` or `..`, alone or before `;`: some servers remove path parameters before they
/// resolve dot segments.
bool is_dot_segment(std::string_view segment) noexcept {
    if (!segment.starts_with('.')) return false;
    segment.remove_prefix(segment.starts_with("..") ? 2 : 1);
    return segment.empty() || segment.starts_with(';') || segment.starts_with("%3B");
}

std::unexpected<LocatedPathError> failure(PathError error, std::size_t offset) noexcept { return std::unexpected{LocatedPathError{error, offset}}; }

/// Writes the canonical path byte by byte. A template, because nearly all paths are checked with encoded slashes
/// rejected, and that case should be fast.
template <EncodedSlash on_encoded_slash>
class Canonicalizer {
  public:
    Canonicalizer(std::string_view path, std::span<char> scratch) noexcept : path_{path}, scratch_{scratch} {}

    std::expected<std::string_view, LocatedPathError> run() noexcept {
        if (!path_.starts_with('/')) return failure(PathError::kNoSlash, 0);
        if (path_.size() > scratch_.size()) return failure(PathError::kTooLong, scratch_.size());
        while (at_ < path_.size()) WARDER_TRY_VOID(step());
        WARDER_TRY_VOID(end_segment());
        return std::string_view{scratch_.data(), size_};
    }

  private:
    Step step() noexcept {
        switch (kKinds[static_cast<unsigned char>(path_[at_])]) {
            case Kind::kPlain:
                return put(path_[at_++]);
            case Kind::kSlash:
                return slash();
            case Kind::kEscape:
                return escape();
            case Kind::kForbidden:
                break;
        }
        return failure(PathError::kForbiddenByte, at_);
    }

    Step slash() noexcept {
        WARDER_TRY_VOID(end_inner_segment());
        scratch_[size_++] = '/';
        begin_segment(1);
        return {};
    }

    Step encoded_slash() noexcept {
        WARDER_TRY_VOID(end_inner_segment());
        size_ += kEncodedSlash.copy(scratch_.data() + size_, kEncodedSlash.size());
        begin_segment(kEncodedSlash.size());
        return {};
    }

    void begin_segment(std::size_t slash_length) noexcept {
        hex_to_come_ = 0;
        segment_ = size_;
        segment_start_ = at_ += slash_length;
    }

    Step end_inner_segment() const noexcept {
        if (at_ == 0) return {};  // nothing precedes the first slash
        if (size_ == segment_) return failure(PathError::kEmptySegment, at_);
        return end_segment();
    }

    Step end_segment() const noexcept {
        if (is_dot_segment({scratch_.data() + segment_, size_ - segment_})) return failure(PathError::kDotSegment, segment_start_);
        return {};
    }

    Step escape() noexcept {
        auto const high = at_ + 2 < path_.size() ? hex_value(path_[at_ + 1]) : std::nullopt;
        auto const low = high ? hex_value(path_[at_ + 2]) : std::nullopt;
        if (!low) return failure(PathError::kBadEscape, at_);
        auto const byte = static_cast<unsigned char>(*high * 16 + *low);
        if (on_encoded_slash == EncodedSlash::kAllowed && byte == '/') return encoded_slash();
        if (byte == '/' || byte == '\\' || byte < 0x20 || byte == 0x7F) return failure(PathError::kForbiddenEscape, at_);
        auto const start = at_;
        at_ += 3;
        if (auto const c = static_cast<char>(byte); is_unreserved(c)) return put(c);
        scratch_[size_++] = '%';
        scratch_[size_++] = kUpperHex[*high];
        scratch_[size_++] = kUpperHex[*low];
        hex_to_come_ = byte == '%' ? 2 : 0;
        percent_ = start;
        return {};
    }

    /// Two hex digits after an escaped percent sign, escaped themselves or not, are an escape for a server that decodes
    /// twice.
    Step put(char c) noexcept {
        scratch_[size_++] = c;
        if (hex_to_come_ == 0) [[likely]]
            return {};
        hex_to_come_ = hex_value(c) ? hex_to_come_ - 1 : 0;
        if (hex_to_come_ == 0 && hex_value(c)) return failure(PathError::kForbiddenEscape, percent_);
        return {};
    }

    std::string_view path_;
    std::span<char> scratch_;
    std::size_t at_ = 0;             // position in the path
    std::size_t size_ = 0;           // bytes written
    std::size_t segment_ = 0;        // where the last segment, or the text after an encoded slash, begins in the output
    std::size_t segment_start_ = 0;  // and in the path
    std::size_t percent_ = 0;        // position of the last escape in the path
    unsigned hex_to_come_ = 0;
};

}  // namespace

std::expected<std::string_view, LocatedPathError> canonicalize_path_at(std::string_view path, std::span<char> scratch,
                                                                       EncodedSlash encoded_slash) noexcept {
    if (encoded_slash == EncodedSlash::kAllowed) return Canonicalizer<EncodedSlash::kAllowed>{path, scratch}.run();
    return Canonicalizer<EncodedSlash::kRejected>{path, scratch}.run();
}

}  // namespace core

std::expected<CanonicalPath, PathError> canonicalize_path(std::string_view target, std::span<char> scratch, EncodedSlash encoded_slash) noexcept {
    auto const canonical = core::canonicalize_path_at(target.substr(0, target.find('?')), scratch, encoded_slash);
    if (!canonical) return std::unexpected{canonical.error().error};
    bool const has_encoded_slash = encoded_slash == EncodedSlash::kAllowed && canonical->find(core::kEncodedSlash) != std::string_view::npos;
    return CanonicalPath{*canonical, has_encoded_slash};
}

std::string_view describe(PathError error) noexcept {
    static constexpr core::EnumTexts<PathError::kTooLong> kTexts{{
        {PathError::kNoSlash, "a path must begin with a slash"},
        {PathError::kEmptySegment, "a segment must not be empty; use one slash"},
        {PathError::kDotSegment, "a segment must not be \".\" or \"..\""},
        {PathError::kBadEscape, "a percent sign must be followed by two hex digits"},
        {PathError::kForbiddenEscape, "an escaped slash, backslash or control character, or a character that is escaped twice, is ambiguous"},
        {PathError::kForbiddenByte,
         "a space, \"#\" or non-ASCII character must be percent-encoded, and a backslash or control character must not appear"},
        {PathError::kTooLong, "the path is too long"},
    }};
    return kTexts[error];
}

}  // namespace warder
