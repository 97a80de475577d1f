#include "http/server/request_reader.h"

#include <gtest/gtest.h>

#include "http/server/coding.h"

namespace paucal::http {
namespace {

using Step = RequestReader::Step;

// What a connection's bytes hold, given in pieces of `cut` bytes: "POST abc|", a status at the end.
std::string requests_of(const std::string& bytes, std::size_t cut,
                        const ServerOptions& options = {}) {
  const auto reader = make_request_reader(options);
  std::string seen;
  for (std::size_t at = 0; at < bytes.size(); at += cut) {
    reader->add(std::string_view(bytes).substr(at, cut));
    for (Step step = reader->advance(); step != Step::kMore; step = reader->advance()) {
      if (step == Step::kRefused) return seen + std::to_string(reader->refusal().status);
      if (step != Step::kDone) continue;
      const Request request = reader->take();
      seen += request.method + ' ' + request.body + '|';
    }
  }
  return seen;
}

const std::string kLocal = "Host: localhost\r\n";
const std::string kChunked = kLocal + "Transfer-Encoding: chunked\r\n\r\n";

TEST(RequestReader, HoweverTheBytesAreCut) {
  const std::string bytes = "\r\nPOST /a HTTP/1.1\r\n" + kLocal + "Content-Length: 3\r\n\r\nabc" +
                            "GET /b HTTP/1.1\r\n" + kLocal + "\r\n" +  //
                            "POST /c HTTP/1.1\r\n" + kChunked +
                            "2;x=\"y\"\r\nde\r\n001\r\nf\r\n0\r\nTrailer: x\r\n\r\n" +
                            "HEAD / HTTP/1.1\r\n" + kLocal + "\r\n" + "GET / HTTP/1.1\r\n\r\n";
  for (std::size_t cut = 1; cut <= bytes.size(); ++cut)
    EXPECT_EQ(requests_of(bytes, cut), "POST abc|GET |POST def|GET |400") << cut;
}

TEST(RequestReader, FillsTheRequest) {
  const ServerOptions options;
  const auto reader = make_request_reader(options);
  reader->add("POST /v2/a?b=c HTTP/1.1\r\n" + kLocal +
              "X-Y: 1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  ASSERT_EQ(reader->advance(), Step::kHead);
  EXPECT_TRUE(reader->wants_continue());
  EXPECT_TRUE(reader->has_body());
  EXPECT_EQ(reader->advance(), Step::kMore);
  reader->add("hi");
  ASSERT_EQ(reader->advance(), Step::kDone);
  EXPECT_TRUE(reader->keeps_alive());
  const Request request = reader->take();
  EXPECT_EQ(request.path, (std::vector<std::string>{"v2", "a"}));
  EXPECT_EQ(*request.parameter("b"), "c");
  EXPECT_EQ(*request.field("x-y"), "1");
  EXPECT_EQ(request.body, "hi");
  EXPECT_FALSE(reader->has_begun());
}

TEST(RequestReader, SizesAreLimited) {
  ServerOptions options;
  options.max_body_bytes = 10;
  const auto status = [&](const std::string& bytes) { return requests_of(bytes, 1000, options); };
  const std::string post = "POST / HTTP/1.1\r\n";
  EXPECT_EQ(status(post + kLocal + "Content-Length: 11\r\n\r\n"), "413");
  EXPECT_EQ(status(post + kLocal + "Content-Length: 10\r\n\r\n0123456789"), "POST 0123456789|");
  EXPECT_EQ(status(post + kChunked + "6\r\nabcdef\r\n5\r\nabcde\r\n0\r\n\r\n"), "413");
  EXPECT_EQ(status(post + kChunked + "ffffffffffffffff\r\n"), "413");
  EXPECT_EQ(status(post + kChunked + "10000000000000000\r\n"), "400");
  EXPECT_EQ(status("GET /" + std::string(8 << 10, 'a') + " HTTP/1.1\r\n" + kLocal + "\r\n"), "414");
  EXPECT_EQ(status("GET /" + std::string(9 << 10, 'a')), "414");
  EXPECT_EQ(status("GET / HTTP/1.1\r\n" + kLocal + "A: " + std::string(16 << 10, 'a')), "431");
  EXPECT_EQ(status(post + kChunked + "1;" + std::string(17 << 10, 'a')), "431");
}

TEST(RequestReader, SizesOfChunksAndTrailersAreLimitedHoweverTheyCome) {
  ServerOptions options;
  options.max_header_bytes = 200;
  const std::string head = "POST / HTTP/1.1\r\n" + kChunked;
  const auto line = [](std::size_t bytes) { return "1;" + std::string(bytes - 4, 'a') + "\r\n"; };
  for (const std::size_t cut : {1, 7, 1000}) {
    const auto seen = [&](const std::string& body) {
      return requests_of(head + body, cut, options);
    };
    EXPECT_EQ(seen(line(201) + "x\r\n0\r\n\r\n"), "POST x|") << cut;
    EXPECT_EQ(seen(line(202) + "x\r\n0\r\n\r\n"), "431") << cut;
    EXPECT_EQ(seen("0\r\nT: " + std::string(200, 'a') + "\r\n\r\n"), "431") << cut;
  }
}

TEST(RequestReader, ChunksAreCounted) {
  std::string chunks;
  for (int i = 0; i < 65'536; ++i) chunks += "1\r\na\r\n";
  const std::string head = "POST / HTTP/1.1\r\n" + kChunked;
  EXPECT_EQ(requests_of(head + chunks + "0\r\n\r\n", 4096),
            "POST " + std::string(65'536, 'a') + "|");
  EXPECT_EQ(requests_of(head + chunks + "1\r\na\r\n0\r\n\r\n", 4096), "400");
}

TEST(RequestReader, BrokenChunks) {
  for (const char* chunks :
       {"x\r\n", "-1\r\na\r\n", "1\na\r\n", "1\r\nab\r\n", "\r\n", "1 2\r\na\r\n",
        "0\r\nContent-Length: 5\r\n\r\n", "0\r\nTransfer-Encoding: a\r\n\r\n", "+1\r\na\r\n",
        "0x1\r\na\r\n", "1\r\na\n0\r\n\r\n"})
    EXPECT_EQ(requests_of("POST / HTTP/1.1\r\n" + kChunked + chunks + "0\r\n\r\n", 1000), "400")
        << chunks;
}

TEST(RequestReader, CompressedBodies) {
  const auto post = [](const std::string& coding, const std::string& body) {
    return "POST / HTTP/1.1\r\n" + kLocal + "Content-Encoding: " + coding +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  };
  const std::string gzip = *compressed("hello", Coding::kGzip);
  EXPECT_EQ(requests_of(post("gzip", gzip), 1), "POST hello|");
  EXPECT_EQ(requests_of(post("deflate", *compressed("hello", Coding::kDeflate)), 3), "POST hello|");
  EXPECT_EQ(requests_of(post("identity", "hello"), 3), "POST hello|");
  EXPECT_EQ(requests_of(post("gzip", ""), 100), "POST |");
  EXPECT_EQ(requests_of(post("br", "hello"), 100), "415");
  EXPECT_EQ(requests_of(post("gzip", gzip.substr(0, gzip.size() - 1)), 100), "400");
  EXPECT_EQ(requests_of(post("gzip", gzip + "x"), 100), "400");
  EXPECT_EQ(requests_of(post("gzip", "hello"), 100), "400");
  const std::string bomb = *compressed(std::string(65 << 20, '\0'), Coding::kGzip);
  EXPECT_EQ(requests_of(post("gzip", bomb), 4096), "413");
}

TEST(RequestReader, WhatIsRefusedAtOnce) {
  const auto status = [](const std::string& bytes) { return requests_of(bytes, 1000); };
  EXPECT_EQ(status("BREW / HTTP/1.1\r\n" + kLocal + "\r\n"), "501");
  EXPECT_EQ(status("TRACE / HTTP/1.1\r\n" + kLocal + "\r\n"), "501");
  EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"), "421");
  EXPECT_EQ(status("GET http://evil.example/ HTTP/1.1\r\n" + kLocal + "\r\n"), "421");
  EXPECT_EQ(status("GET /%zz HTTP/1.1\r\n" + kLocal + "\r\n"), "400");
  EXPECT_EQ(status("POST / HTTP/1.1\r\n" + kLocal + "Expect: a miracle\r\n\r\n"), "417");
  EXPECT_EQ(status("\x16\x03\x01\x02"), "400");  // TLS
  EXPECT_EQ(status("GET / HTTP/1.1\n"), "400");
  EXPECT_EQ(status("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "505");
}

}  // namespace
}  // namespace paucal::http
