// SPDX-License-Identifier: MIT
#include "gateway/rpc/json_rpc.hpp"

#include "core/rules.hpp"
#include "core/sax.hpp"
#include "core/text/enum_texts.hpp"
#include "core/text/json_string.hpp"
#include "core/text/utf8.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <system_error>
#include <utility>

namespace warder::gateway {
namespace {

using Reason = RpcError::Reason;

/// Returns whether the exponent of a number exceeds 32 bits.
bool has_huge_exponent(std::string_view number) noexcept {
    auto const e = number.find_first_of("eE");
    if (e == std::string_view::npos) return false;
    number.remove_prefix(e + 1);
    if (number.starts_with('+')) number.remove_prefix(1);
    std::int32_t exponent = 0;
    return std::from_chars(number.data(), number.data() + number.size(), exponent).ec == std::errc::result_out_of_range;
}

/// The keys of one call, in the form in which they must differ.
class KeySet {
  public:
    void clear() {
        text_.clear();
        ends_.clear();
    }
    void add(std::string_view folded) {
        text_ += folded;
        ends_.push_back(text_.size());
    }
    /// Returns whether two keys are equal. It sorts them: a client could choose keys that make a hash table slow, and a tree
    /// of a megabyte of keys would be large.
    [[nodiscard]] bool has_equal() const {
        std::vector<std::string_view> keys;
        keys.reserve(ends_.size());
        std::size_t begin = 0;
        for (auto const end : ends_) {
            keys.push_back(std::string_view{text_}.substr(begin, end - begin));
            begin = end;
        }
        std::ranges::sort(keys);
        return std::ranges::adjacent_find(keys) != keys.end();
    }

  private:
    std::string text_;
    std::vector<std::size_t> ends_;
};

/// The parser's handler. Collects the calls and ignores what is inside their other values.
class CallReader : public core::SaxDefaults {
  public:
    RpcCalls result() const { return {names_, ends_, id()}; }

    RpcError error(Reason by_parser, std::size_t offset) const {
        auto const reason = error_.value_or(by_parser);
        bool const is_read = reason == Reason::kEqualKeys || reason == Reason::kNoMethod || reason == Reason::kMethodIsNoText;
        return {.reason = reason, .offset = offset, .id = is_read ? id() : "null"};
    }

    bool on_object_begin(Code& code) {
        if (depth_ + 1 == call_depth_) begin_call();
        else if (!pass_value(code)) return false;
        ++depth_;
        return true;
    }
    bool on_object_end(std::size_t, Code& code) { return depth_-- != call_depth_ || end_call(code); }
    bool on_array_begin(Code& code) {
        if (depth_ == 0) call_depth_ = 2;
        else if (!pass_value(code)) return false;
        ++depth_;
        return true;
    }
    bool on_array_end(std::size_t count, Code& code) { return --depth_ > 0 || count > 0 || fail(Reason::kEmptyBatch, code); }

    bool on_key_part(Text part, std::size_t, Code&) {
        if (depth_ == call_depth_) text_.append(part.data(), part.size());
        return true;
    }
    bool on_key(Text part, std::size_t, Code&) {
        if (depth_ != call_depth_) return true;
        text_.append(part.data(), part.size());
        key_ = text_ == "method" ? Key::kMethod : text_ == "id" ? Key::kId : Key::kOther;
        if (text_ == "result" || text_ == "error") ++outcome_count_;
        auto folded = core::fold_name(text_);
        folded.resize(std::min(folded.size(), folded.find('\0')));
        if (folded == "id") ++id_count_;
        if (folded == "method") names_method_ = true;
        keys_.add(folded);
        text_.clear();
        return true;
    }

