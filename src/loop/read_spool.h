#pragma once
// The lines of a spool that are new since the last time.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "loop/spool_line.h"

namespace paucal::loop {

struct ReadOptions {
  int64_t most_lines = 20'000;
  uint64_t most_line_bytes = 1 << 20;
};

// Of one file of an hour: its lines from byte `from` to byte `to`.
struct ReadPiece {
  std::string file;  // "2026-11-30T12.jsonl"
  uint64_t from = 0, to = 0;
  std::vector<SpoolLine> lines = {};
  int64_t damaged = 0;  // lines that cannot be read; passed over
};

struct ReadLines {
  std::vector<ReadPiece> pieces;      // by hour
  std::vector<std::string> problems;  // each names file and byte; at most kMostProblems
  bool more = false;                  // there was more than most_lines
};
inline constexpr size_t kMostProblems = 20;

// `read`: bytes of each file that were read before. Half a last line is named and left for the next
// time: somebody may be writing it. Fails where SPOOL/line cannot be listed.
Result<ReadLines> read_spool(const std::filesystem::path& spool,
                             const std::map<std::string, uint64_t>& read,
                             const ReadOptions& options = {});

}  // namespace paucal::loop
