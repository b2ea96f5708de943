// SPDX-License-Identifier: MIT
#pragma once

#include "http/request.hpp"

#include <boost/beast/http/basic_parser.hpp>

namespace warder::http {

/// Beast's parser, made to leave the head where it was received and to gather the body into a bounded string. Trailers are dropped.
class RequestParser final : public boost::beast::http::basic_parser<true> {
  public:
    explicit RequestParser(Request& request) : request_{&request} {
        header_limit(4 * kMaxHead);  // `check_head` has judged the size
        body_limit(kMaxBody);
    }

  private:
    using Error = boost::beast::error_code;
    using Text = boost::beast::string_view;

    void on_request_impl(boost::beast::http::verb, Text method, Text target, int, Error&) override;
    void on_response_impl(int, Text, int, Error&) override {}
    void on_field_impl(boost::beast::http::field, Text name, Text value, Error& error) override;
    void on_header_impl(Error&) override { is_in_head_ = false; }
    void on_body_init_impl(boost::optional<std::uint64_t> const&, Error&) override {}
    std::size_t on_body_impl(Text body, Error& error) override;
    void on_chunk_header_impl(std::uint64_t, Text, Error&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, Text body, Error& error) override { return on_body_impl(body, error); }
    void on_finish_impl(Error&) override {}

    Request* request_;
    bool is_in_head_ = true;
};

}  // namespace warder::http
