#pragma once
// For tests: a web server that takes POSTs, and answers with the statuses that it is told.

#include <poll.h>

#include <atomic>
#include <deque>
#include <mutex>

#include "line/test_process.h"

namespace paucal::line {

class TestHook {
 public:
  // `statuses`: of the first answers; all others are 200.
  explicit TestHook(int port, std::deque<int> statuses = {})
      : statuses_(std::move(statuses)), fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    ::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address));
    ::listen(fd_, 16);
    thread_ = std::thread([this] { run(); });
  }
  TestHook(const TestHook&) = delete;
  TestHook& operator=(const TestHook&) = delete;
  ~TestHook() {
    stop_ = true;
    thread_.join();
    ::close(fd_);
  }
  // Of requests that were answered with 2xx.
  std::vector<std::string> bodies() const {
    const std::lock_guard lock(mutex_);
    return bodies_;
  }
  std::string last_head() const {
    const std::lock_guard lock(mutex_);
    return head_;
  }

 private:
  void run() {
    while (!stop_) {
      pollfd waits{fd_, POLLIN, 0};
      if (::poll(&waits, 1, 20) != 1) continue;
      const int peer = ::accept(fd_, nullptr, nullptr);
      answer(peer);
      ::close(peer);
    }
  }
  void answer(int peer) {
    std::string text;
    size_t head = std::string::npos, wanted = SIZE_MAX;
    char chunk[4096];
    while (text.size() < wanted) {
      const ssize_t got = ::recv(peer, chunk, sizeof(chunk), 0);
      if (got <= 0) return;
      text.append(chunk, static_cast<size_t>(got));
      head = text.find("\r\n\r\n");
      const size_t length = text.find("Content-Length: ");
      if (head != std::string::npos)
        wanted =
            head + 4 + (length == std::string::npos ? 0 : std::stoul(text.substr(length + 16)));
    }
    const std::lock_guard lock(mutex_);
    int status = 200;
    if (!statuses_.empty()) {
      status = statuses_.front();
      statuses_.pop_front();
    }
    head_ = text.substr(0, head);
    if (status / 100 == 2) bodies_.push_back(text.substr(head + 4));
    const std::string reply = "HTTP/1.1 " + std::to_string(status) +
                              " X\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
    ::send(peer, reply.data(), reply.size(), MSG_NOSIGNAL);
  }

  mutable std::mutex mutex_;
  std::deque<int> statuses_;
  std::vector<std::string> bodies_;
  std::string head_;
  int fd_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace paucal::line
