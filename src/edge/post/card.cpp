#include "edge/post/card.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/options_json.h"

namespace paucal::edge {
namespace {

constexpr int kFormat = 1;
constexpr size_t kMaxClasses = 100'000;

// A number of a part of the card: its key, its bounds, and where it is kept.
template <class T>
struct Number {
  const char* key;
  double T::*value;
  double low, high;
};

constexpr double kAny = 1e30;

constexpr Number<Calibration> kNumbers[] = {{"temperature", &Calibration::temperature, 1e-6, 1e6},
                                            {"threshold", &Calibration::threshold, -kAny, kAny},
                                            {"heat_low", &Calibration::heat_low, -kAny, kAny},
                                            {"heat_high", &Calibration::heat_high, -kAny, kAny},
                                            {"box_heat", &Calibration::box_heat, -kAny, kAny},
                                            {"box_peak", &Calibration::box_peak, -kAny, kAny},
                                            {"box_join", &Calibration::box_join, 0, 1e6},
                                            {"box_shrink", &Calibration::box_shrink, 0, 1e6}};
constexpr Number<Promise> kPromise[] = {{"asked", &Promise::asked, 0, 1},
                                        {"false_alarms", &Promise::false_alarms, 0, 1},
                                        {"false_alarms_95", &Promise::false_alarms_95, 0, 1}};
constexpr Number<CoarseLook> kCoarse[] = {{"bound", &CoarseLook::bound, -kAny, kAny},
                                          {"seen_ok", &CoarseLook::seen_ok, 0, 1},
                                          {"seen_ng", &CoarseLook::seen_ng, 0, 1}};

template <class T, size_t N>
void write_numbers(Json& json, const T& part, const Number<T> (&numbers)[N]) {
  for (const Number<T>& number : numbers) json[number.key] = part.*number.value;
}

double number(const Json& json, const char* key, double low, double high) {
  const double value = json.at(key).get<double>();
  if (!(value >= low && value <= high))
    fail("model", "{} = {}, expected {} to {}", key, value, low, high);
  return value;
}

int64_t whole(const Json& json, const char* key, double low, double high) {
  return static_cast<int64_t>(number(json, key, low, high));
}

template <class T, size_t N>
void read_numbers(const Json& json, T& part, const Number<T> (&numbers)[N]) {
  for (const Number<T>& each : numbers)
    part.*each.value = number(json, each.key, each.low, each.high);
}

Json calibration_json(const Calibration& c) {
  Json json;
  json["ng_scale"] = c.ng.a;
  json["ng_offset"] = c.ng.b;
  write_numbers(json, c, kNumbers);
  json["threshold_rule"] = c.threshold_rule;
  json["box_rule"] = c.box_rule;
  json["warning"] = c.warning;
  if (!c.promise) return json;
  Json& promise = json["promise"];
  promise["ok_images"] = c.promise->ok_images;
  write_numbers(promise, *c.promise, kPromise);
  return json;
}

Json coarse_json(const CoarseLook& coarse) {
  Json json;
  json["shrink"] = coarse.shrink;
  json["images"] = coarse.images;
  json["ng_images"] = coarse.ng_images;
  write_numbers(json, coarse, kCoarse);
  return json;
}

CoarseLook coarse_from(const Json& json) {
  CoarseLook coarse;
  coarse.shrink = static_cast<int>(whole(json, "shrink", 1, CoarseLook::kMaxShrink));
  coarse.images = whole(json, "images", 0, 1e12);
  coarse.ng_images = whole(json, "ng_images", 0, 1e12);
  read_numbers(json, coarse, kCoarse);
  return coarse;
}

Calibration calibration_from(Json json) {
  Calibration c;
  c.ng.a = number(json, "ng_scale", -kAny, kAny);
  c.ng.b = number(json, "ng_offset", -kAny, kAny);
  // Cards of earlier versions have one threshold, and join nothing.
  if (!json.contains("box_join")) json["box_join"] = 0;
  if (!json.contains("box_peak")) json["box_peak"] = json.at("box_heat");
  read_numbers(json, c, kNumbers);
  c.threshold_rule = json.at("threshold_rule").get<std::string>();
  c.box_rule = json.at("box_rule").get<std::string>();
  c.warning = json.at("warning").get<std::string>();
  if (json.contains("promise")) {
    const Json& promise = json.at("promise");
    c.promise.emplace().ok_images = whole(promise, "ok_images", 1, 1e12);
    read_numbers(promise, *c.promise, kPromise);
  }
  return c;
}

// The lengths of its runs.
Json ignored_json(const IgnoreMask& mask) {
  Json runs = Json::array();
  int64_t begin = 0;
  for (const int64_t end : mask.ends) {
    runs.push_back(end - begin);
    begin = end;
  }
  return {{"width", mask.width}, {"height", mask.height}, {"runs", std::move(runs)}};
}

std::shared_ptr<const IgnoreMask> ignored_from(const Json& json) {
  constexpr int kMostSide = 65535;
  IgnoreMask mask;
  mask.width = static_cast<int>(number(json, "width", 1, kMostSide));
  mask.height = static_cast<int>(number(json, "height", 1, kMostSide));
  const Json& runs = json.at("runs");
  if (!runs.is_array() || runs.size() > IgnoreMask::kMaxRuns)
    fail("model", "ignore: {} runs, expected a list of at most {}", runs.size(),
         IgnoreMask::kMaxRuns);
  int64_t end = 0;
  for (const Json& run : runs) {
    const auto length = run.get<int64_t>();
    const int64_t left = int64_t{mask.width} * mask.height - end;
    if (length < 0 || length > left)
      fail("model", "ignore: a run of {} pixels, expected 0 to {}", length, left);
    mask.ends.push_back(end += length);
  }
  return std::make_shared<const IgnoreMask>(std::move(mask));
}

Json alignment_json(const Alignment& alignment) {
  Json json = {{"by", kAlignNames[static_cast<size_t>(alignment.by)]},
               {"width", alignment.width},
               {"height", alignment.height},
               {"bright", alignment.bright}};
  if (alignment.by != Align::kTemplate) return json;
  json["radius"] = alignment.radius;
  json["polar"] = alignment.polar;
  return json;
}

std::shared_ptr<const Alignment> alignment_from(const Json& json) {
  Alignment alignment;
  const auto by = json.at("by").get<std::string>();
  if (by != "pca" && by != "template") fail("model", "align: '{}', expected pca or template", by);
  alignment.by = by == "pca" ? Align::kPca : Align::kTemplate;
  alignment.width = static_cast<int>(whole(json, "width", 1, Alignment::kMostSide));
  alignment.height = static_cast<int>(whole(json, "height", 1, Alignment::kMostSide));
  alignment.bright = json.at("bright").get<bool>();
  if (by == "template") {
    alignment.radius = number(json, "radius", 1e-3, 1e6);
    const Json& polar = json.at("polar");
    constexpr size_t kPolar = size_t{Alignment::kRings} * Alignment::kAngles;
    if (!polar.is_array() || polar.size() != kPolar)
      fail("model", "align: a template of {} values, expected a list of {}", polar.size(), kPolar);
    for (const Json& value : polar)
      alignment.polar.push_back(
          static_cast<int8_t>(std::clamp<int64_t>(value.get<int64_t>(), -127, 127)));
  }
  return std::make_shared<const Alignment>(std::move(alignment));
}

ModelCard parse(const Json& json) {
  if (!json.is_object() || !json.contains("format"))
    fail("model", "the card has no 'format', expected one of 'paucal export'");
  if (json.at("format") != kFormat)
    fail("model", "format {}, expected {}", json.at("format").dump(), kFormat);
  ModelCard card;
  const auto task = json.at("task").get<std::string>();
  if (task != name_of(Task::kInspection) && task != name_of(Task::kClassification))
    fail("model", "task '{}', expected inspection or classification", task);
  card.task = task == name_of(Task::kInspection) ? Task::kInspection : Task::kClassification;
  card.classes = json.at("classes").get<std::vector<std::string>>();
  card.class_is_ok = json.at("class_is_ok").get<std::vector<bool>>();
  options_of(card.input).load_json(json.at("input"));
  if (json.contains("ignore")) card.input.ignored = ignored_from(json.at("ignore"));
  if (json.contains("align")) card.input.alignment = alignment_from(json.at("align"));
  if (json.contains("max_pixels"))  // cards of earlier versions have the default
    card.max_pixels = whole(json, "max_pixels", 1, 1e9);
  card.top = number(json, "top", 0, 1);
  // Cards of earlier versions say nothing of it.
  if (json.contains("tells_classes")) card.tells_classes = json.at("tells_classes").get<bool>();
  if (json.contains("upscale"))
    card.upscale = static_cast<int>(whole(json, "upscale", 1, ModelCard::kMaxUpscale));
  card.flips = json.at("flips").get<bool>();
  card.min_area = number(json, "min_area", 0, 1e9);
  card.max_boxes = static_cast<int>(whole(json, "max_boxes", 0, 1e6));
  card.calibration = calibration_from(json.at("calibration"));
  if (json.contains("detector")) card.detector = detector_from_json(json.at("detector"));
  if (json.contains("coarse")) card.coarse = coarse_from(json.at("coarse"));
  if (card.classes.empty() || card.classes.size() > kMaxClasses ||
      card.class_is_ok.size() != card.classes.size())
    fail("model", "{} classes and {} OK marks, expected as many of each, 1 to {}",
         card.classes.size(), card.class_is_ok.size(), kMaxClasses);
  if (const auto wrong = check(card.input)) fail(wrong->place, "{}", wrong->message);
  return card;
}

}  // namespace

const char* name_of(Task task) {
  return task == Task::kInspection ? "inspection" : "classification";
}

double PlattScale::operator()(double score) const {
  const double x = a * score + b;
  return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
}

void Calibration::add_warning(const std::string& sentence) {
  warning += (warning.empty() ? "" : "; ") + sentence;
}

int ModelCard::channels() const {
  if (task == Task::kClassification) return static_cast<int>(classes.size());
  const auto defects = std::ranges::count(class_is_ok, false);
  if (!tells_classes) return 1;
  return defects > 1 ? 1 + static_cast<int>(defects) : 1;
}

int64_t ModelCard::channel_of(int label) const {
  if (task == Task::kClassification) return label;
  if (channels() == 1 || class_is_ok[static_cast<size_t>(label)]) return -1;
  return 1 + std::count(class_is_ok.begin(), class_is_ok.begin() + label, false);
}

size_t ModelCard::heat_channel(int label) const {
  return task == Task::kInspection ? 0 : static_cast<size_t>(label);
}

int ModelCard::box_classes() const {
  return task == Task::kInspection ? 1 : static_cast<int>(classes.size());
}

Json to_json(const ModelCard& card) {
  Json json;
  json["format"] = kFormat;
  json["task"] = name_of(card.task);
  json["classes"] = card.classes;
  json["class_is_ok"] = card.class_is_ok;
  json["input"] = options_json(card.input);
  json["max_pixels"] = card.max_pixels;
  json["top"] = card.top;
  json["tells_classes"] = card.tells_classes;
  json["upscale"] = card.upscale;
  json["flips"] = card.flips;
  json["min_area"] = card.min_area;
  json["max_boxes"] = card.max_boxes;
  json["calibration"] = calibration_json(card.calibration);
  if (card.input.ignored) json["ignore"] = ignored_json(*card.input.ignored);
  if (card.input.alignment) json["align"] = alignment_json(*card.input.alignment);
  if (card.detector) json["detector"] = to_json(*card.detector);
  if (card.coarse) json["coarse"] = coarse_json(*card.coarse);
  return json;
}

Result<ModelCard> card_from_json(const Json& json) {
  try {
    return parse(json);
  } catch (const Json::exception& error) {
    return failure("model", "card: {}", error.what());
  } catch (const Error& error) {
    return Failure{error.place(), error.message()};
  }
}

}  // namespace paucal::edge