    bool on_string_part(Text part, std::size_t, Code&) {
        if (is_value_of(Key::kMethod) || is_value_of(Key::kId)) text_.append(part.data(), part.size());
        return true;
    }
    bool on_string(Text part, std::size_t, Code& code) {
        if (is_value_of(Key::kMethod)) {
            text_.append(part.data(), part.size());
            method_ = std::exchange(text_, {});
            has_method_ = true;
            return true;
        }
        if (is_value_of(Key::kId)) {
            text_.append(part.data(), part.size());
            has_scalar_id_ = true;
            id_.clear();
            if (text_.size() <= kMaxRpcId) core::append_ascii_json_string(id_, text_);
            text_.clear();
            return true;
        }
        return pass_value(code);
    }
    bool on_int64(std::int64_t, Text text, Code& code) { return on_number(text, code); }
    bool on_uint64(std::uint64_t, Text text, Code& code) { return on_number(text, code); }
    bool on_double(double, Text text, Code& code) {
        // Boost.JSON up to 1.81 rejects such a number itself; later versions read it as infinity.
        if (has_huge_exponent({text.data(), text.size()})) return fail(Reason::kNumberRange, code);
        return on_number(text, code);
    }
    bool on_bool(bool, Code& code) { return pass_value(code); }
    bool on_null(Code& code) {
        if (is_value_of(Key::kId)) has_scalar_id_ = true;
        return pass_value(code);
    }

  private:
    enum class Key : std::uint8_t { kOther, kMethod, kId };

    [[nodiscard]] bool is_value_of(Key key) const noexcept { return depth_ == call_depth_ && key_ == key; }

    [[nodiscard]] std::string id() const {
        bool const can_tell = call_depth_ == 1 && id_count_ == 1 && !id_.empty() && id_.size() <= kMaxRpcId;
        return can_tell ? id_ : "null";
    }

    bool fail(Reason reason, Code& code) {
        error_ = reason;
        return stop(code);
    }

    /// Skips a value of no interest.
    /// @return false if it is in place of a call. If it is in place of a method, the end of the call is an error.
    bool pass_value(Code& code) {
        if (depth_ < call_depth_) return fail(Reason::kNoCall, code);
        if (is_value_of(Key::kMethod)) has_method_ = true;
        return true;
    }

    // The parser was given the whole body, so it passes each number in one piece.
    bool on_number(Text text, Code& code) {
        if (is_value_of(Key::kId)) {
            has_scalar_id_ = true;
            id_.assign(text.data(), text.size());
        }
        return pass_value(code);
    }

    void begin_call() {
        keys_.clear();
        has_method_ = false;
        names_method_ = false;
        has_scalar_id_ = false;
        outcome_count_ = 0;
        method_.reset();
    }
    bool end_call(Code& code) {
        if (keys_.has_equal()) return fail(Reason::kEqualKeys, code);
        if (is_lone_response()) return true;
        if (!has_method_) return fail(Reason::kNoMethod, code);
        if (!method_) return fail(Reason::kMethodIsNoText, code);
        names_ += *method_;
        ends_.push_back(names_.size());
        return true;
    }

    /// Returns whether the object is a single response. One with `Method` is not, since it is a call for a server that ignores
    /// case.
    [[nodiscard]] bool is_lone_response() const noexcept { return call_depth_ == 1 && !names_method_ && outcome_count_ == 1 && has_scalar_id_; }

