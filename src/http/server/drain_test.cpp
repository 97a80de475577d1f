// stop(): what was accepted is answered.
#include <gmock/gmock.h>

#include "http/server/test_client.h"

namespace paucal::http {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

TEST(Drain, UnderLoadLosesNoRequest) {
  std::vector<std::thread> workers;
  std::mutex mutex;
  ServerOptions options;
  options.io_threads = 2;
  options.drain_idle_timeout = milliseconds(2000);  // the machine may be busy
  const auto server = serve(
      [&](Request request, Responder respond) {
        const std::lock_guard lock(mutex);
        workers.emplace_back([request, respond] {
          std::this_thread::sleep_for(milliseconds(2));
          respond({.body = request.body});
        });
      },
      options);
  std::atomic<int> answered{0}, lost{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i)
    clients.emplace_back([&] {
      const RawConnection connection(server->port());
      for (;;) {
        connection.send(post_text("/", "body"));
        const std::string answer = connection.receive_until("body");
        if (!answer.ends_with("body")) {
          ++lost;
          return;
        }
        ++answered;
        if (answer.find("Connection: close") != std::string::npos) return;
      }
    });
  EXPECT_TRUE(eventually([&] { return answered > 100; }));
  server->stop();
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(server->counts().requests, static_cast<std::uint64_t>(answered));
  EXPECT_EQ(server->counts().connections, 0);
  for (std::thread& worker : workers) worker.join();
  EXPECT_FALSE(RawConnection(server->port()).connected());
}

TEST(Drain, WhoWaitsInTheQueueOfTheSystemIsAnswered) {
  const auto server = serve(echo);
  std::vector<RawConnection> connections;
  for (int i = 0; i < 50; ++i) {
    connections.emplace_back(server->port());
    connections.back().send(get_text("/a"));
  }
  server->stop();
  for (const RawConnection& connection : connections)
    EXPECT_THAT(connection.receive_all(), HasSubstr("\r\n\r\na:"));
}

TEST(Drain, WaitsForAnAnswerAndNoLongerThanTold) {
  std::vector<Responder> waiting;
  std::atomic<bool> handed{false};
  ServerOptions options;
  options.drain_timeout = milliseconds(300);
  const auto server = serve(
      [&](Request, Responder respond) {
        waiting.push_back(respond);
        handed = true;
      },
      options);
  const RawConnection connection(server->port());
  connection.send(get_text("/"));
  ASSERT_TRUE(eventually([&] { return handed.load(); }));
  server->stop();
  EXPECT_EQ(connection.receive_all(), "");
  EXPECT_TRUE(waiting.front().gone());
  waiting.front()({.body = "too late"});
}

TEST(Drain, AnAnswerMayOutliveItsServer) {
  std::vector<Responder> waiting;
  std::atomic<bool> handed{false};
  ServerOptions options;
  options.drain_timeout = milliseconds(50);
  auto server = serve(
      [&](Request, Responder respond) {
        waiting.push_back(respond);
        handed = true;
      },
      options);
  const RawConnection connection(server->port());
  connection.send(get_text("/"));
  ASSERT_TRUE(eventually([&] { return handed.load(); }));
  server.reset();
  EXPECT_TRUE(waiting.front().gone());
  waiting.front()({.body = "too late"});
  waiting.clear();
}

TEST(Drain, StoppingTwiceIsOnce) {
  const auto server = serve(echo);
  std::thread other([&] { server->stop(); });
  server->stop();
  other.join();
}

}  // namespace
}  // namespace paucal::http
