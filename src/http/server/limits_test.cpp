// Clients that are slow, many, or want more than there is.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include "http/server/test_client.h"

namespace paucal::http {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

ServerOptions impatient() {
  ServerOptions options;
  options.header_timeout = options.body_idle_timeout = options.keep_alive_timeout =
      milliseconds(100);
  return options;
}

TEST(Limits, ASlowHeaderIsGivenUp) {
  const auto server = serve(echo, impatient());
  const RawConnection connection(server->port());
  std::atomic<bool> stop{false};
  std::thread drip([&] {  // a byte now and then does not help
    for (const char c : get_text("/a", "X: " + std::string(5000, 'x'))) {
      if (stop) return;
      connection.send({&c, 1});
      std::this_thread::sleep_for(milliseconds(10));
    }
  });
  EXPECT_THAT(connection.receive_all(), StartsWith("HTTP/1.1 408 "));
  stop = true;
  drip.join();
}

TEST(Limits, ASlowBodyIsGivenUp) {
  const auto server = serve(echo, impatient());
  const RawConnection connection(server->port());
  connection.send("POST /a HTTP/1.1\r\n" + kHost + "Content-Length: 10\r\n\r\nabc");
  const std::string answer = connection.receive_all();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
}

TEST(Limits, IdleConnectionsEnd) {
  const auto server = serve(echo, impatient());
  const RawConnection silent(server->port());
  EXPECT_EQ(silent.receive_all(), "");
  const RawConnection kept(server->port());
  kept.send(get_text("/a"));
  EXPECT_THAT(kept.receive_all(), testing::EndsWith("a:"));
}

TEST(Limits, AnAnswerThatNobodyReadsIsGivenUp) {
  const auto server =
      serve([](Request, Responder respond) { respond({.body = std::string(64 << 20, 'x')}); },
            impatient());
  const RawConnection connection(server->port());
  connection.send(get_text("/"));
  EXPECT_TRUE(eventually([&] { return server->counts().requests == 1; }));
  EXPECT_TRUE(eventually([&] { return server->counts().connections == 0; }));
}

TEST(Limits, ConnectionsBeyondAreTold503) {
  for (const bool per_peer : {false, true}) {
    ServerOptions options;
    (per_peer ? options.max_connections_per_peer : options.max_connections) = 3;
    const auto server = serve(echo, options);
    std::vector<RawConnection> kept;
    for (int i = 0; i < 3; ++i) {
      kept.emplace_back(server->port());
      kept.back().send(get_text("/a"));
      EXPECT_THAT(kept.back().receive_until("a:"), StartsWith("HTTP/1.1 200 "));
    }
    {
      const RawConnection refused(server->port());
      refused.send(get_text("/a"));
      const std::string answer = refused.receive_all();
      EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
      EXPECT_THAT(answer, HasSubstr("Retry-After: 1\r\n"));
    }
    EXPECT_EQ(server->counts().refused_connections, 1u);
    kept.clear();
    EXPECT_TRUE(eventually([&] { return server->counts().connections == 0; }));
    EXPECT_EQ(client_of(*server).send("GET", "/b")->body, "b:");
  }
}

TEST(Limits, BodiesBeyondTheMemoryWait) {
  ServerOptions options;
  options.max_body_bytes = 1 << 20;
  options.max_bodies_in_flight_bytes = 1 << 20;
  std::vector<Responder> waiting;
  std::atomic<int> handed{0};
  const auto server = serve(
      [&](Request, Responder respond) {
        if (++handed == 1) return waiting.push_back(respond);
        respond({.body = "second"});
      },
      options);
  const std::string body(1 << 20, 'x');
  const RawConnection first(server->port());
  first.send(post_text("/", body));
  ASSERT_TRUE(eventually([&] { return handed == 1; }));
  const RawConnection second(server->port());
  std::thread sends([&] { second.send(post_text("/", body)); });
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_EQ(handed, 1);
  waiting.front()({.body = "first"});
  EXPECT_THAT(first.receive_until("first"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(second.receive_until("second"), StartsWith("HTTP/1.1 200 "));
  sends.join();
}

TEST(Limits, LargeBodiesAreRefusedBeforeTheyAreSent) {
  const auto server = serve(echo);
  Client client = client_of(*server);
  const auto reply = client.send("POST", "/", {}, std::string(65 << 20, 'x'));
  ASSERT_TRUE(reply.ok()) << reply.failure().message;
  EXPECT_EQ(reply->status, 413);
  EXPECT_EQ(server->counts().bad_requests, 1u);
}

TEST(Limits, ManyIdleConnectionsHinderNobody) {
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  // Both ends are in this process.
  const int count = static_cast<int>(std::min<rlim_t>(files.rlim_cur / 2 - 100, 10'000));
  ServerOptions options;
  options.header_timeout = milliseconds(600'000);
  options.max_connections = options.max_connections_per_peer = count + 10;
  const auto server = serve(echo, options);
  std::vector<RawConnection> idle;
  for (int i = 0; i < count; ++i) {
    idle.emplace_back(server->port());
    ASSERT_TRUE(idle.back().connected()) << i;
  }
  EXPECT_TRUE(eventually([&] { return server->counts().connections == count; }));
  EXPECT_EQ(client_of(*server).send("GET", "/a")->body, "a:");
  idle.back().send(get_text("/b"));
  EXPECT_THAT(idle.back().receive_until("b:"), StartsWith("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace paucal::http
