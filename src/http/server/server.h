#pragma once
// An HTTP/1.1 server for few, trusted-to-be-hostile clients: limits on everything, framing checked
// before the parser sees it. No Boost in this header.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/options.h"
#include "base/result.h"

namespace paucal::http {

struct Field {
  std::string name, value;
};

// All of a request; the body is complete and decompressed.
struct Request {
  std::string method;             // HEAD arrives as GET
  std::vector<std::string> path;  // segments, percent-decoded once: /v2/models/a/ → v2, models, a
  std::vector<Field> query;       // decoded
  std::vector<Field> fields;      // headers, in their order
  std::string body;
  std::string peer;       // numeric address without port
  bool loopback = false;  // the peer is this machine
  std::string principal;  // what authorise() named; empty: nobody

  // The first field of that name in any case; null if there is none.
  const std::string* field(std::string_view name) const;
  const std::string* parameter(std::string_view name) const;  // of the query
};

struct Response {
  int status = 200;
  std::string content_type = {};  // empty: none is sent
  std::string body = {};
  std::vector<Field> fields = {};
  bool may_compress = false;  // where the client asks for it and the body is ≥ 1 KiB
};

// Answers one request; called at most once, from any thread. Dropped without a call: 500.
class Responder {
 public:
  struct State;
  explicit Responder(std::shared_ptr<State> state) : state_(std::move(state)) {}
  void operator()(Response response) const;
  bool gone() const;  // the client went away: nobody waits for the answer

 private:
  std::shared_ptr<State> state_;
};

// Runs on an I/O thread: must not block. What it throws becomes a 500 without its text.
using Handler = std::function<void(Request, Responder)>;

// Before a body is read: the headers' request (no body yet) → nothing and `principal` set in it, or
// the refusal (401, 403). Runs on an I/O thread.
using Authorise = std::function<std::optional<Response>(Request& head)>;

struct ServerOptions {
  std::string listen = "127.0.0.1:8000";  // numeric address and port; port 0: any free one
  std::size_t max_header_bytes = 16 << 10, max_header_fields = 100, max_target_bytes = 8 << 10;
  std::size_t max_body_bytes = 64 << 20;
  std::size_t max_bodies_in_flight_bytes = std::size_t{512} << 20;  // beyond: reading pauses
  int max_connections = 1024, max_connections_per_peer = 256;       // beyond: 503 and close
  std::chrono::milliseconds header_timeout{10'000}, body_idle_timeout{20'000},
      keep_alive_timeout{75'000}, drain_timeout{30'000},
      drain_idle_timeout{200};               // while draining: a request may still be on its way
  std::vector<std::string> host_names = {};  // beside IP literals, localhost, this machine's name
  int io_threads = 1;

  // Those that a command line offers.
  template <class V>
  void visit(V& v) {
    v(listen, "listen", "numeric address and port; port 0: any free one");
    v(max_body_bytes, "max-body-bytes", "largest body of a request", Range{1, 1 << 30});
    v(max_connections, "max-connections", "beyond: 503", Range{1, 100'000});
    v(max_connections_per_peer, "max-connections-per-peer", "beyond: 503", Range{1, 100'000});
    v(host_names, "host-name", "names of this machine, beside its own, in the header Host");
    v(io_threads, "io-threads", "threads that read and write sockets", Range{1, 64});
  }
};

struct ServerCounts {
  std::uint64_t requests = 0, refused_connections = 0, bad_requests = 0;
  int connections = 0;
};

class Server {
 public:
  static Result<std::unique_ptr<Server>> make(ServerOptions options, Handler handler,
                                              Authorise authorise = {});
  virtual ~Server() = default;  // stops
  virtual int port() const = 0;
  virtual ServerCounts counts() const = 0;
  // Closes the acceptor, answers what is in flight with `Connection: close`, ends after
  // drain_timeout at the latest. From any thread but an I/O one.
  virtual void stop() = 0;
};

}  // namespace paucal::http
