// Acceptor, threads and deadlines of the server, on Boost.Asio.
#include <boost/asio/basic_socket_acceptor.hpp>
#include <thread>

#include "http/server/connection_asio.h"

namespace paucal::http {
namespace {

using namespace sockets;
using Acceptor = asio::basic_socket_acceptor<Tcp, Executor>;

constexpr int kRefusedAtOnce = 64;  // connections beyond the limit that are told so
constexpr std::chrono::milliseconds kAcceptAgain{100};

// A quarter of the shortest time limit, so that each is kept within a quarter.
std::chrono::milliseconds tick_of(const ServerOptions& options) {
  const auto shortest = std::min({options.header_timeout, options.body_idle_timeout,
                                  options.keep_alive_timeout, options.drain_idle_timeout});
  return std::clamp(shortest / 4, std::chrono::milliseconds(10), std::chrono::milliseconds(250));
}

class AsioServer final : public Server {
 public:
  AsioServer(ServerOptions options, Handler handler, Authorise authorise)
      : core_(std::make_shared<Core>()) {
    core_->options = std::move(options);
    core_->handler = std::move(handler);
    core_->authorise = std::move(authorise);
    for (int i = 0; i < core_->options.io_threads; ++i)
      core_->loops.push_back(std::make_unique<Loop>());
    acceptor_.emplace(first().context);
    again_.emplace(first().context);
  }
  ~AsioServer() override { stop(); }

  error_code listen(const HostPort& place) {
    error_code error;
    const auto address = asio::ip::make_address(place.host, error);
    const Tcp::endpoint endpoint(address, static_cast<unsigned short>(place.port));
    if (!error) acceptor_->open(endpoint.protocol(), error);
    if (!error) acceptor_->set_option(Acceptor::reuse_address(true), error);
    if (!error) acceptor_->bind(endpoint, error);
    if (!error) acceptor_->listen(Acceptor::max_listen_connections, error);
    if (!error) acceptor_->non_blocking(true, error);
    if (!error) port_ = acceptor_->local_endpoint(error).port();
    return error;
  }

  // Throws if the system refuses a thread.
  void start() {
    wait_acceptable();
    for (const auto& loop : core_->loops) {
      tick(*loop);
      threads_.emplace_back([&context = loop->context] { run(context); });
    }
  }

  int port() const override { return port_; }

  ServerCounts counts() const override {
    return {.requests = core_->requests,
            .refused_connections = core_->refused,
            .bad_requests = core_->bad,
            .connections = core_->connections};
  }

  void stop() override {
    const std::lock_guard lock(stopping_);
    if (stopped_) return;
    stopped_ = true;
    core_->draining = true;
    if (!threads_.empty()) drain();
    for (const auto& loop : core_->loops) loop->context.stop();
    for (std::thread& thread : threads_) thread.join();
    for (const auto& loop : core_->loops) close_all(*loop);
  }

 private:
  Loop& first() { return *core_->loops.front(); }

  static void run(asio::io_context& context) {
    for (;;) {
      try {
        context.run();
        return;
      } catch (...) {
        // No memory for a step of some connection: its deadline ends it, the others go on.
      }
    }
  }

  void drain() {
    asio::post(first().context, [this] {
      accept();  // whoever has got through to the system's queue is answered
      error_code ignored;
      acceptor_->close(ignored);
      for (const auto& loop : core_->loops)
        asio::post(loop->context, [&loop = *loop] {
          each_connection(loop, [](Connection& connection) { connection.drain(); });
        });
      const std::lock_guard lock(core_->mutex);
      accepted_all_ = true;
      core_->ended.notify_all();
    });
    std::unique_lock lock(core_->mutex);
    core_->ended.wait_for(lock, core_->options.drain_timeout,
                          [&] { return accepted_all_ && core_->connections == 0; });
  }

  static void close_all(Loop& loop) {
    each_connection(loop, [](Connection& connection) { connection.close(); });
  }

  // `step` may close the connection, which leaves the set by that.
  template <class Step>
  static void each_connection(Loop& loop, const Step& step) {
    for (auto next = loop.connections.begin(); next != loop.connections.end();) {
      const std::shared_ptr<Connection> connection = *next++;
      step(*connection);
    }
  }

  void tick(Loop& loop) {
    loop.timer.expires_after(tick_of(core_->options));
    loop.timer.async_wait([this, &loop](const error_code& error) {
      if (error) return;
      tick(loop);
      const auto now = Clock::now();
      each_connection(loop, [now](Connection& connection) { connection.tick(now); });
    });
  }

  void wait_acceptable() {
    acceptor_->async_wait(Acceptor::wait_read, [this](const error_code& error) {
      if (error || !acceptor_->is_open()) return;
      if (accept()) return wait_acceptable();
      // No descriptors: connections have to end first.
      again_->expires_after(kAcceptAgain);
      again_->async_wait([this](const error_code&) {
        if (acceptor_->is_open()) wait_acceptable();
      });
    });
  }

  // All that wait. False: the system has no room for more.
  bool accept() {
    for (;;) {
      Loop& loop = *core_->loops[next_loop_++ % core_->loops.size()];
      Socket socket(loop.context);
      Tcp::endpoint peer;
      error_code error;
      acceptor_->accept(socket, peer, error);
      if (error == asio::error::would_block || error == asio::error::try_again) return true;
      if (error == asio::error::connection_aborted || error == asio::error::interrupted) continue;
      if (error) return false;
      begin(loop, std::move(socket), peer.address().to_string());
    }
  }

  void begin(Loop& loop, Socket socket, std::string peer) {
    const ServerOptions& options = core_->options;
    const auto connection =
        std::make_shared<Connection>(core_, loop, std::move(socket), std::move(peer));
    const int count = core_->connections;
    const bool refused = count > options.max_connections ||
                         connection->connections_of_peer() > options.max_connections_per_peer;
    if (refused) ++core_->refused;
    if (count > options.max_connections + kRefusedAtOnce) return;
    asio::post(loop.context, [&loop, connection, refused] {
      loop.connections.insert(connection);
      refused ? connection->refuse() : connection->start();
    });
  }

  std::shared_ptr<Core> core_;
  std::optional<Acceptor> acceptor_;  // these two belong to the first loop
  std::optional<Timer> again_;
  std::vector<std::thread> threads_;
  std::mutex stopping_;
  bool stopped_ = false, accepted_all_ = false;
  std::size_t next_loop_ = 0;
  int port_ = 0;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::make(ServerOptions options, Handler handler,
                                             Authorise authorise) {
  const std::string listen = options.listen;
  const auto fail = [&](const std::string& why) {
    return Failure{"http", "listen '" + listen + "': " + why};
  };
  const auto place = split_host_port(listen, -1);
  if (!place || place->port < 0 || !is_ip_literal(place->host))
    return fail("expected a numeric address and a port, such as 127.0.0.1:8000");
  if (options.max_bodies_in_flight_bytes < options.max_body_bytes)
    return Failure{"http", "max_bodies_in_flight_bytes " +
                               std::to_string(options.max_bodies_in_flight_bytes) +
                               ": expected at least max_body_bytes, " +
                               std::to_string(options.max_body_bytes)};
  options.io_threads = std::max(options.io_threads, 1);
  try {
    auto server =
        std::make_unique<AsioServer>(std::move(options), std::move(handler), std::move(authorise));
    if (const error_code error = server->listen(*place)) return fail(error.message());
    server->start();
    return std::unique_ptr<Server>(std::move(server));
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}

}  // namespace paucal::http
