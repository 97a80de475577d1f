#pragma once
// The HTTP API of a review, /api/v1, and what a page needs beside it. JSON in and out; errors are
// {"error": text, "code": word, "state"?: the image as it is}. README.md lists the paths.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "http/server/server.h"
#include "review/store.h"

namespace paucal::review {

struct ApiOptions {
  int threads = 4;          // that work on requests
  int max_waiting = 256;    // requests; beyond: 503
  int64_t cache_mb = 1024;  // of decoded images, in MB
  // What stands outside of /api/v1: the page. Nothing: 404. Runs on an I/O thread; no store is
  // behind it, since everybody gets it.
  std::function<std::optional<http::Response>(const http::Request& request)> page = {};
  std::string version = {};  // of the program

  template <class V>
  void visit(V& v) {
    v(threads, "threads", "threads that work on requests", Range{1, 64});
    v(max_waiting, "max_waiting", "requests that may wait; beyond: 503", Range{1, 100'000});
    v(cache_mb, "cache_mb", "memory for decoded images, in MB", Range{16, 1 << 20});
  }
};

struct Api {
  http::Handler handler;
  std::string setup_token;  // what POST /setup takes, once, while the store has no user; else empty
  std::shared_ptr<void> crew;  // threads that answer; ends after the server that has the handler
};

// `store` outlives it. Fields of security (CSP, nosniff, …) are in every answer.
Api make_api(Store& store, ApiOptions options);

// "default-src 'none'; script-src 'self'; …": for the page, too.
extern const char* const kContentSecurityPolicy;

}  // namespace paucal::review
