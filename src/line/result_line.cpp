#include "line/result_line.h"

#include <ctime>

#include "base/error.h"
#include "base/json_text.h"

namespace paucal::line {

std::string to_text(const ResultLine& line) {
  Json json = {{"part", line.part}, {"path", line.path}};
  if (!line.station.empty()) json["station"] = line.station;
  json["verdict"] = line.verdict;
  json["probability_ng"] = line.probability_ng ? Json(*line.probability_ng) : Json();
  if (!line.reason.empty()) json["reason"] = line.reason;
  if (!line.error.empty()) json["error"] = line.error;
  json["model"] = line.model;
  json["version"] = line.version;
  if (line.recipe) json["recipe"] = *line.recipe;
  json["ms"] = line.ms;
  json["at"] = line.at;
  if (line.boxes.is_array()) json["boxes"] = line.boxes;
  if (line.file) {
    json["bytes"] = line.file->bytes;
    json["modified_ns"] = line.file->modified_ns;
  }
  return dump_json(json) + "\n";
}

Result<ResultLine> parse_result_line(std::string_view text) {
  auto json = parse_json(text, "results");
  if (!json.ok()) return json.failure();
  ResultLine line;
  try {
    line.part = json->at("part").get<uint32_t>();
    line.path = json->at("path").get<std::string>();
    line.verdict = json->at("verdict").get<std::string>();
    line.station = json->value("station", "");
    if (const auto found = json->find("probability_ng"); found != json->end() && found->is_number())
      line.probability_ng = found->get<double>();
    line.reason = json->value("reason", "");
    line.error = json->value("error", "");
    line.model = json->value("model", "");
    line.version = json->value("version", 0);
    line.ms = json->value("ms", 0.);
    line.at = json->value("at", "");
    if (json->contains("recipe")) line.recipe = json->at("recipe").get<int>();
    line.boxes = json->value("boxes", Json());
    if (json->contains("bytes") && json->contains("modified_ns"))
      line.file = Stamp{json->at("bytes").get<uint64_t>(), json->at("modified_ns").get<int64_t>()};
  } catch (const Json::exception& error) {
    return failure("results", "{}", error.what());
  }
  return line;
}

std::string utc_now() {
  std::timespec now{};
  std::timespec_get(&now, TIME_UTC);
  std::tm parts{};
  ::gmtime_r(&now.tv_sec, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     now.tv_nsec / 1'000'000);
}

}  // namespace paucal::line
