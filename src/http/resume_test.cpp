// Downloads that are taken up again.
#include <gmock/gmock.h>

#include "http/test_downloads.h"

namespace paucal::http {
namespace {

using testing::HasSubstr;

TEST_F(Downloads, GoesOnWhereTheConnectionWasCut) {
  std::atomic<int> answers{0};
  const TestServer server([&](const TestRequest& request) {
    TestReply reply = serve_file(request, file_, "\"one\"");
    if (++answers < 4) reply.cut = 80'000;
    return reply;
  });
  const auto result = get(server.at("/a"), {0, sha256_hex(file_)});
  ASSERT_TRUE(result.ok()) << result.failure().message;
  EXPECT_EQ(read_text(target()), file_);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 4u);
  EXPECT_FALSE(requests[0].headers.contains("range"));
  EXPECT_EQ(requests[1].headers.at("range"), "bytes=80000-");
  EXPECT_EQ(requests[1].headers.at("if-range"), "\"one\"");
  EXPECT_EQ(requests[3].headers.at("range"), "bytes=240000-");
}

TEST_F(Downloads, ALaterCallGoesOnWhereTheLastGaveUp) {
  std::atomic<bool> well{false};
  const TestServer server([&](const TestRequest& request) {
    TestReply reply = serve_file(request, file_, "\"one\"");
    if (!well) reply.cut = request.headers.contains("range") ? 0 : 100'000;
    return reply;
  });
  EXPECT_THAT(error(server.at("/a")), HasSubstr("cut off after 100000 bytes"));
  EXPECT_EQ(std::filesystem::file_size(part()), 100'000u);
  well = true;
  const auto result = get(server.at("/a"));
  ASSERT_TRUE(result.ok()) << result.failure().message;
  EXPECT_EQ(read_text(target()), file_);
  EXPECT_EQ(server.requests().back().headers.at("range"), "bytes=100000-");
  EXPECT_TRUE(is_clean());
}

TEST_F(Downloads, AChangedFileBeginsAnew) {
  const std::string changed = random_text(200'000, 2);
  std::atomic<int> answers{0};
  const TestServer server([&](const TestRequest& request) {
    if (++answers > 1) return serve_file(request, changed, "\"two\"");
    TestReply reply = serve_file(request, file_, "\"one\"");
    reply.cut = 100'000;
    return reply;
  });
  const auto result = get(server.at("/a"));
  ASSERT_TRUE(result.ok()) << result.failure().message;
  EXPECT_EQ(read_text(target()), changed);
}

// A server that knows no If-Range sends the rest of the other file.
TEST_F(Downloads, TwoHalvesOfDifferentFilesAreNoticed) {
  const std::string changed = random_text(file_.size(), 2);
  std::atomic<int> answers{0};
  const TestServer server([&](TestRequest request) {
    request.headers.erase("if-range");
    if (++answers > 1) return serve_file(request, changed, "\"two\"");
    TestReply reply = serve_file(request, file_, "\"one\"");
    reply.cut = 100'000;
    return reply;
  });
  const auto result = get(server.at("/a"));
  ASSERT_TRUE(result.ok()) << result.failure().message;
  EXPECT_EQ(read_text(target()), changed);
  EXPECT_FALSE(server.requests().back().headers.contains("range"));
}

// Without any ETag the digest alone can tell, and does.
TEST_F(Downloads, HalvesWithoutETagAreJoinedOnlyUnderADigest) {
  const std::string changed = random_text(file_.size(), 2);
  std::atomic<int> answers{0};
  const TestServer server([&](const TestRequest& request) {
    if (++answers > 1) return serve_file(request, changed, "");
    TestReply reply = serve_file(request, file_, "");
    reply.cut = 100'000;
    return reply;
  });
  auto result = get(server.at("/a"), {0, sha256_hex(changed)});
  ASSERT_TRUE(result.ok()) << result.failure().message;
  EXPECT_EQ(read_text(target()), changed);
  auto requests = server.requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_TRUE(requests[1].headers.contains("range"));
  EXPECT_FALSE(requests[2].headers.contains("range"));

  answers = 0;
  std::filesystem::remove(target());
  result = get(server.at("/a"));
  ASSERT_TRUE(result.ok()) << result.failure().message;
  EXPECT_EQ(read_text(target()), changed);
  EXPECT_FALSE(server.requests().back().headers.contains("range"));
}

TEST_F(Downloads, AServerWithoutRangesSendsAllAgain) {
  std::atomic<int> answers{0};
  const TestServer server([&](TestRequest request) {
    request.headers.erase("range");
    TestReply reply = serve_file(request, file_, "\"one\"");
    if (++answers == 1) reply.cut = 100'000;
    return reply;
  });
  const auto result = get(server.at("/a"));
  ASSERT_TRUE(result.ok()) << result.failure().message;
  EXPECT_EQ(read_text(target()), file_);
}

TEST_F(Downloads, BytesFromAnotherPlaceAreNotJoined) {
  std::atomic<int> answers{0};
  const TestServer server([&](const TestRequest& request) {
    TestReply reply = serve_file(request, file_, "\"one\"");
    if (++answers == 1) reply.cut = 100'000;
    if (answers == 2) reply.headers = {"Content-Range: bytes 5-299999/300000"};
    return reply;
  });
  const auto result = get(server.at("/a"));
  ASSERT_TRUE(result.ok()) << result.failure().message;
  EXPECT_EQ(read_text(target()), file_);
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST_F(Downloads, ThePartOfAnotherAddressIsNotUsed) {
  const TestServer server([&](const TestRequest& request) {
    if (request.target == "/b") return serve_file(request, "another file", "\"one\"");
    TestReply reply = serve_file(request, file_, "\"one\"");
    reply.cut = request.headers.contains("range") ? 0 : 100'000;
    return reply;
  });
  error(server.at("/a"));
  ASSERT_TRUE(get(server.at("/b")).ok());
  EXPECT_EQ(read_text(target()), "another file");
}

TEST_F(Downloads, ADamagedSidecarBeginsAnew) {
  const TestServer server(
      [&](const TestRequest& request) { return serve_file(request, file_, "\"1\""); });
  for (const char* text : {"", "{", "[1]", "null", R"({"address": 5, "etag": [], "size": -3})",
                           R"({"address": "", "etag": "\"a\r\nX: y\"", "size": 1e300})"}) {
    write_text_atomic(part(), "old bytes");
    write_text_atomic(part().string() + ".json", text);
    const auto result = get(server.at("/a"));
    ASSERT_TRUE(result.ok()) << result.failure().message;
    EXPECT_EQ(read_text(target()), file_);
  }
}

TEST_F(Downloads, AllOfItHereNeedsNoServer) {
  std::string address;
  {
    const TestServer server([&](const TestRequest& request) {
      TestReply reply = serve_file(request, file_, "\"one\"");
      if (!request.headers.contains("range")) reply.cut = 299'999;
      return request.headers.contains("range") ? TestReply{404} : reply;
    });
    address = server.at("/a");
    EXPECT_THAT(error(address), HasSubstr("404"));
  }
  const std::string bytes = read_text(part());
  EXPECT_EQ(bytes.size(), 299'999u);
  write_text_atomic(part(), bytes + file_.back());
  const auto result = get(address);
  ASSERT_TRUE(result.ok()) << result.failure().message;
  EXPECT_EQ(read_text(target()), file_);
}

TEST_F(Downloads, OneProcessAtATime) {
  std::string inner;
  const TestServer server([&](const TestRequest& request) {
    const auto second = get("http://127.0.0.1:9/a");
    inner = second.ok() ? "" : second.failure().message;
    return serve_file(request, file_, "");
  });
  ASSERT_TRUE(get(server.at("/a")).ok());
  EXPECT_THAT(inner, HasSubstr("another process is downloading it"));
}

}  // namespace
}  // namespace paucal::http
