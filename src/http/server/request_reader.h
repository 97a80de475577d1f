#pragma once
// Reads the requests of one connection out of its bytes, however they are cut. Knows no sockets. It
// throws bad_alloc alone. One thread at a time.

#include <memory>
#include <string_view>

#include "http/server/server.h"

namespace paucal::http {

class RequestReader {
 public:
  enum class Step {
    kMore,     // more bytes are needed
    kHead,     // head() is known: authorise it, then go on
    kDone,     // take() gives the request
    kRefused,  // refusal() is the answer; the connection cannot go on
  };

  virtual ~RequestReader() = default;
  virtual void add(std::string_view bytes) = 0;
  virtual Step advance() = 0;

  virtual Request& head() = 0;              // from kHead on
  virtual bool wants_continue() const = 0;  // kHead: the client waits for 100 (Continue)
  virtual bool has_body() const = 0;        // kHead: a body follows
  virtual bool is_head_method() const = 0;  // HEAD, which head() tells as GET
  virtual bool keeps_alive() const = 0;     // from kHead until take(): the client stays
  virtual bool is_http10() const = 0;
  virtual Request take() = 0;  // kDone; what follows is the next request
  virtual const Response& refusal() const = 0;

  virtual bool has_begun() const = 0;  // bytes of a request that is not complete are here
  virtual bool is_in_body() const = 0;
  virtual std::size_t body_bytes() const = 0;     // held for a body
  virtual std::size_t waiting_bytes() const = 0;  // not looked at yet: of requests to come
};

// `options` outlive it.
std::unique_ptr<RequestReader> make_request_reader(const ServerOptions& options);

}  // namespace paucal::http
