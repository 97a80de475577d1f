#include "pipeline/studies/semi_check.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/error.h"
#include "base/evenly.h"
#include "base/files.h"
#include "base/host/log.h"
#include "judge/classify.h"
#include "pipeline/studies/foreign.h"
#include "pipeline/studies/stream_check.h"
#include "report/curves.h"

namespace paucal::pipeline {
namespace {

constexpr double kConfident = .95;
constexpr double kNormal95 = 1.96;
constexpr size_t kLookedAt = 2000;    // unlabelled images, evenly over them all
constexpr size_t kClassesShown = 20;  // in the text, of what became of them over time

// In keys of the figures of the supervised counterpart.
constexpr const char* kLabelsAlone = "_labels_alone";

const char* key_of_error() {
  return metrics::info_of(&metrics::ImageFigures::error).key;
}
const char* key_of_ece() {
  return metrics::info_of(&metrics::ImageFigures::ece).key;
}

// Share and precision of confident predictions, over all and by class.
Json pseudo_labels(const data::Dataset& dataset, const std::vector<judge::Classified>& images) {
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
  for (const judge::Classified& image : images) {
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

// Rising numbers.
std::vector<int> unlabelled_of(const RunState& run) {
  const data::Dataset& dataset = run.dataset;
  std::vector<int> numbers;
  for (int i = static_cast<int>(dataset.records.size()); i < dataset.count(); ++i)
    numbers.push_back(i);
  for (const int i : dataset.index_sample(kLookedAt))
    if (is_readable(*run.cache, i)) numbers.push_back(i);
  return numbers;
}

std::vector<judge::Classified> those_of(const std::vector<judge::Classified>& images,
                                        const std::vector<int>& rising) {
  std::vector<judge::Classified> found;
  for (const judge::Classified& image : images)
    if (std::ranges::binary_search(rising, image.record)) found.push_back(image);
  return found;
}

// Samples of the unlabelled images: of all, and of those whose label somebody knows.
struct Unlabelled {
  std::vector<judge::Classified> all, audit;
};

// An image of both samples is looked at once.
Unlabelled classify_unlabelled(const RunState& run, const judge::TrainedModel& model) {
  const std::vector<int> numbers = unlabelled_of(run);
  std::vector<int> known;
  for (const int i : numbers)
    if (run.dataset.label(i) >= 0) known.push_back(i);
  const std::vector<int> all = evenly(numbers, kLookedAt), audit = evenly(known, kLookedAt);
  std::vector<int> both;
  std::ranges::set_union(all, audit, std::back_inserter(both));
  const auto images = judge::classify(model, *run.cache, both);
  return {those_of(images, all), those_of(images, audit)};
}

std::string share(const Json& value) {
  return value.is_number() ? fmt::format("{:.1f} %", 100 * value.get<double>()) : "–";
}

std::string plain(const Json& value) {
  return value.is_number() ? fmt::format("{:.2f}", value.get<double>()) : "–";
}

std::string over_time_text(const Json& moments, const Json& classes) {
  if (moments.empty()) return "";
  std::string text =
      "While training (share used, right, classes, calibration error, distance of network and "
      "average):\n";
  for (const Json& moment : moments)
    text += fmt::format(
        "  step {:>8}  {:>7}  {:>7}  {:.1f}  {:>7}  {:>7}\n", moment.value("step", int64_t{0}),
        share(moment.value("pseudo_share", Json())),
        share(moment.value("pseudo_precision", Json())), moment.value("pseudo_classes", 0.),
        share(moment.value("pseudo_ece", Json())), share(moment.value("teacher_gap", Json())));
  if (classes.empty()) return text;
  std::vector<std::string> names;
  for (const auto& [name, row] : classes.items()) names.push_back(name);
  std::ranges::stable_sort(names, {}, [&](const std::string& name) {
    const Json& last = classes.at(name).at("ratio").back();
    return last.is_number() ? last.get<double>() : 1;
  });
  text +=
      "By class, near begin, middle and end (share among pseudo-labels over share among labels: 1 "
      "is alike, 0 is gone; right):\n";
  for (size_t i = 0; i < names.size(); ++i) {
    // The rarest and the most frequent ones.
    if (names.size() > kClassesShown && i == kClassesShown / 2) {
      i = names.size() - kClassesShown / 2;
      text += "  …\n";
    }
    const Json &ratio = classes.at(names[i]).at("ratio"),
               &right = classes.at(names[i]).at("precision");
    text += fmt::format("  {:<20} {:>6} {:>6} {:>6}   {:>7} {:>7} {:>7}\n", names[i],
                        plain(ratio[0]), plain(ratio[1]), plain(ratio[2]), share(right[0]),
                        share(right[1]), share(right[2]));
  }
  return text;
}

std::string foreign_text(const Json& foreign) {
  if (foreign.empty()) return "";
  if (foreign.contains("needed"))
    return fmt::format(
        "Foreign content: {} held-out images are too few to tell, expected at least {}.\n",
        foreign.at("held_out").get<int>(), foreign.at("needed").get<int>());
  std::string text = fmt::format(
      "{} of {} unlabelled images look unlike the labelled ones; {} would where all show the same, "
      "up to {} by chance.\n",
      share(foreign.at("flagged")), foreign.at("images").get<int>(), share(foreign.at("expected")),
      share(foreign.at("by_chance")));
  if (!foreign.at("found").get<bool>()) return text;
  text +=
      "FOREIGN CONTENT is likely; take it out where it should not teach. The most foreign ones "
      "(all in check/foreign.csv):\n";
  for (const std::string path : foreign.at("most")) text += "  " + path + "\n";
  return text;
}

RunState open_run(const std::filesystem::path& folder, const Train& train) {
  RunState run;
  run.train = train;
  run.recipe = recipe_of_run(folder);
  run.folder = folder;
  if (!run.recipe.semi.on() || run.recipe.semi.method == "supervised")
    fail("semi check", "'{}': semi.method={}, expected a run of a semi-supervised method",
         folder.string(), run.recipe.semi.method);
  return run;
}

// The run itself, and the same from its labels alone.
void train_both(RunState& run, RunState& alone) {
  const std::filesystem::path& folder = run.folder;
  run_stages(run, {"train"});
  alone.train = run.train;
  alone.recipe = run.recipe;
  alone.recipe.semi.method = "supervised";
  // As many updates as the run had: epochs of the labelled images are shorter.
  alone.recipe.train.steps = read_json(folder / "train" / "result.json").at("steps").get<int64_t>();
  alone.folder = folder / "check" / "supervised";
  log::info("check: the same from labels alone");
  run_stages(alone, {"train"});
}

std::vector<int> held_out_of(const data::Dataset& dataset) {
  std::vector<int> held_out = dataset.indices(data::Split::kVal);
  std::ranges::copy(dataset.indices(data::Split::kTest), std::back_inserter(held_out));
  if (held_out.size() < 2)
    fail("semi check", "{} held-out images with a label, expected at least 2; raise data.test",
         held_out.size());
  return held_out;
}

Json held_out_json(const data::Dataset& dataset, const std::vector<judge::Classified>& with,
                   const std::vector<judge::Classified>& without) {
  Json json = {{"images", with.size()}};
  json.update(metrics::to_json(judge::figures_of(dataset, with)));
  const Json alone = metrics::to_json(judge::figures_of(dataset, without));
  for (const auto& [key, value] : alone.items()) json[key + kLabelsAlone] = value;
  return json;
}

// Error of the run less that of labels alone, image by image.
Json difference_json(const data::Dataset& dataset, const std::vector<judge::Classified>& with,
                     const std::vector<judge::Classified>& without) {
  double sum = 0, squares = 0;
  for (size_t i = 0; i < with.size(); ++i) {
    const int truth = dataset.label(with[i].record);
    const double more = (with[i].label != truth) - (without[i].label != truth);
    sum += more, squares += more * more;
  }
  const auto count = static_cast<double>(with.size());
  const double mean = sum / count;
  const double error = kNormal95 * std::sqrt((squares / count - mean * mean) / (count - 1));
  return {{"mean", mean}, {"low", mean - error}, {"high", mean + error}};
}

std::string verdict_of(const Json& difference) {
  if (difference.at("high") < 0) return "helped";
  if (difference.at("low") > 0) return "harmed";
  return "no difference seen";
}

}  // namespace

Json check_run(const std::filesystem::path& folder, const Train& train) {
  RunState run = open_run(folder, train);
  if (run.recipe.task == "inspection") return check_stream_run(run, train);
  RunState alone;
  train_both(run, alone);
  const std::vector<int> held_out = held_out_of(run.dataset);
  const judge::TrainedModel model = judge::load_model(folder);
  const auto with = judge::classify(model, *run.cache, held_out);
  const auto without = judge::classify(judge::load_model(alone.folder), *run.cache, held_out);
  const Unlabelled unlabelled = classify_unlabelled(run, model);
  const report::Curves curves = report::read_curves(folder / "train" / "metrics.jsonl");
  const Json difference = difference_json(run.dataset, with, without);
  Json report = {{"method", run.recipe.semi.method},
                 {"labels", run.dataset.indices(data::Split::kTrain).size()},
                 {"unlabelled", run.dataset.unlabelled_count()},
                 {"held_out", held_out_json(run.dataset, with, without)},
                 {"difference", difference},
                 {"verdict", verdict_of(difference)},
                 {"pseudo", {{"held_out", pseudo_labels(run.dataset, with)}}},
                 {"over_time", report::pseudo_over_time(curves)},
                 {"classes_over_time", report::pseudo_by_class(curves)},
                 {"foreign", foreign_content(run.dataset, with, unlabelled.all,
                                             folder / "check" / "foreign.csv")}};
  if (!unlabelled.audit.empty())
    report["pseudo"]["audit"] = pseudo_labels(run.dataset, unlabelled.audit);
  write_json(folder / "check" / "check.json", report);
  return report;
}

std::string check_text(const Json& report) {
  if (report.at("held_out").contains("auroc")) return stream_check_text(report);
  const Json &held_out = report.at("held_out"), &difference = report.at("difference");
  const std::string verdict = report.at("verdict"), alone = kLabelsAlone;
  std::string text = fmt::format(
      "{} with {} labels and {} unlabelled images, on {} held-out images:\n"
      "  calibration error {} (labels alone: {})\n"
      "  error {} (labels alone: {}); difference {:+.1f} points, 95 % interval {:+.1f} to "
      "{:+.1f}\n",
      report.at("method").get<std::string>(), report.at("labels").get<int64_t>(),
      report.at("unlabelled").get<int64_t>(), held_out.at("images").get<int64_t>(),
      share(held_out.at(key_of_ece())), share(held_out.at(key_of_ece() + alone)),
      share(held_out.at(key_of_error())), share(held_out.at(key_of_error() + alone)),
      100 * difference.at("mean").get<double>(), 100 * difference.at("low").get<double>(),
      100 * difference.at("high").get<double>());
  if (verdict == "helped")
    text += "The unlabelled images helped.\n";
  else if (verdict == "harmed")
    text +=
        "The unlabelled images HARMED. A short run may harm before it helps (train.steps); else "
        "use semi.method=supervised for this data, or look for unlabelled images that show none of "
        "the "
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
  text += over_time_text(report.at("over_time"), report.at("classes_over_time"));
  text += foreign_text(report.at("foreign"));
  return text;
}

}  // namespace paucal::pipeline
