// SPDX-License-Identifier: MIT
#pragma once

#include "http/request.hpp"
#include "http/request_head.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace warder::http::tests {

/// A request with one line per field, each but the last ended by `\n`: "GET /a\nHost: x\n". Parsed as by the server;
/// the request refers to this object.
class RequestText {
  public:
    explicit RequestText(std::string_view lines, int minor_version = 1) {
        auto const version = minor_version == 1 ? " HTTP/1.1" : " HTTP/1.0";
        bool is_first = true;
        while (!lines.empty()) {
            auto const line = lines.substr(0, lines.find('\n'));
            lines.remove_prefix(line.size() + 1);
            text_.append(line).append(is_first ? version : "").append("\r\n");
            is_first = false;
        }
        text_ += "\r\n";
        auto const facts = read_head(text_, request_);
        EXPECT_TRUE(facts.has_value()) << text_;
        if (facts) facts_ = *facts;
    }
    RequestText(RequestText const&) = delete;
    RequestText& operator=(RequestText const&) = delete;

    [[nodiscard]] Request const& request() const { return request_; }
    [[nodiscard]] HeadFacts const& facts() const { return facts_; }

  private:
    std::string text_;
    Request request_;
    HeadFacts facts_;
};

}  // namespace warder::http::tests
