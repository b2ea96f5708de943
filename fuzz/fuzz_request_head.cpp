// SPDX-License-Identifier: MIT
// The input is what a client sends: a head followed by a body.
#include "demand.hpp"
#include "http/request_head.hpp"
#include "http/request_reader.hpp"
#include "plain_http.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <string>

namespace warder::fuzz {
namespace {

using State = http::HeadScanner::State;

/// Returns the head that is found when the bytes arrive in steps; empty unless it is complete and accepted.
std::string_view accepted_head(std::string_view bytes, std::size_t step) {
    http::HeadScanner scanner;
    for (std::size_t end = std::min(step, bytes.size());; end = std::min(end + step, bytes.size())) {
        auto const state = scanner.scan(bytes.substr(0, end));
        if (state == State::kIncomplete && end < bytes.size()) continue;
        if (state != State::kComplete) return {};
        auto const head = bytes.substr(0, scanner.length());
        http::Request request;
        return http::read_head(head, request) ? head : std::string_view{};
    }
}

void check_facts(PlainHead const& head, http::HeadFacts const& facts) {
    auto const hosts = head.all("host");
    auto const lengths = head.all("content-length");
    auto const codings = head.all("transfer-encoding");
    bool const is_1_1 = head.request_line.ends_with(" HTTP/1.1");
    demand(is_1_1 || head.request_line.ends_with(" HTTP/1.0"), "a request line ends with the version");
    demand(facts.minor_version == (is_1_1 ? 1 : 0), "the version is the one that is there");
    demand(std::ranges::count(head.request_line, ' ') == 2, "a request line has two spaces");
    demand(head.fields.size() <= http::kMaxFields, "there are not too many fields");
    demand(hosts.size() == 1 || (hosts.empty() && !is_1_1), "there is exactly one Host, or none in HTTP/1.0");
    demand(lengths.size() <= 1, "there is one Content-Length at most");
    demand(lengths.empty() || codings.empty(), "Content-Length and Transfer-Encoding exclude each other");
    demand(codings.empty() || (is_1_1 && codings.size() == 1 && lower_case(codings.front()) == "chunked"), "the one transfer coding is chunked");
    demand(facts.is_chunked == !codings.empty(), "a body is chunked if it says so");
    demand(facts.content_length.has_value() == !lengths.empty(), "a length is known if it is there");
    if (!lengths.empty()) {
        demand(!lengths.front().empty() && lengths.front().find_first_not_of("0123456789") == std::string::npos, "a length is digits");
        std::uint64_t value = 0;
        auto const& text = lengths.front();
        if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) value = std::numeric_limits<std::uint64_t>::max();
        demand(*facts.content_length == value, "a length is the number that is there");
    }
    bool has_close = false;
    for (auto const& value : head.all("connection")) has_close = has_close || lower_case(value) == "close";
    demand(!has_close || !facts.keeps_alive, "close ends the connection");
}

struct Fed {
    bool is_done = false;
    bool is_bad = false;
    std::string body;
    std::string unread;
};

void check_request(PlainHead const& plain, http::Request const& request) {
    demand(plain.request_line.starts_with(std::string{request.method} + " " + std::string{request.target} + " "),
           "the request line is the one that came");
    demand(request.field_count == plain.fields.size(), "there are as many fields");
    for (std::size_t at = 0; at < request.field_count; ++at) {
        auto const& [name, value] = request.fields[at];
        demand(lower_case(std::string{name}) == plain.fields[at].first && value == plain.fields[at].second, "the fields are those that came");
    }
    for (auto const& [name, value] : plain.fields) {
        auto const count = static_cast<std::size_t>(std::ranges::count(plain.fields, name, [](auto const& field) { return field.first; }));
        demand(request.find(name).count == count, "each field is found by its name");
    }
}

/// Copies as many bytes into the buffer as fit.
bool receive(http::RequestReader& reader, std::span<char> room, std::string_view& bytes, std::size_t step) {
    auto const part = bytes.substr(0, std::min(step, room.size()));
    std::ranges::copy(part, room.begin());
    reader.received(part.size());
    bytes.remove_prefix(part.size());
    return !part.empty();
}

/// Reads a request as a connection does, from bytes that arrive in steps.
Fed read_in_steps(std::string_view bytes, std::size_t step, PlainHead const& plain) {
    http::RequestReader reader;
    http::Request request;
    while (reader.scan_head() == State::kIncomplete) demand(receive(reader, reader.head_buffer(), bytes, step), "an accepted head ends");
    auto const facts = reader.take_head(request);
    demand(facts.has_value(), "parsing a head twice yields the same result");
    check_request(plain, request);
    Fed fed;
    demand(reader.begin_body(*facts, http::kMaxBody, 1024), "the length is within the limit");
    for (;;) {
        auto const state = reader.read_body(fed.body);
        fed.is_done = state == http::RequestReader::BodyState::kComplete;
        fed.is_bad = !fed.is_done && state != http::RequestReader::BodyState::kIncomplete;
        if (fed.is_done || fed.is_bad) break;
        auto const room = reader.body_buffer();
        if (room.empty() || !receive(reader, room, bytes, step)) break;
    }
    check_request(plain, request);
    fed.unread = std::string{reader.unread()}.append(bytes);
    return fed;
}

void check_body(std::string_view head, std::string_view rest, http::HeadFacts const& facts, PlainHead const& plain) {
    auto const bytes = std::string{head}.append(rest);
    auto const whole = read_in_steps(bytes, bytes.size(), plain);
    auto const in_steps = read_in_steps(bytes, 7, plain);
    demand(whole.is_done == in_steps.is_done && (!whole.is_done || (whole.body == in_steps.body && whole.unread == in_steps.unread)),
           "a body is the same in pieces");
    if (facts.is_chunked) {
        if (!whole.is_done) return;
        auto const chunks = plain_chunks(rest);
        demand(chunks && chunks->data == whole.body && rest.substr(chunks->length) == whole.unread,
               "chunks are read as the grammar says, to the same byte");
    } else {
        auto const length = facts.content_length.value_or(0);
        demand(whole.is_done == (rest.size() >= length), "a body is whole when its length is there");
        if (whole.is_done)
            demand(whole.body == rest.substr(0, length) && whole.unread == rest.substr(length), "a body is as long as its length says");
    }
}

void check(std::string_view bytes) {
    http::Request request;
    auto const verdict = http::read_head(bytes, request);
    if (!verdict) {
        auto const status = verdict.error().status;
        demand(status == 400 || status == 431 || status == 501, "a rejected head has one of three statuses");
    }
    auto const head = accepted_head(bytes, bytes.size() + 1);
    demand(head == accepted_head(bytes, 1) && head == accepted_head(bytes, 13), "a head is the same however it arrives");
    if (head.empty()) return;
    demand(verdict.has_value(), "what follows a head does not change its verdict");
    auto const facts = http::read_head(head, request);
    auto const plain = plain_head(head);
    demand(plain.has_value(), "an accepted head is clean lines with names and colons");
    check_facts(*plain, *facts);
    if (facts->content_length.value_or(0) <= http::kMaxBody) check_body(head, bytes.substr(head.size()), *facts, *plain);
}

}  // namespace
}  // namespace warder::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    warder::fuzz::check(warder::fuzz::text_of(data, size));
    return 0;
}
