#include "http/server/framing.h"

#include <gtest/gtest.h>

#include <string>

namespace paucal::http {
namespace {

int framing_status(const std::string& head) {
  const auto checked = check_framing(head, 100);
  const auto* wrong = std::get_if<Misframed>(&checked);
  return wrong ? wrong->status : 200;
}

Framing framing_of(const std::string& head) {
  return std::get<Framing>(check_framing(head, 100));
}

std::string post_with(const std::string& fields) {
  return "POST /a HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

TEST(Framing, TellsMethodTargetAndLength) {
  const std::string head = "POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length:  12\t\r\n\r\n";
  const Framing framing = framing_of(head);
  EXPECT_EQ(framing.method, "POST");
  EXPECT_EQ(framing.target, "/a?b");
  EXPECT_EQ(framing.length, 12u);
  EXPECT_FALSE(framing.chunked);
  EXPECT_EQ(framing.fields, 2u);
}

TEST(Framing, NeitherLengthNorChunksIsAnEmptyBody) {
  const std::string head = post_with("");
  EXPECT_FALSE(framing_of(head).length);
  EXPECT_FALSE(framing_of(head).chunked);
}

TEST(Framing, ChunkedAloneIsTaken) {
  const std::string head = post_with("Transfer-Encoding: Chunked\r\n");
  EXPECT_TRUE(framing_of(head).chunked);
  EXPECT_EQ(framing_status(post_with("Transfer-Encoding: gzip\r\n")), 501);
  EXPECT_EQ(framing_status(post_with("Transfer-Encoding: gzip, chunked\r\n")), 501);
  EXPECT_EQ(framing_status(post_with("Transfer-Encoding: chunked, chunked\r\n")), 501);
  EXPECT_EQ(framing_status(post_with("Transfer-Encoding: \"chunked\"\r\n")), 501);
  EXPECT_EQ(framing_status(post_with("Transfer-Encoding:\r\n")), 501);
  EXPECT_EQ(
      framing_status(post_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")),
      501);
}

TEST(Framing, TwoWaysToEndABodyAreRefused) {
  for (const char* encoding : {"chunked", "gzip", "identity"}) {
    const std::string field = std::string("Transfer-Encoding: ") + encoding + "\r\n";
    EXPECT_EQ(framing_status(post_with(field + "Content-Length: 4\r\n")), 400) << encoding;
    EXPECT_EQ(framing_status("POST / HTTP/1.0\r\n" + field + "\r\n"), 400) << encoding;
  }
}

TEST(Framing, LengthsAreDigits) {
  for (const char* length : {"+4", "-4", "4 4", "4,4", "0x4", "4.0", "", "4;"})
    EXPECT_EQ(framing_status(post_with(std::string("Content-Length: ") + length + "\r\n")), 400)
        << length;
  EXPECT_EQ(framing_status(post_with("Content-Length: 99999999999999999999999\r\n")), 413);
  EXPECT_EQ(framing_status(post_with("Content-Length: 4\r\nContent-Length: 5\r\n")), 400);
  EXPECT_EQ(framing_status(post_with("Content-Length: 4\r\nContent-Length: 4\r\n")), 200);
}

TEST(Framing, OneHostInHttp11) {
  EXPECT_EQ(framing_status("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(framing_status("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n"), 400);
  EXPECT_EQ(framing_status("GET / HTTP/1.0\r\n\r\n"), 200);
}

TEST(Framing, HeadersAreNameColonValue) {
  for (const char* field : {"A : b\r\n", " A: b\r\n", "A\r\n", ": b\r\n", "A: b\r\n c\r\n",
                            "A\t: b\r\n", "A: b\x01\r\n", "A: b\x7f\r\n", "A(: b\r\n"})
    EXPECT_EQ(framing_status(post_with(field)), 400) << field;
  EXPECT_EQ(framing_status(post_with(std::string("A: b\0c\r\n", 8))), 400);
  EXPECT_EQ(framing_status(post_with("A: caf\xc3\xa9\tb\r\nB:\r\n")), 200);
}

TEST(Framing, RequestLines) {
  const std::string host = "\r\nHost: a\r\n\r\n";
  EXPECT_EQ(framing_status("GET / HTTP/2.0" + host), 505);
  EXPECT_EQ(framing_status("GET / HTTP/1.2" + host), 505);
  for (const char* line : {"GET /", "GET / HTTP/1.1 ", "GET  / HTTP/1.1", " GET / HTTP/1.1",
                           "GET / HTTP/11", "GET / http/1.1", "G(T / HTTP/1.1", "GET /# HTTP/1.1",
                           "GET /\xff HTTP/1.1", "GET / a HTTP/1.1", "", "GET", "GET /\tHTTP/1.1"})
    EXPECT_EQ(framing_status(line + host), 400) << line;
}

TEST(Framing, AHundredFields) {
  std::string fields;
  for (int i = 0; i < 99; ++i) fields += "A: b\r\n";
  EXPECT_EQ(framing_status(post_with(fields)), 200);
  EXPECT_EQ(framing_status(post_with(fields + "A: b\r\n")), 431);
}

TEST(Framing, FindsTheEndHoweverTheBytesAreCut) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  HeadScan scan;
  for (std::size_t size = 0; size < head.size(); ++size)
    EXPECT_EQ(find_head_end(head.substr(0, size), scan), HeadEnd::kMore) << size;
  EXPECT_EQ(find_head_end(head + "GET", scan), HeadEnd::kFound);
  EXPECT_EQ(scan.next, head.size());
  EXPECT_EQ(scan.first_end, 16u);
}

TEST(Framing, ACrOrLfAloneEndsNothing) {
  for (const char* head : {"GET / HTTP/1.1\n", "GET / HTTP/1.1\rH", "GET / HTTP/1.1\r\nA: b\n",
                           "GET / HTTP/1.1\r\nA: b\r\r\n", "\n"}) {
    HeadScan scan;
    EXPECT_EQ(find_head_end(head, scan), HeadEnd::kBadLine) << head;
  }
}

}  // namespace
}  // namespace paucal::http
