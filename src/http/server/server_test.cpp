#include "http/server/server.h"

#include <gmock/gmock.h>

#include "http/server/coding.h"
#include "http/server/responder.h"
#include "http/server/test_client.h"

namespace paucal::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Server, AnswersOnOneConnection) {
  const auto server = serve(echo);
  Client client = client_of(*server);
  for (int i = 0; i < 100; ++i) {
    const auto reply = client.send("POST", "/a", {}, "body " + std::to_string(i));
    ASSERT_TRUE(reply.ok()) << reply.failure().message;
    EXPECT_EQ(reply->status, 200);
    EXPECT_EQ(reply->body, "a:body " + std::to_string(i));
    EXPECT_EQ(*reply->field("content-type"), "text/plain");
  }
  EXPECT_EQ(server->counts().requests, 100u);
  EXPECT_EQ(server->counts().connections, 1);
}

TEST(Server, LargeBodiesBothWays) {
  const auto server = serve(echo);
  Client client = client_of(*server);
  std::string body(20 << 20, 'x');
  body += "end";
  const auto reply = client.send("POST", "/a", {}, body);
  ASSERT_TRUE(reply.ok()) << reply.failure().message;
  EXPECT_EQ(reply->body, "a:" + body);
}

TEST(Server, PipelinedRequestsAreAnsweredInOrder) {
  std::vector<std::thread> threads;
  std::atomic<int> turn{0};
  const auto server = serve([&](Request request, Responder respond) {
    // The first takes longest: nevertheless it is answered first.
    threads.emplace_back([&turn, request, respond] {
      if (request.path.front() == "r0") eventually([&] { return turn.load() > 0; });
      respond({.body = request.path.front() + "."});
    });
  });
  const RawConnection connection(server->port());
  std::string all;
  for (int i = 0; i < 200; ++i) all += get_text("/r" + std::to_string(i));
  connection.send(all + get_text("/last", "Connection: close\r\n"));
  turn = 1;
  const std::string answers = connection.receive_all();
  std::size_t at = 0;
  for (int i = 0; i < 200 && at != std::string::npos; ++i)
    at = answers.find("\r\n\r\nr" + std::to_string(i) + ".", at);
  EXPECT_NE(at, std::string::npos);
  EXPECT_THAT(answers, testing::EndsWith("last."));
  for (std::thread& thread : threads) thread.join();
}

TEST(Server, AnyThreadAnswersOnce) {
  const auto server = serve([](Request, Responder respond) {
    std::thread([respond] {
      respond({.body = "first"});
      respond({.body = "second"});
    }).join();
  });
  Client client = client_of(*server);
  EXPECT_EQ(client.send("GET", "/")->body, "first");
  EXPECT_EQ(client.send("GET", "/")->body, "first");
}

TEST(Server, ADroppedOrThrownAnswerIs500) {
  const auto server = serve([](Request request, Responder respond) {
    if (request.path.front() == "throw") throw std::runtime_error("secret");
    if (request.path.front() == "both") {
      respond({.body = "told"});
      throw std::runtime_error("secret");
    }
    if (request.path.front() == "split") respond({.fields = {{"X-A", "b\r\nc: d"}}});
  });
  Client client = client_of(*server);
  for (const char* path : {"/drop", "/throw", "/split"}) {
    const auto reply = client.send("GET", path);
    EXPECT_EQ(reply->status, 500) << path;
    EXPECT_THAT(reply->body, Not(HasSubstr("secret")));
  }
  EXPECT_EQ(client.send("GET", "/both")->body, "told");
}

TEST(Server, HeadIsGetWithoutBody) {
  const auto server = serve(echo);
  Client client = client_of(*server);
  const auto reply = client.send("HEAD", "/abc");
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(*reply->field("content-length"), "4");
  EXPECT_EQ(reply->body, "");
  EXPECT_EQ(client.send("GET", "/abc")->body, "abc:");
}

