#include "http/server/client.h"

#include <gmock/gmock.h>

#include "http/server/reply_reader.h"
#include "http/server/test_client.h"

namespace paucal::http {
namespace {

using ::testing::HasSubstr;
using ReplyState = ReplyReader::State;

TEST(Url, IsDigitsAndAPath) {
  const auto url = parse_url("http://127.0.0.1:8000/v2?a=b");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->host, "127.0.0.1");
  EXPECT_EQ(url->port, 8000);
  EXPECT_EQ(url->target, "/v2?a=b");
  EXPECT_EQ(parse_url("http://[::1]")->host, "::1");
  EXPECT_EQ(parse_url("http://10.0.0.1?a")->target, "/?a");
  for (const char* text : {"", "127.0.0.1", "https://127.0.0.1", "http://localhost", "http://",
                           "http://1.2.3.4:0", "http://u@1.2.3.4", "http://1.2.3.4/a b"}) {
    const auto refused = parse_url(text);
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_THAT(refused.failure().message, HasSubstr("expected"));
  }
}

TEST(ReplyReader, HoweverTheBytesAreCut) {
  const std::string bytes =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "2;a\r\nab\r\n1\r\nc\r\n0\r\nX: y\r\n\r\n";
  for (std::size_t cut = 1; cut <= bytes.size(); ++cut) {
    ReplyReader reader(100, false);
    ReplyState state = ReplyState::kMore;
    for (std::size_t at = 0; at < bytes.size(); at += cut) {
      EXPECT_EQ(state, ReplyState::kMore);
      state = reader.add(std::string_view(bytes).substr(at, cut));
    }
    EXPECT_EQ(state, ReplyState::kDone) << cut;
    EXPECT_EQ(reader.reply().body, "abc");
    EXPECT_TRUE(reader.keeps_alive());
  }
}

TEST(ReplyReader, EndsWithLengthChunksOrConnection) {
  ReplyReader to_end(100, false);
  EXPECT_EQ(to_end.add("HTTP/1.0 200 OK\r\n\r\nab"), ReplyState::kMore);
  EXPECT_EQ(to_end.end(), ReplyState::kDone);
  EXPECT_EQ(to_end.reply().body, "ab");
  ReplyReader cut(100, false);
  EXPECT_EQ(cut.add("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"), ReplyState::kMore);
  EXPECT_EQ(cut.end(), ReplyState::kBroken);
  ReplyReader head(100, true);
  EXPECT_EQ(head.add("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"), ReplyState::kDone);
}

TEST(ReplyReader, LimitsAndDamage) {
  ReplyReader large(2, false);
  EXPECT_EQ(large.add("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"), ReplyState::kTooLarge);
  for (const char* bytes :
       {"SSH-2.0-x\r\n\r\n", "HTTP/1.1 x00 OK\r\n\r\n", "HTTP/1.1 200\r\nA\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n"}) {
    ReplyReader reader(100, false);
    EXPECT_EQ(reader.add(bytes), ReplyState::kBroken) << bytes;
  }
}

TEST(Client, ComesBackAfterTheServerClosed) {
  ServerOptions options;
  options.keep_alive_timeout = std::chrono::milliseconds(50);
  const auto server = serve(echo, options);
  Client client = client_of(*server);
  EXPECT_EQ(client.send("GET", "/a")->body, "a:");
  EXPECT_TRUE(eventually([&] { return server->counts().connections == 0; }));
  EXPECT_EQ(client.send("GET", "/b")->body, "b:");
}

TEST(Client, SaysWhyThereIsNoAnswer) {
  int port = 0;
  { port = serve(echo)->port(); }
  const auto refused = Client({.host = "127.0.0.1", .port = port}).send("GET", "/");
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.failure().message, HasSubstr("Connection refused"));
  EXPECT_THAT(refused.failure().message, HasSubstr("http://127.0.0.1:"));

  std::vector<Responder> waiting;
  ServerOptions quick;
  quick.drain_timeout = std::chrono::milliseconds(10);
  const auto silent = serve([&](Request, Responder respond) { waiting.push_back(respond); }, quick);
  Client client({.host = "127.0.0.1", .port = silent->port()},
                {.read_timeout = std::chrono::milliseconds(50)});
  const auto late = client.send("GET", "/");
  ASSERT_FALSE(late.ok());
  EXPECT_THAT(late.failure().message, HasSubstr("timed out"));
  EXPECT_FALSE(client.send("GET", "/", {{"X", "a\r\nb: c"}}).ok());
}

}  // namespace
}  // namespace paucal::http