    std::size_t depth_ = 0;       // number of open arrays and objects
    std::size_t call_depth_ = 1;  // depth inside a call, but not inside its values
    Key key_ = Key::kOther;
    std::string text_;
    KeySet keys_;
    bool has_method_ = false;
    bool names_method_ = false;      // in any letter case
    bool has_scalar_id_ = false;     // a string, a number or null
    std::size_t outcome_count_ = 0;  // number of keys `result` and `error`
    std::optional<std::string> method_;
    std::string names_;
    std::vector<std::size_t> ends_;
    std::string id_;
    std::size_t id_count_ = 0;
    std::optional<Reason> error_;
};

Reason reason_of(boost::json::error_code const& code) {
    if (code == boost::json::error::too_deep) return Reason::kTooDeep;
    if (code == boost::json::error::exponent_overflow) return Reason::kNumberRange;
    return Reason::kSyntax;
}

constexpr core::EnumTexts<Reason::kMethodIsNoText> kWhat{{
    {Reason::kTooLarge, "The body is too large for a JSON-RPC request on this route"},
    {Reason::kNotUtf8, "The body is not valid UTF-8"},
    {Reason::kSyntax, "Invalid JSON: syntax error"},
    {Reason::kTooDeep, "The JSON is nested deeper than 32 levels"},
    {Reason::kNumberRange, "A number in the JSON is out of range"},
    {Reason::kTrailing, "Unexpected text after the JSON value"},
    {Reason::kEqualKeys, "Two keys of a call are equal or differ only in case; the call ends"},
    {Reason::kNoCall, "A JSON-RPC call must be an object; another value begins"},
    {Reason::kEmptyBatch, "The batch is empty; it ends"},
    {Reason::kNoMethod, "A call has no \"method\"; it ends"},
    {Reason::kMethodIsNoText, "The \"method\" of a call must be a string; the call ends"},
}};

std::vector<std::string_view> cut(std::span<char const> names, std::span<std::size_t const> ends) {
    std::vector<std::string_view> methods;
    methods.reserve(ends.size());
    std::size_t begin = 0;
    for (auto const end : ends) {
        methods.emplace_back(names.data() + begin, end - begin);
        begin = end;
    }
    return methods;
}

}  // namespace

RpcCalls::RpcCalls(std::string_view names, std::span<std::size_t const> ends, std::string id)
    : names_{names.begin(), names.end()}, methods_{cut(names_, ends)}, distinct_{methods_}, id_{std::move(id)} {}

std::expected<RpcCalls, RpcError> read_rpc(std::string_view body, std::size_t limit) {
    if (body.size() > limit) return std::unexpected{RpcError{.reason = Reason::kTooLarge, .offset = limit}};
    if (auto const foreign = core::find_not_utf8(body)) return std::unexpected{RpcError{.reason = Reason::kNotUtf8, .offset = *foreign}};

    boost::json::parse_options options;
    options.max_depth = kMaxRpcDepth;
    boost::json::basic_parser<CallReader> parser{options};
    boost::json::error_code code;
    auto const consumed = parser.write_some(false, body.data(), body.size(), code);
    if (code) return std::unexpected{parser.handler().error(reason_of(code), consumed)};
    if (consumed < body.size()) return std::unexpected{RpcError{.reason = Reason::kTrailing, .offset = consumed}};
    return parser.handler().result();
}

std::string_view code_of(RpcError const& error) noexcept {
    switch (error.reason) {
        case Reason::kTooLarge:
            return "too_large";
        case Reason::kNoCall:
        case Reason::kEmptyBatch:
        case Reason::kNoMethod:
        case Reason::kMethodIsNoText:
            return "bad_field";
        case Reason::kNotUtf8:
        case Reason::kSyntax:
        case Reason::kTooDeep:
        case Reason::kNumberRange:
        case Reason::kTrailing:
        case Reason::kEqualKeys:
            break;
    }
    return "bad_json";
}

std::string message_of(RpcError const& error) {
    std::string message{kWhat[error.reason]};
    if (error.reason != Reason::kTooLarge) message += " at byte " + std::to_string(error.offset);
    return message + '.';
}

std::string rpc_error_body(std::string_view id, int rpc_code, std::string_view message, std::string_view code) {
    std::string body = R"({"jsonrpc":"2.0","id":)";
    body += id;
    body += R"(,"error":{"code":)" + std::to_string(rpc_code) + R"(,"message":)";
    core::append_ascii_json_string(body, message);
    body += R"(,"data":)";
    core::append_ascii_json_string(body, code);
    return body += "}}";
}

}  // namespace warder::gateway
