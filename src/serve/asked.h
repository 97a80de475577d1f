#pragma once
// What a request says beside its images: how long it may wait, and what is kept with them. In
// "parameters" of JSON, or in the query of a request that is nothing but a file:
//   timeout        microseconds in the queue; 0: as long as the server lets it
//   part, station, captured_at, request_key   texts of at most 256 bytes
// Others are ignored (priority, sequence_id, …); those that begin with "triton_" are refused.

#include <chrono>
#include <optional>

#include "http/server/server.h"
#include "serve/infer_json.h"

namespace paucal::serve {

struct Asked {
  Facts facts;
  std::optional<std::chrono::microseconds> wait;
};

Checked<Asked> asked_in(const Parameters& parameters);
Checked<Asked> asked_in(const std::vector<http::Field>& query);

}  // namespace paucal::serve
