// SPDX-License-Identifier: MIT
// The input is a byte that says how the response arrives, followed by what an upstream sends.
#include "demand.hpp"
#include "http/response_reader.hpp"
#include "plain_http.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace warder::fuzz {
namespace {

using State = http::ResponseReader::State;

struct Fed {
    State state = State::kHead;
    std::string body;
    std::size_t used = 0;
};

/// Feeds the bytes as a connection does: what was not used is passed again, with more bytes after it.
Fed feed(http::ResponseReader& reader, std::string_view bytes, std::size_t step) {
    Fed fed;
    for (std::size_t end = 0; end < bytes.size() && reader.state() != State::kInvalid && reader.state() != State::kComplete;) {
        end = std::min(end + step, bytes.size());
        auto const used = reader.read(bytes.substr(fed.used, end - fed.used));
        demand(used <= end - fed.used, "no more is used than there is");
        fed.used += used;
    }
    fed.state = reader.state();
    fed.body = reader.body();
    return fed;
}

bool is_named(http::HeaderField const& field, std::string_view name) {
    return std::ranges::equal(field.name, name, {}, [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
}

/// Returns the head up to and including the blank line, with folded lines joined.
std::string plain_head_text(std::string_view bytes) {
    std::string head{bytes.substr(0, bytes.find("\r\n\r\n") + 4)};
    for (std::size_t at = 0; (at = head.find("\r\n", at)) + 2 < head.size(); at += 2)
        if (head[at + 2] == ' ' || head[at + 2] == '\t') head[at] = head[at + 1] = ' ';
    return head;
}

void compare_with_plain(http::ResponseReader const& reader, std::string_view bytes, Fed const& fed) {
    auto const text = plain_head_text(bytes);
    auto const head = plain_head(text);
    demand(head && head->fields.size() == reader.fields().size(), "what is a head is one to a plain reader, and has as many fields");
    for (std::size_t i = 0; i < head->fields.size(); ++i) {
        auto const& [name, value] = reader.fields()[i];
        demand(lower_case(std::string{name}) == head->fields[i].first && value == head->fields[i].second,
               "a field is what a plain reader takes it for");
    }
    auto const start = head->request_line.substr(0, sizeof "HTTP/1.x" - 1) + " " + std::to_string(reader.status());
    demand(head->request_line == start + " " + std::string{reader.reason()} || (head->request_line == start && reader.reason().empty()),
           "a status line is what a plain reader takes it for");
    bool const is_chunked = !head->all("transfer-encoding").empty() && fed.used > text.size();
    if (!is_chunked || fed.state != State::kComplete) return;
    auto const chunks = plain_chunks(bytes.substr(text.size()));
    demand(chunks && chunks->data == fed.body && chunks->length == fed.used - text.size(), "chunks are read as the grammar says, to the same byte");
}

void check_head(http::ResponseReader const& reader, std::string_view bytes) {
    demand(reader.status() >= 100 && reader.status() <= 999, "a status has three digits");
    demand(bytes.starts_with("HTTP/1."), "a response says its version");
    std::size_t codings = 0, lengths = 0;
    for (auto const& field : reader.fields()) {
        demand(!field.name.empty() && field.name.find_first_of(" \t\r\n:") == std::string_view::npos, "a name is a word");
        demand(field.value.find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos, "a value can't end its line");
        demand(field.value.empty() || (field.value.front() != ' ' && field.value.back() != ' '), "a value has no space around it");
        codings += is_named(field, "transfer-encoding") ? 1 : 0;
        if (!is_named(field, "content-length")) continue;
        ++lengths;
        std::uint64_t number = 0;
        auto const& text = field.value;
        demand(std::from_chars(text.data(), text.data() + text.size(), number).ptr == text.data() + text.size(), "a length is a number");
        demand(reader.content_length() == number, "all lengths are the same");
    }
    demand(codings <= 1 && (codings == 0 || lengths == 0), "there is one way to tell where the body ends");
    demand(reader.content_length().has_value() == (lengths > 0), "a length is known if it is there");
}

void check(std::string_view bytes, bool is_to_head, std::size_t step) {
    http::ResponseReader whole{is_to_head}, in_steps{is_to_head};
    auto const one = feed(whole, bytes, bytes.size() + 1);
    auto const other = feed(in_steps, bytes, step);
    if (one.state == State::kHead) {
        // A bare CR is only detected once a byte follows its line, or once the head is complete.
        demand(other.state == State::kHead || other.state == State::kInvalid, "a head is whole at the same byte however it comes");
        return;
    }
    demand(one.state == other.state && (one.state == State::kInvalid || one.body == other.body), "a response is the same however it comes");
    if (one.state == State::kInvalid) return;
    check_head(whole, bytes);
    compare_with_plain(whole, bytes, one);
    if (one.state == State::kComplete) demand(one.used == other.used, "a response ends at the same byte however it comes");
    if (one.state == State::kComplete && whole.content_length() && !one.body.empty())
        demand(one.body.size() == *whole.content_length(), "a body is as long as its length says");
    whole.end();
    demand(one.state != State::kComplete || whole.state() == State::kComplete, "what is whole stays so");
    demand(whole.state() != State::kComplete || one.state == State::kComplete || !whole.keeps_alive(), "what ends with the connection ends it");
}

}  // namespace
}  // namespace warder::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const text = warder::fuzz::text_of(data, size);
    if (text.empty()) return 0;
    auto const how = static_cast<unsigned char>(text.front());
    warder::fuzz::check(text.substr(1), (how & 0x80U) != 0, 1 + (how & 0x0FU));
    return 0;
}
