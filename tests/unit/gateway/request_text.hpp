// SPDX-License-Identifier: MIT
#pragma once

#include "http/head_check.hpp"
#include "http/request.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace warder::gateway::tests {

/// A request of one line for each field, `\n` at each one's end: "GET /a\nHost: x\n". Judged as the listener judges it; views of itself.
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
        auto const facts = http::check_head(text_);
        EXPECT_TRUE(facts.has_value()) << text_;
        if (facts) facts_ = *facts;
        read();
    }
    RequestText(RequestText const&) = delete;
    RequestText& operator=(RequestText const&) = delete;

    [[nodiscard]] http::Request const& request() const { return request_; }
    [[nodiscard]] http::HeadFacts const& facts() const { return facts_; }

  private:
    void read() {
        std::string_view rest = text_;
        request_.method = rest.substr(0, rest.find(' '));
        rest.remove_prefix(request_.method.size() + 1);
        request_.target = rest.substr(0, rest.find(' '));
        rest.remove_prefix(rest.find('\n') + 1);
        while (!rest.starts_with("\r\n")) {
            auto const colon = rest.find(':');
            auto value = rest.substr(colon + 1, rest.find('\r') - colon - 1);
            while (value.starts_with(' ')) value.remove_prefix(1);
            request_.fields.at(request_.field_count++) = {rest.substr(0, colon), value};
            rest.remove_prefix(rest.find('\n') + 1);
        }
    }

    std::string text_;
    http::Request request_;
    http::HeadFacts facts_;
};

}  // namespace warder::gateway::tests
