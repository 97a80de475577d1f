#pragma once
// What the line saw, for people who review later: a line for each image, and a sample of the images
// with known inclusion probabilities. Bounded; never in the way of a verdict. README.md tells what
// stands in the folder.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/options.h"
#include "base/result.h"
#include "edge/post/interpret.h"

namespace paucal::spool {

using Time = std::chrono::system_clock::time_point;

struct SpoolOptions {
  std::filesystem::path folder;
  double keep_ng = 1, keep_doubtful = .2, keep_ok = .002;  // inclusion probabilities π
  double doubtful_within = .2;                             // |p − threshold| below this
  std::uint64_t max_bytes = 20'000'000'000;                // of images
  std::uint64_t max_waiting_bytes = 64 << 20;
  int line_days = 90;
  Time (*now)() = &std::chrono::system_clock::now;  // another one in tests

  template <class V>
  void visit(V& v) {
    v(keep_ng, "keep_ng", "share of the NG images that are kept", Range{0, 1});
    v(keep_doubtful, "keep_doubtful", "share of the OK images near the threshold that are kept",
      Range{0, 1});
    v(keep_ok, "keep_ok", "share of the other OK images that are kept", Range{0, 1});
    v(doubtful_within, "doubtful_within",
      "an OK image whose probability is nearer to the threshold is doubtful", Range{0, 1});
    v(max_bytes, "keep_bytes",
      "bytes of kept images; beyond, the oldest OK ones make room, and where there are none, new "
      "ones are dropped",
      Range{0, 1e15});
    v(max_waiting_bytes, "waiting_bytes",
      "bytes of images that may wait for the disk; beyond, new ones are dropped", Range{0, 1e11});
    v(line_days, "line_days", "days for which lines are kept", Range{1, 36500});
  }
};

struct SpoolEntry {
  std::string_view image;  // the bytes of the file as they came; empty: pixels, nothing to keep
  std::string_view request_key, part, station, captured_at;
  std::string_view model;
  int version = 0;
  std::string_view model_sha256;
  const edge::Prediction* prediction = nullptr;
  const edge::ModelCard* card = nullptr;
  double ms = 0;
  const edge::Image* pixels = nullptr;  // as decoded, for the image's statistics; may be null
};

struct SpoolCounts {
  std::uint64_t lines = 0;                                    // written
  std::uint64_t lines_lost = 0;                               // could not be written
  std::uint64_t kept_ng = 0, kept_doubtful = 0, kept_ok = 0;  // images on the disk, whole
  std::uint64_t dropped = 0;                                  // drawn, and not kept
  std::uint64_t removed = 0;                                  // kept OK images that made room
};

class Spool {
 public:
  // Cuts half last lines, removes temporary files; one process a folder (flock).
  static Result<std::unique_ptr<Spool>> open(SpoolOptions options);
  virtual ~Spool() = default;  // writes out what waits
  // Called by any worker before the answer leaves. The line reaches the kernel in one write; the
  // image goes to a thread. Never fails: what cannot be written is counted.
  virtual void add(const SpoolEntry& entry) = 0;
  virtual SpoolCounts counts() const = 0;
  // Why lines or images cannot be written now; empty where all is well.
  virtual std::string problem() const { return {}; }
};

}  // namespace paucal::spool
