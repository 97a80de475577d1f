#pragma once
// For tests: a results file that grows, as a line writes it.

#include <fstream>

#include "command/test_program.h"
#include "line/outbox.h"

namespace paucal::line {

class GrowingResults {
 public:
  GrowingResults() { std::ofstream(path()).flush(); }
  std::filesystem::path path() const { return folder_ / "results.jsonl"; }
  std::filesystem::path folder() const { return folder_ / ""; }
  Outbox outbox(const std::string& name) const {
    return value_or_throw(Outbox::open(path(), name, 1'000'000));
  }
  static std::string text(uint32_t part) {
    return "{\"part\":" + std::to_string(part) + ",\"path\":\"a.jpg\"}";
  }
  void add(uint32_t part) const { std::ofstream(path(), std::ios::app) << text(part) + "\n"; }

 private:
  command::TestFolder folder_;
};

}  // namespace paucal::line
