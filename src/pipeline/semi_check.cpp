#include "pipeline/semi_check.h"

#include <cmath>
#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "pipeline/classify.h"
#include "pipeline/run.h"

namespace paucal::pipeline {
namespace {

constexpr double kConfident = .95;
constexpr double kNormal95 = 1.96;
constexpr size_t kAudited = 2000;  // unlabelled images that are looked at
constexpr size_t kMoments = 10;    // of the run

std::vector<Classified> classified(const RunState& run, const std::vector<int>& records) {
  return classify(load_model(run.folder), *run.cache, records);
}

// Share and precision of confident predictions, over all and by class.
Json pseudo_labels(const data::Dataset& dataset, const std::vector<Classified>& images) {
  struct Tally {
    int64_t images = 0, confident = 0, right = 0;
    Json json() const {
      return {
          {"images", images},
          {"share", images ? static_cast<double>(confident) / static_cast<double>(images) : 0},
          {"precision",
           confident ? Json(static_cast<double>(right) / static_cast<double>(confident)) : Json()}};
    }
  };
  Tally all;
  std::vector<Tally> of_class(dataset.classes.size());
  for (const Classified& image : images) {
    const int truth = dataset.label(image.record);
    for (Tally* tally : {&all, &of_class[static_cast<size_t>(truth)]}) {
      ++tally->images;
      if (image.confidence < kConfident) continue;
      ++tally->confident;
      tally->right += image.label == truth;
    }
  }
  Json json = all.json();
  for (size_t c = 0; c < of_class.size(); ++c)
    json["by_class"][dataset.classes[c]] = of_class[c].json();
  return json;
}

bool is_readable(data::ImageCache& cache, int number) {
  try {
    return cache.get(number) != nullptr;
  } catch (const Error&) {
    return false;  // training has passed over it
  }
}

// Unlabelled images whose label somebody knows, evenly over them all.
std::vector<int> audit_of(const data::Dataset& dataset, data::ImageCache& cache) {
  std::vector<int> known;
  for (int i = static_cast<int>(dataset.records.size()); i < dataset.count(); ++i)
    if (dataset.at(i).label >= 0) known.push_back(i);
  for (const int i : dataset.index_sample(kAudited))
    if (dataset.label(i) >= 0 && is_readable(cache, i)) known.push_back(i);
  if (known.size() <= kAudited) return known;
  std::vector<int> thinned;
  for (size_t i = 0; i < kAudited; ++i) thinned.push_back(known[i * known.size() / kAudited]);
  return thinned;
}

// Means over ten equal stretches of the run.
Json over_time(const std::filesystem::path& metrics) {
  std::vector<Json> lines;
  std::ifstream file(metrics);
  for (std::string text; std::getline(file, text);)
    if (Json line = Json::parse(text, nullptr, false);
        line.is_object() && line.contains("pseudo_share"))
      lines.push_back(std::move(line));
  Json moments = Json::array();
  for (size_t m = 0; m < std::min(kMoments, lines.size()); ++m) {
    const size_t first = m * lines.size() / kMoments, end = (m + 1) * lines.size() / kMoments;
    Json moment = Json::object();
    for (const char* key : {"pseudo_share", "pseudo_precision", "pseudo_classes"}) {
      double sum = 0;
      int count = 0;
      for (size_t i = first; i < end; ++i)
        if (lines[i].contains(key) && lines[i][key].is_number())
          sum += lines[i][key].get<double>(), ++count;
      if (count > 0) moment[key] = sum / count;
    }
    if (end > first) moment["step"] = lines[end - 1].at("step");
    moments.push_back(std::move(moment));
  }
  return moments;
}

std::string share(const Json& value) {
  return value.is_number() ? fmt::format("{:.1f} %", 100 * value.get<double>()) : "–";
}

}  // namespace

Json check_run(const std::filesystem::path& folder) {
  RunState run;
  run.recipe = recipe_of_run(folder);
  run.folder = folder;
  if (!run.recipe.semi.on() || run.recipe.semi.method == "supervised")
    fail("semi check", "'{}': semi.method={}, expected a run of a semi-supervised method",
         folder.string(), run.recipe.semi.method);
  run_stages(run, "train");
  RunState alone;
  alone.recipe = run.recipe;
  alone.recipe.semi.method = "supervised";
  // As many updates as the run had: epochs of the labelled images are shorter.
  alone.recipe.train.steps = read_json(folder / "train" / "result.json").at("steps").get<int64_t>();
  alone.folder = folder / "check" / "supervised";
  log::info("check: the same from labels alone");
  run_stages(alone, "train");

  std::vector<int> held_out = run.dataset.indices(data::Split::kVal);
  std::ranges::copy(run.dataset.indices(data::Split::kTest), std::back_inserter(held_out));
  if (held_out.size() < 2)
    fail("semi check", "{} held-out images with a label, expected at least 2; raise data.test",
         held_out.size());
  const auto with = classified(run, held_out), without = classified(alone, held_out);
  double wrong_with = 0, wrong_without = 0, sum = 0, squares = 0;
  for (size_t i = 0; i < held_out.size(); ++i) {
    const int truth = run.dataset.at(held_out[i]).label;
    const double a = with[i].label != truth, b = without[i].label != truth;
    wrong_with += a, wrong_without += b;
    sum += a - b, squares += (a - b) * (a - b);
  }
  const auto count = static_cast<double>(held_out.size());
  const double difference = sum / count;
  const double error =
      kNormal95 * std::sqrt((squares / count - difference * difference) / (count - 1));
  Json report = {
      {"method", run.recipe.semi.method},
      {"labels", run.dataset.indices(data::Split::kTrain).size()},
      {"unlabelled", run.dataset.unlabelled_count()},
      {"held_out",
       {{"images", held_out.size()},
        {"error", wrong_with / count},
        {"error_labels_alone", wrong_without / count}}},
      {"difference",
       {{"mean", difference}, {"low", difference - error}, {"high", difference + error}}},
      {"verdict", difference + error < 0   ? "helped"
                  : difference - error > 0 ? "harmed"
                                           : "no difference seen"},
      {"pseudo", {{"held_out", pseudo_labels(run.dataset, with)}}},
      {"over_time", over_time(folder / "train" / "metrics.jsonl")}};
  if (const auto audit = audit_of(run.dataset, *run.cache); !audit.empty())
    report["pseudo"]["audit"] = pseudo_labels(run.dataset, classified(run, audit));
  write_json(folder / "check" / "check.json", report);
  return report;
}

std::string check_text(const Json& report) {
  const Json &held_out = report.at("held_out"), &difference = report.at("difference");
  const std::string verdict = report.at("verdict");
  std::string text = fmt::format(
      "{} with {} labels and {} unlabelled images, on {} held-out images:\n"
      "  error {} (labels alone: {}); difference {:+.1f} points, 95 % interval {:+.1f} to "
      "{:+.1f}\n",
      report.at("method").get<std::string>(), report.at("labels").get<int64_t>(),
      report.at("unlabelled").get<int64_t>(), held_out.at("images").get<int64_t>(),
      share(held_out.at("error")), share(held_out.at("error_labels_alone")),
      100 * difference.at("mean").get<double>(), 100 * difference.at("low").get<double>(),
      100 * difference.at("high").get<double>());
  if (verdict == "helped")
    text += "The unlabelled images helped.\n";
  else if (verdict == "harmed")
    text +=
        "The unlabelled images HARMED. A short run may harm before it helps (train.steps); else "
        "use "
        "semi.method=supervised for this data, or look for unlabelled images that show none of the "
        "classes.\n";
  else
    text += "No difference seen: more held-out images, or more steps, may show one.\n";
  for (const auto& [name, where] : report.at("pseudo").items()) {
    text += fmt::format("Predicted labels with confidence ≥ {} ({}): share {}, right {}\n",
                        kConfident, name == "audit" ? "audit" : "held out",
                        share(where.at("share")), share(where.at("precision")));
    for (const auto& [label, figures] : where.at("by_class").items())
      text += fmt::format("  {:<20} share {:>7}  right {:>7}\n", label, share(figures.at("share")),
                          share(figures.at("precision")));
  }
  if (!report.at("over_time").empty()) text += "While training (share used, right, classes):\n";
  for (const Json& moment : report.at("over_time"))
    text += fmt::format("  step {:>8}  {:>7}  {:>7}  {:.1f}\n", moment.value("step", int64_t{0}),
                        share(moment.value("pseudo_share", Json())),
                        share(moment.value("pseudo_precision", Json())),
                        moment.value("pseudo_classes", 0.));
  return text;
}

}  // namespace paucal::pipeline
