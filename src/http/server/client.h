#pragma once
// A small blocking client for plain HTTP at numeric addresses, on sockets of its own.

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/server/reply_reader.h"

namespace paucal::http {

struct ClientOptions {
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds read_timeout{30'000};  // without a byte, sent or received
  std::size_t max_body_bytes = 64 << 20;
};

struct Url {
  std::string host = {};  // digits, without brackets
  int port = 80;
  std::string target = "/";  // path and query
};
// "http://127.0.0.1:8000/v2". Refused: other schemes, names, users.
Result<Url> parse_url(std::string_view text);

// One connection, kept between requests. One thread at a time.
class Client {
 public:
  explicit Client(Url url, ClientOptions options = {});
  Client(Client&& other) noexcept;
  Client& operator=(Client&&) = delete;
  ~Client();

  // Sends what the caller names, beside Host and Content-Length. If a kept connection turns out to
  // be closed before a byte of the answer came, it is sent once more on a new one.
  Result<Reply> send(std::string_view method, std::string_view target,
                     const std::vector<Field>& fields = {}, std::string_view body = {});

 private:
  enum class Outcome { kDone, kStale, kFailed };

  Outcome exchange(std::string_view head, std::string_view body, ReplyReader& reader,
                   std::string& why);
  bool connect(std::string& why);
  void close();

  Url url_;
  ClientOptions options_;
  int socket_ = -1;
};

}  // namespace paucal::http
