#include "http/download.h"

#include <gmock/gmock.h>

#include "base/base64.h"
#include "http/test_downloads.h"

namespace paucal::http {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string base64_digest(const std::string& text) {
  const std::string hex = sha256_hex(text);
  Bytes bytes;
  for (size_t i = 0; i < hex.size(); i += 2)
    bytes.push_back(static_cast<uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return to_base64(bytes);
}

TEST_F(Downloads, BringsTheFileAndChecksIt) {
  const TestServer server(
      [&](const TestRequest& request) { return serve_file(request, file_, ""); });
  std::vector<uint64_t> seen;
  const auto result = download(server.at("/a"), target(), {file_.size(), sha256_hex(file_)},
                               options_, [&](uint64_t done, uint64_t total) {
                                 EXPECT_EQ(total, file_.size());
                                 seen.push_back(done);
                               });
  ASSERT_TRUE(result.ok()) << result.failure().message;
  EXPECT_EQ(result->size, file_.size());
  EXPECT_EQ(result->sha256, sha256_hex(file_));
  EXPECT_EQ(result->checked, Download::Checked::kExpected);
  EXPECT_EQ(read_text(target()), file_);
  EXPECT_TRUE(is_clean());
  ASSERT_FALSE(seen.empty());
  EXPECT_TRUE(std::ranges::is_sorted(seen));
  EXPECT_EQ(seen.back(), file_.size());
}

TEST_F(Downloads, AnEmptyFileIsAFile) {
  const TestServer server([](const TestRequest&) { return TestReply{}; });
  const auto result = get(server.at("/a"));
  ASSERT_TRUE(result.ok()) << result.failure().message;
  EXPECT_EQ(result->checked, Download::Checked::kNothing);
  EXPECT_EQ(read_text(target()), "");
}

TEST_F(Downloads, ChecksTheServersOwnDigest) {
  std::string header;
  const TestServer server([&](const TestRequest& request) {
    TestReply reply = serve_file(request, file_, "");
    reply.headers.push_back(header);
    return reply;
  });
  for (const std::string name : {"Repr-Digest: sha-512=:AAAA:, sha-256=:{}:", "Digest: sha-256={}",
                                 "digest: unixsum=30637, SHA-256={}"}) {
    header = fmt::format(fmt::runtime(name), base64_digest(file_));
    const auto result = get(server.at("/a"));
    ASSERT_TRUE(result.ok()) << result.failure().message;
    EXPECT_EQ(result->checked, Download::Checked::kServer) << header;
    std::filesystem::remove(target());
    header = fmt::format(fmt::runtime(name), base64_digest("something else"));
    EXPECT_THAT(error(server.at("/a")),
                AllOf(HasSubstr(sha256_hex("something else")), HasSubstr("as the server tells")));
    EXPECT_TRUE(is_clean());
  }
  // What the caller knows stands above what the server says.
  ASSERT_TRUE(get(server.at("/a"), {0, sha256_hex(file_)}).ok());
}

TEST_F(Downloads, AHubTellsTheDigestOfWhatItRedirectsTo) {
  std::string digest = sha256_hex(file_);
  const TestServer server([&](const TestRequest& request) {
    if (request.target == "/hub")
      return TestReply{
          302,
          {"Location: /store?key=secret", "ETag: \"x\"", "X-Linked-Etag: \"" + digest + "\""},
          "moved"};
    return serve_file(request, file_, "\"y\"");
  });
  auto result = get(server.at("/hub"));
  ASSERT_TRUE(result.ok()) << result.failure().message;
  EXPECT_EQ(result->checked, Download::Checked::kServer);
  std::filesystem::remove(target());
  digest = sha256_hex("");
  EXPECT_THAT(error(server.at("/hub")), HasSubstr("SHA-256"));
  digest = "5716ca5987cbf97d6bb54920bea6adde242d87e6";  // SHA-1, of a small file
  result = get(server.at("/hub"));
  ASSERT_TRUE(result.ok()) << result.failure().message;
  EXPECT_EQ(result->checked, Download::Checked::kNothing);
}

TEST_F(Downloads, AWrongFileIsRefusedAndLeavesNothing) {
  const TestServer server(
      [&](const TestRequest& request) { return serve_file(request, file_, "\"1\""); });
  EXPECT_THAT(error(server.at("/a"), {0, sha256_hex("")}),
              AllOf(HasSubstr(sha256_hex(file_)), HasSubstr(sha256_hex(""))));
  EXPECT_TRUE(is_clean());
  EXPECT_THAT(error(server.at("/a"), {file_.size() + 1, ""}),
              HasSubstr("300000 bytes, expected 300001"));
}

TEST_F(Downloads, ALengthThatLiesIsNoticed) {
  int64_t promised = 0;
  const TestServer server([&](const TestRequest& request) {
    TestReply reply = serve_file(request, file_, "");
    reply.promised = promised;
    return reply;
  });
  promised = 400'000;
  EXPECT_THAT(error(server.at("/a")), HasSubstr("cut off after 300000 bytes"));
  promised = 200'000;
  EXPECT_THAT(error(server.at("/a"), {0, sha256_hex(file_)}), HasSubstr("SHA-256"));
  promised = -2;  // until the connection ends
  ASSERT_TRUE(get(server.at("/a"), {file_.size(), ""}).ok());
}

TEST_F(Downloads, NoMoreThanTheLimitIsWritten) {
  const std::string large(1'500'000, 'x');
  int64_t promised = -1;
  const TestServer server([&](const TestRequest&) {
    TestReply reply;
    reply.body = large;
    reply.promised = promised;
    return reply;
  });
  options_.limit_mb = 1;
  EXPECT_THAT(error(server.at("/a")), HasSubstr("1500000 bytes, expected at most 1000000"));
  promised = -2;
  EXPECT_THAT(error(server.at("/a")), HasSubstr("more than 1000000 bytes"));
  EXPECT_LE(std::filesystem::file_size(part()), 1'000'000u);
}

TEST_F(Downloads, FollowsAFewRedirectsToHttpAlone) {
  const TestServer server([&](const TestRequest& request) {
    if (request.target == "/circle") return TestReply{302, {"Location: /circle"}};
    if (request.target == "/file") return TestReply{302, {"Location: file:///etc/passwd"}};
    if (request.target == "/ftp") return TestReply{302, {"Location: ftp://127.0.0.1/a"}};
    if (request.target == "/a") return serve_file(request, file_, "");
    const char next = static_cast<char>(request.target[1] - 1);
    return TestReply{301, {next == '0' ? "Location: /a" : std::string("Location: /") + next}};
  });
  EXPECT_TRUE(get(server.at("/5")).ok());
  std::filesystem::remove(target());
  EXPECT_THAT(error(server.at("/6")), HasSubstr("more than 5 redirects"));
  EXPECT_THAT(error(server.at("/circle")), HasSubstr("more than 5 redirects"));
  EXPECT_THAT(error(server.at("/file")), HasSubstr("another scheme"));
  EXPECT_THAT(error(server.at("/ftp")), HasSubstr("another scheme"));
}

TEST_F(Downloads, SaysWhatTheServerAnswered) {
  int status = 404;
  std::vector<std::string> headers;
  const TestServer server([&](const TestRequest&) { return TestReply{status, headers, "a page"}; });
  EXPECT_THAT(error(server.at("/a")), HasSubstr("HTTP status 404, expected 200"));
  status = 206;  // nobody asked for a part
  headers = {"Content-Range: bytes 0-5/6"};
  EXPECT_THAT(error(server.at("/a")), HasSubstr("bytes from 0"));
  status = 200;
  headers = {"Content-Encoding: gzip"};
  EXPECT_THAT(error(server.at("/a")), HasSubstr("content encoding 'gzip'"));
  const size_t before = server.requests().size();
  status = 503;
  headers = {};
  EXPECT_THAT(error(server.at("/a")), HasSubstr("503"));
  EXPECT_EQ(server.requests().size(), before + 2);  // one more try
}

TEST_F(Downloads, SaysThatNobodyIsThere) {
  std::string address;
  {
    const TestServer server([](const TestRequest&) { return TestReply{}; });
    address = server.at("/a?token=secret");
  }
  EXPECT_THAT(error(address), AllOf(HasSubstr("no connection"), HasSubstr("may be offline"),
                                    HasSubstr("http_proxy is not set"), Not(HasSubstr("secret"))));
  EXPECT_THAT(error("http://nowhere.invalid/a"), HasSubstr("no connection"));
  EXPECT_TRUE(is_clean());
}

TEST_F(Downloads, GoesThroughAProxy) {
  const TestServer proxy(
      [&](const TestRequest& request) { return serve_file(request, file_, ""); });
  ::setenv("http_proxy", proxy.at("").c_str(), 1);
  const auto result = get("http://nowhere.invalid/a.pth");
  ::setenv("no_proxy", "nowhere.invalid", 1);
  std::filesystem::remove(target());
  EXPECT_THAT(error("http://nowhere.invalid/a.pth"),
              AllOf(HasSubstr("no connection"), HasSubstr("check the proxy in http_proxy")));
  ::unsetenv("http_proxy");
  ::unsetenv("no_proxy");
  ASSERT_TRUE(result.ok()) << result.failure().message;
  ASSERT_EQ(proxy.requests().size(), 1u);
  EXPECT_EQ(proxy.requests()[0].target, "http://nowhere.invalid/a.pth");
}

}  // namespace
}  // namespace paucal::http
