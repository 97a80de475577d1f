#pragma once
// The protocol in front of an engine: Open Inference Protocol (V2) with Triton's extensions for
// binary tensors, classification, statistics, configuration and the repository; and beside it
// POST …/predict for a file, and GET /metrics. Sources: the protocol's REST specification
// (github.com/kserve/open-inference-protocol) and what Triton's and KServe's clients send.

#include <functional>
#include <memory>
#include <string>

#include "http/server/server.h"
#include "serve/engine.h"
#include "serve/request_counts.h"
#include "spool/spool.h"

namespace paucal::serve {

struct RoutesOptions {
  std::string name = "paucal";  // of the server
  std::string version;          // of the server; empty: the program's
  // For /metrics; empty: not told.
  std::function<http::ServerCounts()> http_counts = {};
  std::function<spool::SpoolCounts()> spool_counts = {};
  // Shared with make_authorise(), which counts what it refuses.
  std::shared_ptr<RequestCounts> counts = std::make_shared<RequestCounts>();
};

// `engine` outlives the handler. Never blocks: what takes long runs on the engine's threads, and
// large JSON is read on a thread of the handler's own.
http::Handler make_routes(Engine& engine, RoutesOptions options);

}  // namespace paucal::serve
