#include "pipeline/studies/stream_check.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "base/random.h"
#include "metrics/metrics.h"
#include "pipeline/raw.h"
#include "pipeline/start.h"
#include "report/curves.h"

namespace paucal::pipeline {
namespace {

constexpr int kDraws = 2000;
constexpr double kBelow = .025;  // of the draws, on each side of the interval

std::vector<double> scores_of(const RunState& run, const std::vector<int>& records) {
  const judge::RawStore raw = stored_raw(run.folder, run.dataset, judge::load_card(run.folder));
  std::vector<double> scores;
  for (const int record : records) scores.push_back(raw.at(record).scores[0]);
  return scores;
}

RunState from_labels_alone(const RunState& run, const Train& train) {
  RunState alone;
  alone.train = train;
  alone.recipe = run.recipe;
  alone.recipe.semi.method = "none";
  alone.recipe.data.unlabelled.clear();
  alone.recipe.one_class.method = start_of(run.recipe, run.dataset).method;
  // As many updates as the run had: epochs of the labelled images are shorter.
  alone.recipe.train.steps =
      read_json(run.folder / "train" / "result.json").at("steps").get<int64_t>();
  alone.folder = run.folder / "check" / "supervised";
  log::info("check: the same from labels alone");
  run_stages(alone, {"predict"});
  return alone;
}

// Held-out images and what is true of them.
struct HeldOut {
  std::vector<int> records;
  std::vector<uint8_t> ng;
  std::vector<std::vector<size_t>> groups;  // places in `records`
};

HeldOut held_out_of(const data::Dataset& dataset) {
  HeldOut held;
  for (const data::Split split : {data::Split::kVal, data::Split::kTest})
    std::ranges::copy(dataset.indices(split), std::back_inserter(held.records));
  std::map<std::string, std::vector<size_t>> groups;
  for (size_t i = 0; i < held.records.size(); ++i) {
    const data::Record& record = dataset.at(held.records[i]);
    held.ng.push_back(!dataset.is_ok(record));
    groups[record.group.empty() ? "file " + record.path : "group " + record.group].push_back(i);
  }
  for (auto& [name, places] : groups) held.groups.push_back(std::move(places));
  const auto ng = std::ranges::count(held.ng, 1);
  if (ng == 0 || ng == std::ssize(held.ng))
    fail("semi check",
         "{} held-out images, {} of them NG, expected some of both kinds; raise data.test",
         held.records.size(), ng);
  return held;
}

// AUROC of `with` less that of `without`.
Json difference_of(const HeldOut& held, const std::vector<double>& with,
                   const std::vector<double>& without) {
  std::vector<double> differences;
  Random random(0x64726177);  // "draw"
  for (int draw = 0; draw < kDraws; ++draw) {
    std::vector<double> a, b;
    std::vector<uint8_t> ng;
    for (size_t i = 0; i < held.groups.size(); ++i)
      for (const size_t place :
           held.groups[static_cast<size_t>(random.below(std::ssize(held.groups)))]) {
        a.push_back(with[place]);
        b.push_back(without[place]);
        ng.push_back(held.ng[place]);
      }
    const auto positive = std::ranges::count(ng, 1);
    if (positive > 0 && positive < std::ssize(ng))
      differences.push_back(metrics::auroc(a, ng) - metrics::auroc(b, ng));
  }
  std::ranges::sort(differences);
  const auto at = [&](double share) {
    return differences[static_cast<size_t>(share * static_cast<double>(differences.size() - 1))];
  };
  return {{"mean", metrics::auroc(with, held.ng) - metrics::auroc(without, held.ng)},
          {"low", at(kBelow)},
          {"high", at(1 - kBelow)}};
}

std::string verdict_of(const Json& difference) {
  if (difference.at("low") > 0) return "helped";
  if (difference.at("high") < 0) return "harmed";
  return "no difference seen";
}

}  // namespace

Json check_stream_run(RunState& run, const Train& train) {
  run_stages(run, {"predict"});
  const HeldOut held = held_out_of(run.dataset);
  const RunState alone = from_labels_alone(run, train);
  const std::vector<double> with = scores_of(run, held.records);
  const std::vector<double> without = scores_of(alone, held.records);
  const Json difference = difference_of(held, with, without);
  const report::Curves curves = report::read_curves(run.folder / "train" / "metrics.jsonl");
  Json report = {
      {"method", run.recipe.semi.method},
      {"labels", run.dataset.indices(data::Split::kTrain).size()},
      {"unlabelled", run.dataset.unlabelled_count()},
      {"held_out",
       {{"images", held.records.size()},
        {"auroc", metrics::auroc(with, held.ng)},
        {"auroc_labels_alone", metrics::auroc(without, held.ng)},
        {"average_precision", metrics::average_precision(with, held.ng)},
        {"average_precision_labels_alone", metrics::average_precision(without, held.ng)}}},
      {"difference", difference},
      {"verdict", verdict_of(difference)},
      {"over_time", report::pseudo_over_time(curves)}};
  write_json(run.folder / "check" / "check.json", report);
  return report;
}

std::string stream_check_text(const Json& report) {
  const Json &held_out = report.at("held_out"), &difference = report.at("difference");
  const auto figure = [&](const char* key) { return held_out.at(key).get<double>(); };
  std::string text = fmt::format(
      "{} with {} labels and {} unlabelled images, on {} held-out images:\n"
      "  AUROC {:.3f} (labels alone: {:.3f}); difference {:+.3f}, 95 % interval {:+.3f} to "
      "{:+.3f}\n"
      "  average precision {:.3f} (labels alone: {:.3f})\n",
      report.at("method").get<std::string>(), report.at("labels").get<int64_t>(),
      report.at("unlabelled").get<int64_t>(), held_out.at("images").get<int64_t>(), figure("auroc"),
      figure("auroc_labels_alone"), difference.at("mean").get<double>(),
      difference.at("low").get<double>(), difference.at("high").get<double>(),
      figure("average_precision"), figure("average_precision_labels_alone"));
  const std::string verdict = report.at("verdict");
  if (verdict == "helped") return text + "The unlabelled images helped.\n";
  if (verdict == "harmed")
    return text + "The unlabelled images HARMED: use semi.method=none for this data.\n";
  return text + "No difference seen: more held-out images, or more steps, may show one.\n";
}

}  // namespace paucal::pipeline
