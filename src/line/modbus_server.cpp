#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <list>
#include <optional>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/file_access.h"
#include "line/controller.h"
#include "line/modbus_frame.h"

namespace paucal::line {
namespace {

constexpr size_t kMostPeers = 16;

struct Peer {
  Descriptor socket;
  std::vector<uint8_t> bytes = {};  // of a frame that is not whole, at most kMaxFrame
  Clock::time_point heard = Clock::now();
};

class ModbusServer final : public Controller {
 public:
  ModbusServer(ModbusOptions options, uint16_t recipe, Descriptor listener, int port,
               const Wake& wake)
      : options_(std::move(options)), wake_(wake), listener_(std::move(listener)), port_(port) {
    words_[kCommandAddress] = recipe;
    thread_ = std::thread([this] { run(); });
  }
  ~ModbusServer() override {
    stop_ = true;
    own_wake_.notify();
    thread_.join();
  }

  void show(const StatusRegisters& status) override {
    const std::lock_guard lock(mutex_);
    std::ranges::copy(status, words_.begin());
  }
  std::optional<Command> command() const override {
    const std::lock_guard lock(mutex_);
    return to_command(
        {words_[kCommandAddress], words_[kCommandAddress + 1], words_[kCommandAddress + 2]});
  }
  bool connected() const override { return connected_; }
  int port() const override { return port_; }

 private:
  void run();
  void accept_peer();
  bool serve(Peer& peer);
  std::vector<uint8_t> answer(std::span<const uint8_t> frame);

  ModbusOptions options_;
  const Wake& wake_;
  Wake own_wake_;
  Descriptor listener_;
  int port_;
  std::list<Peer> peers_;
  mutable std::mutex mutex_;
  std::array<uint16_t, kAllWords> words_{};
  std::atomic<bool> stop_ = false, connected_ = false;
  std::thread thread_;
};

void ModbusServer::run() {
  while (!stop_) {
    std::vector<pollfd> waits = {{own_wake_.fd(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    for (const Peer& peer : peers_) waits.push_back({peer.socket.get(), POLLIN, 0});
    ::poll(waits.data(), waits.size(), -1);
    size_t i = 2;
    for (auto peer = peers_.begin(); peer != peers_.end(); ++i) {
      const bool keep = waits[i].revents == 0 || serve(*peer);
      peer = keep ? std::next(peer) : peers_.erase(peer);
    }
    if (waits[1].revents != 0) accept_peer();
    connected_ = !peers_.empty();
  }
}

void ModbusServer::accept_peer() {
  Descriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket.ok()) {
    // Without descriptors to spare the listener stays readable, and this would go round and round.
    if (errno == EMFILE || errno == ENFILE) std::this_thread::sleep_for(options_.poll);
    return;
  }
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  ::setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  if (peers_.size() >= kMostPeers) peers_.erase(std::ranges::min_element(peers_, {}, &Peer::heard));
  peers_.push_back({std::move(socket)});
}

// False: the connection is to be closed.
bool ModbusServer::serve(Peer& peer) {
  uint8_t chunk[kMaxFrame];
  const ssize_t got = ::recv(peer.socket.get(), chunk, sizeof(chunk), 0);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  peer.bytes.insert(peer.bytes.end(), chunk, chunk + got);
  size_t begin = 0;
  while (true) {
    const auto rest = std::span<const uint8_t>(peer.bytes).subspan(begin);
    const auto size = frame_size(rest);
    if (!size) return false;
    if (*size == 0 || *size > rest.size()) break;
    const auto reply = answer(rest.first(*size));
    // Who does not read its answers is not waited for.
    if (::send(peer.socket.get(), reply.data(), reply.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(reply.size()))
      return false;
    peer.heard = Clock::now();
    begin += *size;
  }
  peer.bytes.erase(peer.bytes.begin(), peer.bytes.begin() + static_cast<ptrdiff_t>(begin));
  return true;
}

std::vector<uint8_t> ModbusServer::answer(std::span<const uint8_t> frame) {
  const Command before = *command();
  std::vector<uint8_t> reply;
  {
    const std::lock_guard lock(mutex_);
    reply = answer_frame(frame, {words_, options_.first, kCommandAddress, kCommandWords});
  }
  if (!(*command() == before)) wake_.notify();
  return reply;
}

}  // namespace

Result<std::unique_ptr<Controller>> make_modbus_server(ModbusOptions options, uint16_t recipe,
                                                       const Wake& wake) {
  const HostPort& address = options.address;
  const auto wrong = [&](const char* why) {
    return failure("modbus", "'{}:{}': {}", address.host, address.port, why);
  };
  addrinfo wanted{}, *found = nullptr;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE;
  const int code =
      ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &wanted, &found);
  if (code != 0) return wrong(::gai_strerror(code));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
  Descriptor listener(::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (!listener.ok() ||
      ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
      ::bind(listener.get(), found->ai_addr, found->ai_addrlen) != 0 ||
      ::listen(listener.get(), 16) != 0)
    return wrong(std::strerror(errno));
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&bound), &size);
  const int port =
      ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(bound).sin6_port
                                        : reinterpret_cast<const sockaddr_in&>(bound).sin_port);
  return std::unique_ptr<Controller>(
      new ModbusServer(std::move(options), recipe, std::move(listener), port, wake));
}

}  // namespace paucal::line
