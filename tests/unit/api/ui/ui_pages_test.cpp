// SPDX-License-Identifier: MIT
#include "api/ui/ui_pages.hpp"

#include "api/ui/ui_files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <string>

namespace warder::api {
namespace {

http::Request request_with(std::initializer_list<http::HeaderField> fields, std::string_view method = "GET") {
    http::Request request;
    request.method = method;
    for (auto const& field : fields) request.fields[request.field_count++] = field;
    return request;
}

bool takes(std::string_view accepted) { return takes_gzip(request_with({{"Accept-Encoding", accepted}})); }

std::string header(http::Response const& response, std::string_view name) {
    auto const found = std::ranges::find(response.headers, name, &http::ResponseHeader::name);
    return found == response.headers.end() ? "" : found->value;
}

TEST(TakesGzip, FollowsAcceptEncoding) {
    for (auto const* text :
         {"gzip", "GZIP", "x-gzip", "br, gzip", "deflate,gzip;q=0.001", "gzip ; q=1.0", "gzip;q=1", "*", "identity;q=0.5, *;q=0.1"})
        EXPECT_TRUE(takes(text)) << text;
    for (auto const* text : {"", "identity", "br", "gzip;q=0", "gzip; q=0.000", "gzip;Q=0", "*;q=0", "gzip;q=0, *", "*, gzip;q=0",
                             "gzip;q=", "gzip;q=x", "gzip;q=-1", "gzipped", "not gzip"})
        EXPECT_FALSE(takes(text)) << text;
    EXPECT_FALSE(takes_gzip(request_with({})));
    EXPECT_TRUE(takes_gzip(request_with({{"Accept-Encoding", "br"}, {"accept-encoding", "gzip"}})));
}

TEST(IsUiPath, MatchesTheIndexAndTheUiDirectory) {
    for (auto const* path : {"/", "", "/ui/", "/ui/x", "/ui/x/y"}) EXPECT_TRUE(is_ui_path(path)) << path;
    for (auto const* path : {"/ui", "/uix", "/x", "//", "/UI/x", "/index.html"}) EXPECT_FALSE(is_ui_path(path)) << path;
}

TEST(AnswerUi, IndexRefersToTheCurrentVersion) {
    auto const response = answer_ui(request_with({}), "/");
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(response.content_type, "text/html; charset=utf-8");
    EXPECT_EQ(response.cache_control, "no-cache");
    EXPECT_NE(response.body.find("\"ui/" + std::string{ui_version()} + "/"), std::string::npos);
    EXPECT_EQ(response.body.find("@VERSION@"), std::string::npos);
}

TEST(AnswerUi, ServesEachFileOnlyUnderTheCurrentVersion) {
    auto const directory = "/ui/" + std::string{ui_version()} + "/";
    for (auto const& file : ui_files()) {
        auto const is_index = file.name == "index.html";
        EXPECT_EQ(answer_ui(request_with({}), directory + std::string{file.name}).status, is_index ? 404U : 200U) << file.name;
        EXPECT_EQ(answer_ui(request_with({}), "/ui/0123456789abcdef/" + std::string{file.name}).status, 404U) << file.name;
        EXPECT_EQ(answer_ui(request_with({}), "/ui/" + std::string{file.name}).status, 404U) << file.name;
    }
    for (auto const& path : {directory, directory + "nothing.js", directory + "../index.html", directory.substr(0, directory.size() - 1)})
        EXPECT_EQ(answer_ui(request_with({}), path).status, 404U) << path;
}

TEST(AnswerUi, Returns304ForAMatchingETag) {
    auto const tag = header(answer_ui(request_with({}), "/"), "ETag");
    ASSERT_TRUE(tag.starts_with("W/\""));
    for (auto const& known : {tag, tag.substr(2), std::string{"*"}, "\"a\", " + tag + " , \"b\""}) {
        auto const response = answer_ui(request_with({{"If-None-Match", known}}), "/");
        EXPECT_EQ(response.status, 304U) << known;
        EXPECT_TRUE(response.body.empty());
        EXPECT_EQ(header(response, "ETag"), tag);
    }
    for (auto const& unknown : {std::string{}, std::string{"\"x\""}, std::string{ui_version()}, tag.substr(0, tag.size() - 2) + "\""})
        EXPECT_EQ(answer_ui(request_with({{"If-None-Match", unknown}}), "/").status, 200U) << unknown;
}

TEST(AnswerUi, CompressesFilesForClientsThatAcceptGzip) {
    for (auto const& file : ui_files()) {
        auto const path = file.name == "index.html" ? std::string{"/"} : "/ui/" + std::string{ui_version()} + "/" + std::string{file.name};
        auto const plain = answer_ui(request_with({}), path);
        auto const packed = answer_ui(request_with({{"Accept-Encoding", "gzip"}}), path);
        EXPECT_EQ(plain.body, file.plain);
        EXPECT_EQ(header(plain, "Content-Encoding"), "");
        bool const is_smaller = file.gzipped.size() < file.plain.size();
        EXPECT_EQ(packed.body, is_smaller ? file.gzipped : file.plain);
        EXPECT_EQ(header(packed, "Content-Encoding"), is_smaller ? "gzip" : "");
        EXPECT_EQ(header(plain, "Vary"), "Accept-Encoding");
        EXPECT_EQ(header(packed, "Vary"), "Accept-Encoding");
    }
}

TEST(AnswerUi, RejectsMethodsOtherThanGetHeadAndOptions) {
    EXPECT_EQ(answer_ui(request_with({}, "OPTIONS"), "/").status, 204U);
    auto const refused = answer_ui(request_with({}, "POST"), "/");
    EXPECT_EQ(refused.status, 405U);
    EXPECT_EQ(header(refused, "Allow"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(answer_ui(request_with({}, "POST"), "/ui/x").status, 404U);
}

TEST(AnswerUi, SendsSecurityHeadersWithEveryResponse) {
    for (auto const* method : {"GET", "POST", "OPTIONS"})
        for (auto const* path : {"/", "/ui/x"}) {
            auto const response = answer_ui(request_with({}, method), path);
            auto const policy = header(response, "Content-Security-Policy");
            EXPECT_TRUE(policy.starts_with("default-src 'none'; ")) << policy;
            EXPECT_EQ(policy.find("unsafe"), std::string::npos);
            EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
            EXPECT_EQ(header(response, "Referrer-Policy"), "no-referrer");
            EXPECT_EQ(header(response, "Cross-Origin-Opener-Policy"), "same-origin");
            EXPECT_EQ(header(response, "Cross-Origin-Resource-Policy"), "same-origin");
        }
}

}  // namespace
}  // namespace warder::api
