#pragma once
// What is new in a spool, into the review: lines, images, and what they say of drift.

#include <filesystem>

#include "loop/alarms.h"
#include "loop/images.h"
#include "loop/lines.h"

namespace paucal::loop {

struct AddOptions {
  ReadOptions read = {};
  AuditShares audit = {};
  ImageOptions images = {};
  int64_t keep_parts = 500'000;

  template <class V>
  void visit(V& v) {
    v(audit.ng, "audit_ng", "share of the kept NG images that measure, and never teach",
      Range{0, 1});
    v(audit.doubtful, "audit_doubtful", "the same of the doubtful ones", Range{0, 1});
    v(audit.ok, "audit_ok", "the same of the other OK images", Range{0, 1});
    v(images.remove, "remove", "images go from the spool once they are in the review");
    v(images.patience_minutes, "patience_minutes",
      "an image that has not come so long after its line is lost", Range{0, 1e6});
    v(images.most_bytes, "most_bytes", "bytes of an image file; larger ones are refused",
      Range{1, 1e10});
    v(read.most_lines, "most_lines", "lines that are read in one step", Range{1, 1e6});
    v(read.most_line_bytes, "most_line_bytes", "bytes of a line; longer ones are damage",
      Range{256, 1e8});
    v(keep_parts, "keep_parts", "parts whose figures are kept, the newest", Range{1000, 1e8});
  }
};

struct Added {
  int64_t lines = 0, damaged = 0, lines_lost = 0;  // lost: by the spool, as its lines say
  TakenImages images;
  std::vector<Alarm> alarms;  // new ones
  std::vector<std::string> problems;
  bool more = false;  // the spool has more lines than most_lines: add again
};
Json to_json(const Added& added);

// Remembers where it was: what was added is added once, whatever ends the program. Throws Error.
Added add_from_spool(review::Store& store, const std::filesystem::path& spool,
                     const AddOptions& options = {});

}  // namespace paucal::loop
