#pragma once
// For tests: a connection whose bytes a test writes itself, and a server with a handler.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "http/server/client.h"
#include "http/server/server.h"

namespace paucal::http {

class RawConnection {
 public:
  explicit RawConnection(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(static_cast<std::uint16_t>(port));
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&place), sizeof(place)) == 0;
  }
  RawConnection(RawConnection&& other) noexcept
      : socket_(other.socket_), connected_(other.connected_) {
    other.socket_ = -1;
  }
  RawConnection& operator=(RawConnection&&) = delete;
  ~RawConnection() { close(); }

  bool connected() const { return connected_; }

  void send(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t count = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  void end() const { ::shutdown(socket_, SHUT_WR); }  // half-closed
  void reset() {
    const linger now{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close();
  }
  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

  // Some more bytes; "" at the end.
  std::string receive() const {
    pollfd wait{socket_, POLLIN, 0};
    if (::poll(&wait, 1, 30'000) <= 0) return "";
    char piece[16 << 10];
    const ssize_t count = ::recv(socket_, piece, sizeof(piece), 0);
    return count > 0 ? std::string(piece, static_cast<std::size_t>(count)) : "";
  }
  std::string receive_until(const std::string& end) const {
    std::string all;
    while (!all.ends_with(end)) {
      const std::string more = receive();
      if (more.empty()) break;
      all += more;
    }
    return all;
  }
  std::string receive_all() const {  // until the server closes
    std::string all;
    for (std::string more = receive(); !more.empty(); more = receive()) all += more;
    return all;
  }

 private:
  int socket_;
  bool connected_ = false;
};

// Answers with the path's first segment and the body.
inline void echo(Request request, Responder respond) {
  const std::string first = request.path.empty() ? "" : request.path.front();
  respond({.content_type = "text/plain", .body = first + ":" + request.body});
}

inline std::unique_ptr<Server> serve(Handler handler, ServerOptions options = {},
                                     Authorise authorise = {}) {
  options.listen = "127.0.0.1:0";
  auto server = Server::make(std::move(options), std::move(handler), std::move(authorise));
  EXPECT_TRUE(server.ok()) << (server.ok() ? "" : server.failure().message);
  return std::move(server.value());
}

inline Client client_of(const Server& server) {
  return Client({.host = "127.0.0.1", .port = server.port()});
}

// Waits for what other threads do.
template <class Condition>
bool eventually(const Condition& condition) {
  for (int i = 0; i < 3000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return condition();
}

inline const std::string kHost = "Host: localhost\r\n";
inline std::string get_text(const std::string& path, const std::string& fields = "") {
  return "GET " + path + " HTTP/1.1\r\n" + kHost + fields + "\r\n";
}
inline std::string post_text(const std::string& path, const std::string& body,
                             const std::string& fields = "") {
  return "POST " + path + " HTTP/1.1\r\n" + kHost + fields +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace paucal::http
