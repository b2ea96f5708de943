// SPDX-License-Identifier: MIT
#include "gateway/response_reader.hpp"

#include "http/text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <iterator>
#include <limits>
#include <vector>

namespace warder::gateway {
namespace {

namespace beast = boost::beast;
using Text = beast::string_view;

constexpr std::uint32_t kMaxResponseHead = 64 * 1024;
constexpr std::size_t kMaxResponseFields = 256;
// What most heads fit into without growth.
constexpr std::size_t kUsualHead = 512;
constexpr std::size_t kUsualFields = 16;

}  // namespace

/// Beast reads, and this keeps what it found: the fields' bytes one behind the other, as Beast's own views die with each call.
class ResponseReader::Parser final : public beast::http::basic_parser<false> {
  public:
    explicit Parser(bool is_to_head) {
        header_limit(kMaxResponseHead);
        body_limit(std::numeric_limits<std::uint64_t>::max());
        eager(true);
        skip(is_to_head);
        text_.reserve(kUsualHead);
        places_.reserve(kUsualFields);
    }

    std::string body;
    unsigned status = 0;
    std::string reason;
    std::vector<http::HeaderField> fields;
    bool is_bad = false;

  private:
    struct Place {
        std::size_t name, value, end;
    };

    void on_request_impl(beast::http::verb, Text, Text, int, beast::error_code&) override {}
    void on_response_impl(int code, Text text, int version, beast::error_code&) override {
        status = static_cast<unsigned>(code);
        knows_chunks_ = version >= 11;
        reason.assign(text.data(), text.size());
    }
    void on_field_impl(beast::http::field, Text name, Text value, beast::error_code& error) override {
        if (is_head_whole_) return;  // a trailer
        if (places_.size() == kMaxResponseFields) {
            error = beast::http::error::header_limit;
            return;
        }
        places_.push_back({text_.size(), text_.size() + name.size(), text_.size() + name.size() + value.size()});
        text_.append(name.data(), name.size()).append(value.data(), value.size());
    }
    void on_header_impl(beast::error_code& error) override {
        is_head_whole_ = true;
        std::string_view const text{text_};
        fields.reserve(places_.size());
        for (auto const& [name, value, end] : places_) fields.push_back({text.substr(name, value - name), text.substr(value, end - value)});
        if (!is_coding_understood()) error = beast::http::error::bad_transfer_encoding;
    }
    void on_body_init_impl(boost::optional<std::uint64_t> const&, beast::error_code&) override {}
    std::size_t on_body_impl(Text part, beast::error_code&) override {
        body.append(part.data(), part.size());
        return part.size();
    }
    void on_chunk_header_impl(std::uint64_t, Text, beast::error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, Text part, beast::error_code& error) override { return on_body_impl(part, error); }
    void on_finish_impl(beast::error_code&) override {}

    /// Beast takes the body for what is left when it has undone the last `chunked`, or for all up to the connection's end: the client, to whom the
    /// header isn't passed on, would take coded bytes for the content (RFC 9112 §6.1).
    [[nodiscard]] bool is_coding_understood() const noexcept {
        auto const is_coding = [](http::HeaderField const& field) { return http::equal_ignoring_case(field.name, "transfer-encoding"); };
        auto const first = std::ranges::find_if(fields, is_coding);
        if (first == fields.end()) return true;
        return knows_chunks_ && http::equal_ignoring_case(http::trim(first->value), "chunked") &&
               std::none_of(std::next(first), fields.end(), is_coding);
    }

    std::string text_;
    std::vector<Place> places_;
    bool knows_chunks_ = false;
    bool is_head_whole_ = false;
};

ResponseReader::ResponseReader(bool is_to_head) : parser_{std::make_unique<Parser>(is_to_head)} {}
ResponseReader::~ResponseReader() = default;
ResponseReader::ResponseReader(ResponseReader&&) noexcept = default;
ResponseReader& ResponseReader::operator=(ResponseReader&&) noexcept = default;

std::size_t ResponseReader::read(std::string_view bytes) {
    std::size_t used = 0;
    while (used < bytes.size() && !parser_->is_bad && !parser_->is_done()) {
        beast::error_code error;
        auto const count = parser_->put(boost::asio::const_buffer{bytes.data() + used, bytes.size() - used}, error);
        used += count;
        if (error == beast::http::error::need_more) break;
        if (error) parser_->is_bad = true;
        if (count == 0) break;
    }
    return used;
}

void ResponseReader::end() {
    if (state() == State::kWhole) return;
    beast::error_code error;
    if (parser_->got_some()) parser_->put_eof(error);
    if (error || !parser_->is_done()) parser_->is_bad = true;
}

ResponseReader::State ResponseReader::state() const noexcept {
    if (parser_->is_bad) return State::kBad;
    if (parser_->is_done()) return State::kWhole;
    return parser_->is_header_done() ? State::kBody : State::kHead;
}

unsigned ResponseReader::status() const noexcept { return parser_->status; }
std::string_view ResponseReader::reason() const noexcept { return parser_->reason; }
std::span<http::HeaderField const> ResponseReader::fields() const noexcept { return parser_->fields; }

std::optional<std::uint64_t> ResponseReader::content_length() const {
    auto const length = parser_->content_length();
    return length ? std::optional{*length} : std::nullopt;
}

bool ResponseReader::keeps_alive() const { return parser_->keep_alive(); }
std::string& ResponseReader::body() noexcept { return parser_->body; }

}  // namespace warder::gateway
