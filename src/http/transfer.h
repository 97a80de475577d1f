#pragma once
// One request: the rest of a file, appended to its part. Internal to download.

#include <optional>
#include <string>

#include "http/address.h"
#include "http/download.h"
#include "http/part_file.h"

namespace paucal::http {

enum class Outcome {
  kDone,    // the response came to its end
  kCut,     // the connection broke, or the server is busy: worth another try
  kAnew,    // what came does not go on from the part: begin without it
  kFailed,  // no other try would help
};

struct TransferResult {
  Outcome outcome = Outcome::kDone;
  Failure failure;  // unless done
};

struct TransferRequest {
  const std::string& url;
  const Address& address;
  const Expected& expected;
  const DownloadOptions& options;
  const OnProgress& progress;
  bool resume = false;  // from the end of the part; otherwise from its beginning
};

// A whole response (200) empties the part first, and notes its ETag, size and digest.
TransferResult transfer(const TransferRequest& request, PartFile& part);

}  // namespace paucal::http
