#pragma once
// For tests: controllers. libmodbus as client and server, and peers that speak bytes or nothing.

#include <modbus.h>
#include <poll.h>

#include <atomic>
#include <mutex>

#include "line/test_process.h"

namespace paucal::line {

inline int connect_to(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  return fd;
}

class TestClient {
 public:
  explicit TestClient(int port) : context_(modbus_new_tcp("127.0.0.1", port)) {
    modbus_set_response_timeout(context_, 30, 0);
    connected_ = modbus_connect(context_) == 0;
  }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;
  ~TestClient() {
    modbus_close(context_);
    modbus_free(context_);
  }
  bool connected() const { return connected_; }
  std::vector<uint16_t> read(int address, int count) {
    std::vector<uint16_t> words(static_cast<size_t>(count));
    if (count > MODBUS_MAX_READ_REGISTERS ||
        modbus_read_registers(context_, address, count, words.data()) != count)
      return {};
    return words;
  }
  bool write(int address, const std::vector<uint16_t>& words) {
    const int count = static_cast<int>(words.size());
    return modbus_write_registers(context_, address, count, words.data()) == count;
  }
  bool write_one(int address, uint16_t word) {
    return modbus_write_register(context_, address, word) == 1;
  }

 private:
  modbus_t* context_;
  bool connected_ = false;
};

// A controller's server for one client after the other.
class TestServer {
 public:
  explicit TestServer(int port)
      : port_(port),
        context_(modbus_new_tcp("127.0.0.1", port)),
        mapping_(modbus_mapping_new(0, 0, 200, 0)) {
    listener_ = modbus_tcp_listen(context_, 1);
    thread_ = std::thread([this] { run(); });
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  ~TestServer() {
    stop_ = true;
    thread_.join();
    modbus_close(context_);
    ::close(listener_);
    modbus_mapping_free(mapping_);
    modbus_free(context_);
  }
  int port() const { return port_; }
  void set(int address, uint16_t word) {
    const std::lock_guard lock(mutex_);
    mapping_->tab_registers[address] = word;
  }
  std::vector<uint16_t> words(int address, int count) {
    const std::lock_guard lock(mutex_);
    return {mapping_->tab_registers + address, mapping_->tab_registers + address + count};
  }

 private:
  void run() {
    while (!stop_) {
      pollfd waits{listener_, POLLIN, 0};
      if (::poll(&waits, 1, 20) != 1 || modbus_tcp_accept(context_, &listener_) < 0) continue;
      bool open = true;
      while (!stop_ && open) {
        pollfd peer{modbus_get_socket(context_), POLLIN, 0};
        if (::poll(&peer, 1, 20) != 1) continue;
        uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
        const int length = modbus_receive(context_, query);
        const std::lock_guard lock(mutex_);
        open = length >= 0 && (length == 0 || modbus_reply(context_, query, length, mapping_) >= 0);
      }
      modbus_close(context_);
    }
  }

  int port_, listener_ = -1;
  modbus_t* context_;
  modbus_mapping_t* mapping_;
  std::mutex mutex_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

// Bytes as they are.
class RawPeer {
 public:
  explicit RawPeer(int port) : fd_(connect_to(port)) {}
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;
  ~RawPeer() { ::close(fd_); }
  void send(const std::string& bytes) const {
    ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  std::string receive(size_t count) const {
    std::string bytes(count, '\0');
    const ssize_t got = ::recv(fd_, bytes.data(), count, MSG_WAITALL);
    bytes.resize(got > 0 ? static_cast<size_t>(got) : 0);
    return bytes;
  }
  bool was_closed() const { return receive(1).empty(); }

 private:
  int fd_;
};

// Takes connections and says nothing.
class MuteServer {
 public:
  MuteServer() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    ::bind(fd_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(fd_, 16);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  MuteServer(const MuteServer&) = delete;
  MuteServer& operator=(const MuteServer&) = delete;
  ~MuteServer() {
    stop_ = true;
    thread_.join();
    ::close(fd_);
  }
  int port() const { return port_; }
  int connections() const { return connections_; }

 private:
  void run() {
    std::vector<int> peers;
    while (!stop_) {
      pollfd waits{fd_, POLLIN, 0};
      if (::poll(&waits, 1, 20) != 1) continue;
      peers.push_back(::accept(fd_, nullptr, nullptr));
      ++connections_;
    }
    for (const int peer : peers) ::close(peer);
  }

  int fd_, port_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<int> connections_ = 0;
  std::thread thread_;
};

}  // namespace paucal::line
