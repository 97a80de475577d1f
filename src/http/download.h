#pragma once
// A file from an address: resumed after a break, bounded, and checked before it takes its name.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "base/options.h"
#include "base/result.h"

namespace paucal::http {

struct DownloadOptions {
  int64_t limit_mb = 4096;  // of a million bytes
  int redirects = 5;
  int connect_seconds = 15;
  int stall_seconds = 30;
  int retries = 3;
  double retry_seconds = 2;

  template <class V>
  void visit(V& v) {
    v(limit_mb, "limit_mb", "largest file that is fetched, MB", Range{1, 1e6});
    v(redirects, "redirects", "most redirects that are followed", Range{0, 20});
    v(connect_seconds, "connect_seconds", "wait for a connection", Range{1, 600});
    v(stall_seconds, "stall_seconds", "give up below 1 KiB/s for so long", Range{1, 3600});
    v(retries, "retries", "tries in a row that bring nothing before it gives up", Range{0, 100});
    v(retry_seconds, "retry_seconds", "wait before the next try", Range{0, 600});
  }
};

// What the caller knows of the file.
struct Expected {
  uint64_t size = 0;   // bytes; 0: unknown
  std::string sha256;  // 64 hex digits; empty: unknown, the server's own digest counts
};

struct Download {
  enum class Checked { kNothing, kServer, kExpected };
  uint64_t size = 0;
  std::string sha256;
  Checked checked = Checked::kNothing;  // whose SHA-256 it agrees with
};

// Bytes that are here, and in all; 0: unknown.
using OnProgress = std::function<void(uint64_t done, uint64_t total)>;

// Fetches `address` (http, https) into `target`. What has come so far lies in TARGET.part: a lost
// connection is taken up again, also by a later call, if the server still has the same file (ETag)
// or its SHA-256 is known; otherwise it begins anew. Proxies: http_proxy, https_proxy, all_proxy,
// no_proxy. Only the address's own scheme, or https, is followed. Blocks; any thread.
// Fails with the address (without secrets), what came, and what was expected.
Result<Download> download(const std::string& address, const std::filesystem::path& target,
                          const Expected& expected = {}, const DownloadOptions& options = {},
                          const OnProgress& progress = {});

}  // namespace paucal::http
