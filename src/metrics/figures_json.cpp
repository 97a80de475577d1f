// Figures ↔ eval.json.

#include <cmath>

#include "base/error.h"
#include "metrics/figures.h"

namespace paucal::metrics {
namespace {

Json number_json(const FigureInfo& figure, double value) {
  if (!std::isfinite(value)) return Json();
  if (figure.unit == Unit::kCount) return static_cast<int64_t>(std::llround(value));
  return value;
}

std::string interval_key(const FigureInfo& figure) {
  return std::string(figure.key) + "_interval";
}

template <class Section>
Json section_json(const Section& section) {
  Json json = Json::object();
  for (const FigureOf<Section>& figure : Section::table()) {
    if (const Number value = section.*figure.value) json[figure.key] = number_json(figure, *value);
    if (figure.interval == nullptr || !(section.*figure.interval)) continue;
    const quality::Interval& interval = *(section.*figure.interval);
    json[interval_key(figure)] = {interval.low, interval.high};
  }
  return json;
}

double number_of(const Json& json) {
  return json.is_null() ? NAN : json.get<double>();
}

template <class Section>
Section section_from(const Json& json) {
  Section section;
  for (const FigureOf<Section>& figure : Section::table()) {
    if (const auto at = json.find(figure.key); at != json.end())
      section.*figure.value = number_of(*at);
    if (figure.interval == nullptr) continue;
    if (const auto at = json.find(interval_key(figure)); at != json.end())
      section.*figure.interval = quality::Interval{number_of(at->at(0)), number_of(at->at(1))};
  }
  return section;
}

ImageFigures image_from(const Json& json) {
  auto figures = section_from<ImageFigures>(json);
  figures.threshold_rule = json.value("threshold_rule", "");
  return figures;
}

LocalisationFigures localisation_from(const Json& json) {
  auto figures = section_from<LocalisationFigures>(json);
  if (const auto at = json.find("max_box_acc_v2_details"); at != json.end())
    figures.max_box_acc_v2_details = MaxBoxAcc::Result::from_json(*at);
  if (const auto at = json.find("pixels"); at != json.end()) {
    figures.pixels = section_from<PixelFigures>(*at);
    for (const auto& [name, one] : at->at("classes").items())
      figures.pixels_by_class[name] = section_from<PixelFigures>(one);
  }
  figures.box_rule = json.value("box_rule", "");
  figures.edge_errors = json.value("edge_errors", std::vector<double>());
  return figures;
}

}  // namespace

Json to_json(const ImageFigures& figures) {
  Json json = section_json(figures);
  if (!figures.threshold_rule.empty()) json["threshold_rule"] = figures.threshold_rule;
  return json;
}

Json to_json(const LocalisationFigures& figures) {
  Json json = section_json(figures);
  if (figures.max_box_acc_v2_details)
    json["max_box_acc_v2_details"] = figures.max_box_acc_v2_details->to_json();
  if (figures.pixels) {
    Json& pixels = json["pixels"] = section_json(*figures.pixels);
    pixels["classes"] = Json::object();
    for (const auto& [name, one] : figures.pixels_by_class)
      pixels["classes"][name] = section_json(one);
  }
  json["box_rule"] = figures.box_rule;
  json["edge_errors"] = figures.edge_errors;
  return json;
}

Json to_json(const ClassFigures& figures) {
  return section_json(figures);
}

Json to_json(const ConfusionFigures& figures) {
  return {{"truth", figures.truth}, {"called", figures.called}, {"counts", figures.counts}};
}

Json to_json(const Figures& figures) {
  Json json = {{"image", to_json(figures.image)}};
  if (figures.part) json["part"] = to_json(*figures.part);
  if (figures.localisation) json["localisation"] = to_json(*figures.localisation);
  Json& classes = json["by_class"] = Json::object();
  for (const auto& [name, one] : figures.by_class) classes[name] = to_json(one);
  json["confusion"] = to_json(figures.confusion);
  return json;
}

Figures figures_from_json(const Json& json) {
  try {
    Figures figures;
    figures.image = image_from(json.at("image"));
    if (const auto at = json.find("part"); at != json.end()) figures.part = image_from(*at);
    if (const auto at = json.find("localisation"); at != json.end())
      figures.localisation = localisation_from(*at);
    for (const auto& [name, one] : json.at("by_class").items())
      figures.by_class.emplace_back(name, section_from<ClassFigures>(one));
    const Json& confusion = json.at("confusion");
    figures.confusion = {confusion.at("truth").get<std::vector<std::string>>(),
                         confusion.at("called").get<std::vector<std::string>>(),
                         confusion.at("counts").get<std::vector<std::vector<int64_t>>>()};
    return figures;
  } catch (const Json::exception& error) {
    fail("eval", "figures that are not those of an evaluation: {}", error.what());
  }
}

Json picked_json(const Figures& figures, std::span<const Picked> picked) {
  Json json = Json::object();
  for (const Picked& one : picked)
    if (const Number value = one.of(figures))
      json[one.info().key] = number_json(one.info(), *value);
  return json;
}

}  // namespace paucal::metrics