TEST(Server, PostWithoutLengthHasNoBody) {
  const auto server = serve(echo);
  const RawConnection connection(server->port());
  connection.send("POST /v2 HTTP/1.1\r\n" + kHost + "\r\n");
  EXPECT_THAT(connection.receive_until("v2:"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(Server, OldClientsAreTold) {
  const auto server = serve(echo);
  const RawConnection once(server->port());
  once.send("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_THAT(once.receive_all(), HasSubstr("Connection: close\r\n"));
  const RawConnection kept(server->port());
  for (int i = 0; i < 2; ++i) {
    kept.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_THAT(kept.receive_until("a:"), HasSubstr("Connection: keep-alive\r\n"));
  }
}

TEST(Server, ContinueComesAfterLimitsAndAuthorisation) {
  ServerOptions options;
  options.max_body_bytes = 100;
  const auto authorise = [](Request& head) -> std::optional<Response> {
    if (!head.field("authorization")) return Response{.status = 401, .body = "who"};
    head.principal = "me";
    return {};
  };
  const auto handler = [](Request request, Responder respond) {
    respond({.body = request.principal + ":" + request.body});
  };
  const auto server = serve(handler, options, authorise);
  const std::string expect = "Expect: 100-continue\r\n";
  const RawConnection good(server->port());
  good.send("POST / HTTP/1.1\r\n" + kHost + expect +
            "Authorization: a\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(good.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  good.send("hi");
  EXPECT_THAT(good.receive_until("me:hi"), StartsWith("HTTP/1.1 200 "));
  const RawConnection stranger(server->port());
  stranger.send("POST / HTTP/1.1\r\n" + kHost + expect + "Content-Length: 2\r\n\r\n");
  EXPECT_THAT(stranger.receive_all(), StartsWith("HTTP/1.1 401 "));
  const RawConnection large(server->port());
  large.send("POST / HTTP/1.1\r\n" + kHost + expect + "Content-Length: 101\r\n\r\n");
  EXPECT_THAT(large.receive_all(), StartsWith("HTTP/1.1 413 "));
}

TEST(Server, ARefusalWithoutABodyKeepsTheConnection) {
  const auto server = serve(echo, {}, [](Request& head) -> std::optional<Response> {
    if (head.path.empty()) return Response{.status = 403};
    return {};
  });
  const RawConnection connection(server->port());
  std::string all;
  for (int i = 0; i < 500; ++i) all += get_text("/");
  connection.send(all + get_text("/a"));
  const std::string answers = connection.receive_until("a:");
  EXPECT_THAT(answers, StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(answers, HasSubstr("HTTP/1.1 200 OK"));
  EXPECT_EQ(server->counts().requests, 1u);
}

TEST(Server, CompressesWhereBothSidesWish) {
  const std::string text(5000, 'a');
  const auto server = serve([&](Request request, Responder respond) {
    const bool may = !request.path.empty();
    respond({.body = request.query.empty() ? text : "short", .may_compress = may});
  });
  Client client = client_of(*server);
  const std::vector<Field> accepts{{"Accept-Encoding", "gzip, deflate"}};
  const auto small = client.send("GET", "/a", accepts);
  EXPECT_EQ(*small->field("content-encoding"), "gzip");
  std::string out;
  Inflater inflater(Coding::kGzip);
  inflater.add(small->body, out, 10'000);
  EXPECT_EQ(out, text);
  EXPECT_EQ(client.send("GET", "/a")->body, text);
  EXPECT_EQ(client.send("GET", "/", accepts)->body, text);
  EXPECT_EQ(client.send("GET", "/a?short", accepts)->body, "short");
}

TEST(Server, SeesAClientGoAway) {
  std::optional<Responder> waiting;
  std::atomic<bool> handed{false};
  const auto server = serve([&](Request, Responder respond) {
    waiting.emplace(respond);
    handed = true;
  });
  for (const bool reset : {false, true}) {
    handed = false;
    RawConnection connection(server->port());
    connection.send(post_text("/", "body"));
    ASSERT_TRUE(eventually([&] { return handed.load(); }));
    EXPECT_FALSE(waiting->gone());
    reset ? connection.reset() : connection.close();
    EXPECT_TRUE(eventually([&] { return waiting->gone(); }));
    (*waiting)({.body = "to nobody"});
  }
  waiting.reset();
  EXPECT_TRUE(eventually([&] { return server->counts().connections == 0; }));
}

TEST(Server, AHalfClosedClientGetsItsAnswers) {
  const auto server = serve(echo);
  const RawConnection connection(server->port());
  connection.send(get_text("/a") + get_text("/b") + post_text("/c", "d") + "POST / HTTP/1.1\r\nHo");
  connection.end();
  const std::string answers = connection.receive_all();
  for (const char* answer : {"a:", "b:", "c:d"}) EXPECT_THAT(answers, HasSubstr(answer));
}

TEST(Server, EveryRequestCutAtEveryByteLeavesNothing) {
  const auto server = serve(echo);
  const std::string request =
      "POST /a HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  for (std::size_t size = 0; size < request.size(); ++size) {
    RawConnection connection(server->port());
    connection.send(std::string_view(request).substr(0, size));
    if (size % 3 == 0) connection.end();
    if (size % 3 == 0) EXPECT_EQ(connection.receive_all(), "") << size;
    size % 3 == 1 ? connection.reset() : connection.close();
  }
  EXPECT_TRUE(eventually([&] { return server->counts().connections == 0; }));
  EXPECT_EQ(server->counts().requests, 0u);
  EXPECT_EQ(client_of(*server).send("GET", "/b")->body, "b:");
}

TEST(Server, PeersAreNamed) {
  const auto server = serve([](Request request, Responder respond) {
    respond({.body = request.peer + (request.loopback ? " here" : " there")});
  });
  EXPECT_EQ(client_of(*server).send("GET", "/")->body, "127.0.0.1 here");
}

TEST(Server, WhereItCannotListen) {
  for (const char* listen : {"localhost:80", "127.0.0.1", "127.0.0.1:x", ":80", "", "1.2.3.4:80"}) {
    const auto server = Server::make({.listen = listen}, echo);
    ASSERT_FALSE(server.ok()) << listen;
    EXPECT_THAT(server.failure().message, HasSubstr(std::string("'") + listen + "'"));
  }
  const auto first = serve(echo);
  const auto taken = Server::make({.listen = "127.0.0.1:" + std::to_string(first->port())}, echo);
  ASSERT_FALSE(taken.ok());
}

TEST(Responder, TellsItsSinkOnce) {
  std::vector<int> statuses;
  const auto sink = [&](const Response& response) { statuses.push_back(response.status); };
  {
    const Responder respond = respond_to(sink);
    const Responder copy = respond;
    respond({.status = 201});
    copy({.status = 202});
  }
  EXPECT_EQ(statuses, std::vector<int>{201});
  respond_to(sink);
  EXPECT_EQ(statuses, (std::vector<int>{201, 500}));
}

}  // namespace
}  // namespace paucal::http
