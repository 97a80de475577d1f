#include "http/response.h"

#include <gtest/gtest.h>

namespace paucal::http {
namespace {

ResponseHead read_lines(std::initializer_list<std::string_view> lines) {
  ResponseHead response;
  for (const std::string_view line : lines) response.read(line);
  return response;
}

TEST(Response, TellsStatusLengthAndRange) {
  const ResponseHead whole = read_lines({"HTTP/1.1 200 OK\r\n", "CONTENT-LENGTH: 12 \r\n", "\r\n"});
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.size(), 12u);
  const ResponseHead part = read_lines(
      {"HTTP/2 206", "content-length: 5", "content-range: bytes 7-11/12", "etag: \"a\""});
  EXPECT_EQ(part.begin, 7u);
  EXPECT_EQ(part.size(), 12u);
  EXPECT_EQ(part.etag, "\"a\"");
  EXPECT_FALSE(read_lines({"HTTP/1.1 206 x", "Content-Range: bytes 7-11/*"}).size());
}

TEST(Response, BrokenLinesMeanNothing) {
  const ResponseHead response = read_lines(
      {"HTTP/1.1", "HTTP/1.1 abc", "Content-Length: -5", "Content-Length: 99999999999999999999",
       "Content-Length: 5x", "Content-Range: bytes", "Content-Range: lines 1-2/3",
       "Content-Range: bytes a-b/c", "no colon", ":", "", "Digest: sha-256=####",
       "Digest: sha-256=AAAA", "Repr-Digest: sha-256=:", "X-Linked-Etag: \""});
  EXPECT_EQ(response.status, 0);
  EXPECT_FALSE(response.length || response.begin || response.total);
  EXPECT_EQ(response.digest(), "");
}

TEST(Response, WeakOrStrangeETagsAreNone) {
  for (const char* etag :
       {"ETag: W/\"a\"", "ETag: a", "ETag: \"", "ETag: \"\"", "ETag: \"a b\"", "ETag: \"a\rX: y\""})
    EXPECT_EQ(read_lines({"HTTP/1.1 200 OK", etag}).etag, "") << etag;
  EXPECT_EQ(read_lines({"HTTP/1.1 200 OK", "ETag: \"" + std::string(500, 'a') + "\""}).etag, "");
}

// The digest of a redirect's own page says nothing of the file.
TEST(Response, ANewResponseForgetsTheLast) {
  const std::string linked(64, 'a');
  const ResponseHead response =
      read_lines({"HTTP/1.1 302 Found",
                  "Digest: sha-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "ETag: \"a\"",
                  "X-Linked-ETag: \"" + linked + "\"", "HTTP/1.1 200 OK"});
  EXPECT_EQ(response.sha256, "");
  EXPECT_EQ(response.etag, "");
  EXPECT_EQ(response.digest(), linked);
}

}  // namespace
}  // namespace paucal::http
