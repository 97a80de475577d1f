#include "edge/post/card.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/options_json.h"

namespace paucal::edge {
namespace {

constexpr int kFormat = 1;
constexpr size_t kMaxClasses = 100'000;

Json promise_json(const Promise& p) {
  return {{"ok_images", p.ok_images},
          {"asked", p.asked},
          {"false_alarms", p.false_alarms},
          {"false_alarms_95", p.false_alarms_95}};
}

Json calibration_json(const Calibration& c) {
  Json json = {{"ng_scale", c.ng.a},
               {"ng_offset", c.ng.b},
               {"temperature", c.temperature},
               {"threshold", c.threshold},
               {"heat_low", c.heat_low},
               {"heat_high", c.heat_high},
               {"box_heat", c.box_heat},
               {"box_peak", c.box_peak},
               {"box_join", c.box_join},
               {"box_shrink", c.box_shrink},
               {"threshold_rule", c.threshold_rule},
               {"box_rule", c.box_rule},
               {"warning", c.warning}};
  if (c.promise) json["promise"] = promise_json(*c.promise);
  return json;
}

double number(const Json& json, const char* key, double low, double high) {
  const double value = json.at(key).get<double>();
  if (!(value >= low && value <= high))
    fail("model", "{} = {}, expected {} to {}", key, value, low, high);
  return value;
}

Calibration calibration_from(const Json& json) {
  constexpr double kAny = 1e30;
  Calibration c;
  c.ng.a = number(json, "ng_scale", -kAny, kAny);
  c.ng.b = number(json, "ng_offset", -kAny, kAny);
  c.temperature = number(json, "temperature", 1e-6, 1e6);
  c.threshold = number(json, "threshold", -kAny, kAny);
  c.heat_low = number(json, "heat_low", -kAny, kAny);
  c.heat_high = number(json, "heat_high", -kAny, kAny);
  c.box_heat = number(json, "box_heat", -kAny, kAny);
  // Cards of earlier versions have one threshold, and join nothing.
  if (json.contains("box_join")) c.box_join = number(json, "box_join", 0, 1e6);
  c.box_peak = json.contains("box_peak") ? number(json, "box_peak", -kAny, kAny) : c.box_heat;
  c.box_shrink = number(json, "box_shrink", 0, 1e6);
  c.threshold_rule = json.at("threshold_rule").get<std::string>();
  c.box_rule = json.at("box_rule").get<std::string>();
  c.warning = json.at("warning").get<std::string>();
  if (json.contains("promise")) {
    const Json& promise = json.at("promise");
    c.promise = Promise{static_cast<int64_t>(number(promise, "ok_images", 1, 1e12)),
                        number(promise, "asked", 0, 1), number(promise, "false_alarms", 0, 1),
                        number(promise, "false_alarms_95", 0, 1)};
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
  if (json.contains("max_pixels"))  // cards of earlier versions have the default
    card.max_pixels = static_cast<int64_t>(number(json, "max_pixels", 1, 1e9));
  card.top = number(json, "top", 0, 1);
  // Cards of earlier versions say nothing of it.
  if (json.contains("tells_classes")) card.tells_classes = json.at("tells_classes").get<bool>();
  if (json.contains("upscale"))
    card.upscale = static_cast<int>(number(json, "upscale", 1, ModelCard::kMaxUpscale));
  card.flips = json.at("flips").get<bool>();
  card.min_area = number(json, "min_area", 0, 1e9);
  card.max_boxes = static_cast<int>(number(json, "max_boxes", 0, 1e6));
  card.calibration = calibration_from(json.at("calibration"));
  if (json.contains("detector")) card.detector = detector_from_json(json.at("detector"));
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
  Json json = {{"format", kFormat},
               {"task", name_of(card.task)},
               {"classes", card.classes},
               {"class_is_ok", card.class_is_ok},
               {"input", options_json(card.input)},
               {"max_pixels", card.max_pixels},
               {"top", card.top},
               {"tells_classes", card.tells_classes},
               {"upscale", card.upscale},
               {"flips", card.flips},
               {"min_area", card.min_area},
               {"max_boxes", card.max_boxes},
               {"calibration", calibration_json(card.calibration)}};
  if (card.input.ignored) json["ignore"] = ignored_json(*card.input.ignored);
  if (card.detector) json["detector"] = to_json(*card.detector);
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
