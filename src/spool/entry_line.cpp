#include "spool/entry_line.h"

#include <algorithm>

#include "base/json_text.h"
#include "base/text.h"
#include "spool/image_statistics.h"
#include "spool/times.h"

namespace paucal::spool {
namespace {

constexpr size_t kMostText = 256;  // bytes of what a client says

void add_text(Json& line, const char* key, std::string_view text) {
  if (!text.empty()) line[key] = std::string(cut_text(text, kMostText));
}

double heat_peak(const edge::Map& heat) {
  return heat.values.empty() ? 0 : *std::ranges::max_element(heat.values);
}

}  // namespace

std::string entry_line(const SpoolEntry& entry, Time at, const Draw& draw) {
  Json line = {{"at", time_text(at)}};
  add_text(line, "request_key", entry.request_key);
  add_text(line, "part", entry.part);
  add_text(line, "station", entry.station);
  add_text(line, "captured_at", entry.captured_at);
  add_text(line, "model", entry.model);
  line["version"] = entry.version;
  add_text(line, "sha256", entry.model_sha256);
  line.update(edge::to_json(*entry.card, *entry.prediction));
  line["logit"] = entry.prediction->score;
  line["heat_peak"] = heat_peak(entry.prediction->heat);
  if (entry.pixels) {
    const ImageStatistics statistics = image_statistics(*entry.pixels);
    line["mean"] = statistics.mean;
    line["spread"] = statistics.spread;
    line["sharpness"] = statistics.sharpness;
  }
  line["ms"] = entry.ms;
  add_text(line, "image_hash", draw.hash);
  line["stratum"] = name_of(draw.stratum);
  line["pi"] = draw.probability;
  add_text(line, "kept", draw.kept);
  add_text(line, "dropped", draw.dropped);
  return dump_json(line) + "\n";
}

}  // namespace paucal::spool
