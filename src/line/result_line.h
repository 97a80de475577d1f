#pragma once
// One line of results.jsonl: what was found of a part. Also what MQTT and webhooks carry.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "line/stamp.h"

namespace paucal::line {

struct ResultLine {
  uint32_t part = 0;
  std::string path;                      // below --in, with '/'
  std::string station;                   // its first folder; "" without one
  std::string verdict;                   // OK or NG
  std::optional<double> probability_ng;  // none where nothing was predicted
  std::string model;
  int version = 0;
  double ms = 0;   // from the moment that the file counted to the verdict
  std::string at;  // UTC: 2026-11-30T12:00:00.123Z
  std::string reason = {}, error = {};
  std::optional<int> recipe = {};
  Json boxes = {};                 // as `paucal-edge predict` prints them, in original pixels
  std::optional<Stamp> file = {};  // of the file that was judged
};

// With a newline behind it.
std::string to_text(const ResultLine& line);
Result<ResultLine> parse_result_line(std::string_view text);

std::string utc_now();

}  // namespace paucal::line
