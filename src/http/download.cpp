#include "http/download.h"

#include <chrono>
#include <thread>

#include "base/error.h"
#include "base/sha256.h"
#include "http/address.h"
#include "http/part_file.h"
#include "http/transfer.h"

namespace paucal::http {
namespace {

constexpr int kMostTries = 100;  // also where each brings a few bytes

bool is_of(const PartFile& part, const std::string& url) {
  return part.facts().address == sha256_hex(url);
}

// Without an ETag only the digest of the whole can tell whether two halves belong together.
bool can_resume(const PartFile& part, const std::string& url, const Expected& expected) {
  return part.size() > 0 && is_of(part, url) &&
         (!part.facts().etag.empty() || !expected.sha256.empty());
}

bool is_complete(const PartFile& part) {
  return part.facts().size > 0 && part.size() == part.facts().size;
}

Result<Download> verify(const TransferRequest& request, const PartFile& part) {
  const auto sum = sha256_of_file(part.path());
  if (!sum.ok()) return sum.failure();
  const Expected& expected = request.expected;
  if (expected.size > 0 && part.size() != expected.size)
    return failure("download", "'{}': {} bytes, expected {}", request.address.shown, part.size(),
                   expected.size);
  const bool known = !expected.sha256.empty();
  const std::string& wanted = known ? expected.sha256 : part.facts().sha256;
  if (!wanted.empty() && *sum != wanted)
    return failure("download", "'{}': SHA-256 {}, expected {}{}", request.address.shown, *sum,
                   wanted, known ? "" : " (as the server tells)");
  const auto checked = known            ? Download::Checked::kExpected
                       : wanted.empty() ? Download::Checked::kNothing
                                        : Download::Checked::kServer;
  return Download{part.size(), *sum, checked};
}

// Until all of it is there. `resumed`: whether earlier bytes were gone on from.
std::optional<Failure> fetch(TransferRequest& request, PartFile& part, bool& resumed) {
  bool began_anew = false;
  int idle = 0;  // tries in a row that brought nothing
  for (int tries = 1;; ++tries) {
    request.resume = can_resume(part, request.url, request.expected);
    resumed = resumed || request.resume;
    if (request.resume && is_complete(part)) return {};
    const uint64_t before = part.size();
    TransferResult result = transfer(request, part);
    if (result.outcome == Outcome::kDone) return {};
    if (result.outcome == Outcome::kFailed) return std::move(result.failure);
    if (result.outcome == Outcome::kAnew) {
      if (began_anew) return std::move(result.failure);
      began_anew = true;
      if (auto failed = part.begin({})) return failed;
      continue;
    }
    const bool brought = can_resume(part, request.url, request.expected) && part.size() > before;
    idle = brought ? 0 : idle + 1;
    if (idle > request.options.retries || tries >= kMostTries) return std::move(result.failure);
    std::this_thread::sleep_for(std::chrono::duration<double>(request.options.retry_seconds));
  }
}

}  // namespace

Result<Download> download(const std::string& url, const std::filesystem::path& target,
                          const Expected& expected, const DownloadOptions& options,
                          const OnProgress& progress) {
  const auto address = parse_address(url);
  if (!address.ok()) return address.failure();
  auto part = PartFile::open(target);
  if (!part.ok()) return part.failure();

  TransferRequest request{url, *address, expected, options, progress};
  bool resumed = false;
  if (auto failed = fetch(request, *part, resumed)) {
    if (part->size() == 0) part->discard();
    return std::move(*failed);
  }
  auto result = verify(request, *part);
  if (!result.ok() && resumed) {  // two halves that don't belong together?
    if (auto failed = part->begin({})) return std::move(*failed);
    if (auto failed = fetch(request, *part, resumed)) return std::move(*failed);
    result = verify(request, *part);
  }
  if (!result.ok()) {
    part->discard();
    return result;
  }
  if (auto failed = part->commit()) return std::move(*failed);
  return result;
}

}  // namespace paucal::http
