#pragma once
// A line of a spool, as spool/entry_line.h writes it, read as a stranger's: every field may be
// missing or of another type, and a name may lead anywhere.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace paucal::loop {

// What is watched without a label, in the order of SpoolLine::features.
inline constexpr std::array<const char*, 5> kFeatures = {"logit", "heat_peak", "mean", "spread",
                                                         "sharpness"};
// Of the model, so that another model has others; the rest is of the image.
inline constexpr size_t kScoreFeatures = 2;
using Features = std::array<double, kFeatures.size()>;  // NaN: the line does not say

struct SpoolLine {
  int64_t at = 0;  // µs since 1970, UTC
  std::string part, station, model, model_sha256;
  int version = 0;
  bool ng = false;
  double probability = 0;  // of NG
  Features features{};
  std::string hash, stratum;  // ng, doubtful, ok
  double pi = 0;              // probability with which the image was kept; 0: could not be
  std::string kept;           // below incoming/; empty: not kept
  bool dropped = false;       // drawn, and not kept in spite of it
  int64_t lines_lost = 0;     // before this one
  Json json;                  // the whole line
};

// Fails without at, verdict, probability_ng, stratum or pi as they must be.
Result<SpoolLine> parse_spool_line(std::string_view text, std::string_view origin);

// "ng-0123456789abcdef0123456789abcdef.jpg": a name that kept_name() can make.
bool is_kept_name(std::string_view name);

// Its 32 hexadecimal digits.
std::string kept_hash(std::string_view name);

// µs since 1970 of "2026-11-30T12:34:56.789Z"; a Failure where it is no such time.
Result<int64_t> parse_time(std::string_view text);

}  // namespace paucal::loop
