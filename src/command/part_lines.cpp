#include "command/part_lines.h"

#include "base/error.h"
#include "base/part_name.h"

namespace paucal::command {

void PartLines::add(const Json& line) {
  const auto path = line.at("path").get<std::string>();
  const std::string name(part_name(path));
  const auto [place, is_new] = places_.try_emplace(name, parts_.size());
  if (is_new) parts_.push_back({.name = name, .verdict = {}, .worst = {}});
  Part& part = parts_[place->second];
  ++part.views;
  if (!line.contains("verdict")) {
    ++part.failed;
    return;
  }
  const auto probability = line.at("probability_ng").get<double>();
  if (probability <= part.probability) return;
  part.probability = probability;
  part.verdict = line.at("verdict").get<std::string>();
  part.worst = path;
}

std::vector<Json> PartLines::lines() const {
  std::vector<Json> lines;
  for (const Part& part : parts_) {
    Json& line = lines.emplace_back(Json{{"part", part.name}});
    if (part.failed == 0 || part.verdict == "NG")
      line["verdict"] = part.verdict;
    else
      line["error"] = fmt::format("{} of {} views have no verdict", part.failed, part.views);
    if (!part.worst.empty()) {
      line["probability_ng"] = part.probability;
      line["worst"] = part.worst;
    }
    line["views"] = part.views;
  }
  return lines;
}

}  // namespace paucal::command
