#include "http/server/client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "http/server/numeric_address.h"

namespace paucal::http {
namespace {

std::string system_reason() {
  return std::strerror(errno);
}

// A socket's address of digits; its size, or 0.
socklen_t socket_address(const Url& url, sockaddr_storage& place) {
  const auto port = htons(static_cast<std::uint16_t>(url.port));
  auto& four = reinterpret_cast<sockaddr_in&>(place);
  if (::inet_pton(AF_INET, url.host.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = port;
    return sizeof(four);
  }
  auto& six = reinterpret_cast<sockaddr_in6&>(place);
  if (::inet_pton(AF_INET6, url.host.c_str(), &six.sin6_addr) != 1) return 0;
  six.sin6_family = AF_INET6;
  six.sin6_port = port;
  return sizeof(six);
}

bool wait_for(int socket, short events, std::chrono::milliseconds timeout) {
  pollfd wait{socket, events, 0};
  int ready = 0;
  do {
    ready = ::poll(&wait, 1, static_cast<int>(timeout.count()));
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) errno = ETIMEDOUT;
  return ready > 0;
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

std::string shown(const Url& url) {
  const bool six = url.host.find(':') != std::string::npos;
  return "http://" + (six ? "[" + url.host + "]" : url.host) + ":" + std::to_string(url.port);
}

bool is_line_safe(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  const auto refuse = [&](const char* expected) {
    return Failure{"http", "'" + std::string(text) + "': expected " + expected};
  };
  constexpr std::string_view kScheme = "http://";
  if (!text.starts_with(kScheme)) return refuse("an address that begins with http://");
  const std::string_view rest = text.substr(kScheme.size());
  const std::size_t slash = std::min(rest.find_first_of("/?"), rest.size());
  const auto place = split_host_port(rest.substr(0, slash), 80);
  if (!place || place->port == 0 || !is_ip_literal(place->host))
    return refuse("a numeric address, such as http://127.0.0.1:8000");
  Url url{.host = place->host, .port = place->port};
  if (slash < rest.size()) url.target = rest.substr(slash);
  if (url.target.front() == '?') url.target.insert(0, "/");
  for (const char c : url.target)
    if (c <= ' ' || c >= 0x7f) return refuse("a path of printable ASCII");
  return url;
}

Client::Client(Url url, ClientOptions options) : url_(std::move(url)), options_(options) {}

Client::Client(Client&& other) noexcept
    : url_(std::move(other.url_)), options_(other.options_), socket_(other.socket_) {
  other.socket_ = -1;
}

Client::~Client() {
  close();
}

void Client::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

bool Client::connect(std::string& why) {
  sockaddr_storage place{};
  const socklen_t size = socket_address(url_, place);
  errno = EINVAL;
  if (size > 0) socket_ = ::socket(place.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  bool connected = socket_ >= 0;
  if (connected && ::connect(socket_, reinterpret_cast<const sockaddr*>(&place), size) != 0) {
    int error = errno;
    socklen_t length = sizeof(error);
    if (error == EINPROGRESS && wait_for(socket_, POLLOUT, options_.connect_timeout)) {
      ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &length);
      errno = error;
    }
    connected = errno == 0;
  }
  if (!connected) {
    why = system_reason();
    close();
    return false;
  }
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return true;
}

// Sends and reads at once: a server that refuses a large body answers before it has read it.
Client::Outcome Client::exchange(std::string_view head, std::string_view body, ReplyReader& reader,
                                 std::string& why) {
  std::size_t sent = 0;
  const std::size_t all = head.size() + body.size();
  std::array<char, 16 << 10> piece;
  const auto broken = [&](std::string reason) {
    why = std::move(reason);
    return reader.has_begun() ? Outcome::kFailed : Outcome::kStale;
  };
  for (;;) {
    const bool sends = sent < all;
    if (!wait_for(socket_, static_cast<short>(POLLIN | (sends ? POLLOUT : 0)),
                  options_.read_timeout)) {
      why = system_reason();
      return Outcome::kFailed;
    }
    if (sends) {
      const std::string_view rest =
          sent < head.size() ? head.substr(sent) : body.substr(sent - head.size());
      const bool more = sent < head.size() && !body.empty();
      const ssize_t count =
          ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL | (more ? MSG_MORE : 0));
      if (count > 0) sent += static_cast<std::size_t>(count);
      // Not at the end yet: the reason may stand in what has come.
      if (count < 0 && !would_block()) sent = all;
    }
    const ssize_t count = ::recv(socket_, piece.data(), piece.size(), 0);
    if (count < 0 && would_block()) continue;
    if (count < 0) return broken(system_reason());
    const auto state =
        count == 0 ? reader.end() : reader.add({piece.data(), static_cast<std::size_t>(count)});
    if (state == ReplyReader::State::kDone) return Outcome::kDone;
    if (state == ReplyReader::State::kTooLarge) {
      why = "answer above " + std::to_string(options_.max_body_bytes) + " bytes";
      return Outcome::kFailed;
    }
    if (state == ReplyReader::State::kBroken)
      return broken(count == 0 ? "the connection ended before the answer" : "answer is not HTTP");
  }
}

Result<Reply> Client::send(std::string_view method, std::string_view target,
                           const std::vector<Field>& fields, std::string_view body) {
  const bool six = url_.host.find(':') != std::string::npos;
  std::string head = std::string(method) + ' ' + std::string(target) +
                     " HTTP/1.1\r\nHost: " + (six ? "[" + url_.host + "]" : url_.host) + ':' +
                     std::to_string(url_.port) + "\r\n";
  bool safe = is_line_safe(method) && is_line_safe(target);
  for (const Field& field : fields) {
    safe &= is_line_safe(field.name) && is_line_safe(field.value);
    head += field.name + ": " + field.value + "\r\n";
  }
  if (!safe) return Failure{"http", shown(url_) + ": a line break in a header"};
  if (!body.empty() || method != "GET")
    head += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  head += "\r\n";

  std::string why;
  for (bool kept = socket_ >= 0;; kept = false) {
    if (socket_ < 0 && !connect(why)) break;
    ReplyReader reader(options_.max_body_bytes, method == "HEAD");
    const Outcome outcome = exchange(head, body, reader, why);
    const bool keeps = outcome == Outcome::kDone && reader.keeps_alive();
    if (!keeps) close();
    if (outcome == Outcome::kDone) return std::move(reader.reply());
    if (outcome == Outcome::kFailed || !kept) break;
  }
  return Failure{"http", shown(url_) + ": " + why};
}

}  // namespace paucal::http
