#pragma once
// For tests: a server on this computer that answers one request a connection, as a test tells it
// to: also with lies.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/files.h"

namespace paucal::http {

struct TestRequest {
  std::string target;                          // "/a.pth"; through a proxy "http://host/a.pth"
  std::map<std::string, std::string> headers;  // names in lower case
};

struct TestReply {
  int status = 200;
  std::vector<std::string> headers = {};  // "ETag: \"1\""
  std::string body = {};
  size_t cut = SIZE_MAX;  // bytes of the body that are sent before the connection ends
  int64_t promised = -1;  // Content-Length; -1: the true one, -2: none
};

class TestServer {
 public:
  using Handler = std::function<TestReply(const TestRequest&)>;

  explicit TestServer(Handler handler) : handler_(std::move(handler)) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(place);
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&place), size) != 0 ||
        ::listen(socket_, 8) != 0 ||
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&place), &size) != 0)
      fail("test", "no server can be started");
    port_ = ntohs(place.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  ~TestServer() {
    stop_ = true;
    thread_.join();
    ::close(socket_);
  }

  std::string at(const std::string& target) const {
    return fmt::format("http://127.0.0.1:{}{}", port_, target);
  }
  std::vector<TestRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void serve() {
    while (!stop_) {
      pollfd wait{socket_, POLLIN, 0};
      if (::poll(&wait, 1, 20) <= 0) continue;
      const int connection = ::accept(socket_, nullptr, nullptr);
      if (connection < 0) continue;
      answer(connection);
      ::close(connection);
    }
  }

  void answer(int connection) {
    std::string text;
    while (text.find("\r\n\r\n") == std::string::npos) {
      char part[4096];
      const ssize_t count = ::recv(connection, part, sizeof(part), 0);
      if (count <= 0) return;
      text.append(part, static_cast<size_t>(count));
    }
    const TestRequest request = parse(text);
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    const TestReply reply = handler_(request);
    std::string sent = fmt::format("HTTP/1.1 {} Told\r\nConnection: close\r\n", reply.status);
    for (const std::string& header : reply.headers) sent += header + "\r\n";
    if (reply.promised != -2)
      sent += fmt::format("Content-Length: {}\r\n", reply.promised >= 0
                                                        ? static_cast<size_t>(reply.promised)
                                                        : reply.body.size());
    sent += "\r\n" + reply.body.substr(0, reply.cut);
    for (size_t at = 0; at < sent.size();) {
      const ssize_t count = ::send(connection, sent.data() + at, sent.size() - at, MSG_NOSIGNAL);
      if (count <= 0) return;
      at += static_cast<size_t>(count);
    }
    ::shutdown(connection, SHUT_WR);
  }

  static TestRequest parse(const std::string& text) {
    TestRequest request;
    const size_t first = text.find(' ') + 1;
    request.target = text.substr(first, text.find(' ', first) - first);
    for (size_t at = text.find("\r\n") + 2; at < text.size();) {
      const std::string line = text.substr(at, text.find("\r\n", at) - at);
      if (line.empty()) break;
      const size_t colon = line.find(':');
      request.headers[lower(line.substr(0, colon))] = std::string(trim(line.substr(colon + 1)));
      at += line.size() + 2;
    }
    return request;
  }

  Handler handler_;
  int socket_ = -1;
  uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::vector<TestRequest> requests_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

// As a good server answers for one file: all of it, or the rest if it is still the same.
inline TestReply serve_file(const TestRequest& request, const std::string& file,
                            const std::string& etag) {
  const auto range = request.headers.find("range");
  const auto condition = request.headers.find("if-range");
  const bool same = condition == request.headers.end() || condition->second == etag;
  TestReply reply;
  if (!etag.empty()) reply.headers.push_back("ETag: " + etag);
  reply.body = file;
  if (range == request.headers.end() || !same) return reply;
  const size_t begin = std::stoul(range->second.substr(range->second.find('=') + 1));
  if (begin >= file.size()) return {416, {fmt::format("Content-Range: bytes */{}", file.size())}};
  reply.status = 206;
  reply.headers.push_back(
      fmt::format("Content-Range: bytes {}-{}/{}", begin, file.size() - 1, file.size()));
  reply.body = file.substr(begin);
  return reply;
}

// While it lives, no proxy of this computer's stands between a test and its server.
class NoProxies {
 public:
  NoProxies() {
    for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                             "no_proxy", "NO_PROXY"}) {
      if (const char* value = std::getenv(name)) kept_[name] = value;
      ::unsetenv(name);
    }
  }
  NoProxies(const NoProxies&) = delete;
  NoProxies& operator=(const NoProxies&) = delete;
  ~NoProxies() {
    for (const auto& [name, value] : kept_) ::setenv(name.c_str(), value.c_str(), 1);
  }

 private:
  std::map<std::string, std::string> kept_;
};

}  // namespace paucal::http
