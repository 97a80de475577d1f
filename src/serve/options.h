#pragma once
// How models are served.

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "base/options.h"

namespace paucal::serve {

struct NamedFile {
  std::string name;
  std::filesystem::path file;
};
struct NamedVersion {
  std::string name;
  int version = 0;
};

struct EngineOptions {
  int workers = 0;
  int threads = 1;
  int max_batch = 8;
  int max_queue = 64;
  int timeout_ms = 0;
  double shadow_share = .1;

  // Beside what a command line sets by name alone.
  std::filesystem::path models = {};             // folder: NAME/VERSION.paucal, NAME.paucal
  std::vector<NamedFile> files = {};             // each a model of version 1
  std::vector<NamedVersion> shadows = {};        // run beside what serves, never answered
  bool watch = false;                            // load what comes newly
  std::chrono::milliseconds scan_every{10'000};  // where inotify says nothing
  std::chrono::milliseconds rest{2'000};         // a file counts when it did not change this long

  template <class V>
  void visit(V& v) {
    v(workers, "workers", "images worked on at the same time; 0: one a core", Range{0, 256});
    v(threads, "threads", "of the network, an image", Range{1, 256});
    v(max_batch, "max_batch", "most images of a request", Range{1, 256});
    v(max_queue, "max_queue", "most images that wait; a request beyond them is answered with 503",
      Range{1, 65536});
    v(timeout_ms, "timeout_ms",
      "longest wait of a request that states none, in ms; then it is answered with 503; 0: any",
      Range{0, 3'600'000});
    v(shadow_share, "shadow_share", "share of the images that --shadow's versions see",
      Range{0, 1});
  }
};

}  // namespace paucal::serve
