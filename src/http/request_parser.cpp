// SPDX-License-Identifier: MIT
#include "http/request_parser.hpp"

#include <boost/beast/http/error.hpp>

namespace warder::http {

void RequestParser::on_request_impl(boost::beast::http::verb, Text method, Text target, int, Error&) {
    request_->method = {method.data(), method.size()};
    request_->target = {target.data(), target.size()};
}

void RequestParser::on_field_impl(boost::beast::http::field, Text name, Text value, Error& error) {
    if (!is_in_head_) return;
    if (request_->field_count == request_->fields.size()) {
        error = boost::beast::http::error::header_limit;
        return;
    }
    request_->fields[request_->field_count++] = {{name.data(), name.size()}, {value.data(), value.size()}};
}

std::size_t RequestParser::on_body_impl(Text body, Error& error) {
    if (request_->body.size() + body.size() > kMaxBody) {
        error = boost::beast::http::error::body_limit;
        return 0;
    }
    request_->body.append(body.data(), body.size());
    return body.size();
}

}  // namespace warder::http
