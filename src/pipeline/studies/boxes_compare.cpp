#include "pipeline/studies/boxes_compare.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "base/random.h"
#include "judge/calibrate.h"
#include "judge/contrast_baseline.h"
#include "judge/evaluation.h"
#include "judge/galleries.h"
#include "judge/inference.h"
#include "judge/truth_boxes.h"
#include "metrics/figures.h"
#include "pipeline/raw.h"
#include "pipeline/run.h"
#include "report/report_parts.h"

namespace paucal::pipeline {
namespace fs = std::filesystem;
namespace {

using metrics::LocalisationFigures;

constexpr uint64_t kFewStream = 0x66657762;  // "fewb"

std::span<const metrics::Picked> compared_figures() {
  static const metrics::Picked kCompared[] = {
      &LocalisationFigures::loc_at_3px,        &LocalisationFigures::median_edge_error_px,
      &LocalisationFigures::p95_edge_error_px, &LocalisationFigures::map_at_50,
      &LocalisationFigures::max_box_acc_v2,    &LocalisationFigures::cor_loc};
  return kCompared;
}

Json compared_json(LocalisationFigures figures) {
  metrics::Figures all;
  all.localisation = std::move(figures);
  return metrics::picked_json(all, compared_figures());
}

struct ComparedRun {
  std::string name;
  fs::path folder;
};

std::vector<ComparedRun> phases_of(const fs::path& run) {
  if (!fs::exists(run / "line.json")) return {{"this run", run}};
  const Json line = read_json(run / "line.json");
  std::vector<ComparedRun> phases;
  for (const Json& phase : line.at("phases"))
    phases.push_back({phase.at("name").get<std::string>(),
                      run / fs::path(phase.at("folder").get<std::string>()).filename()});
  if (phases.empty()) fail("boxes", "'{}': line.json names no runs", run.string());
  return phases;
}

// What all runs and baselines are judged on.
struct Scene {
  const RunState& state;
  judge::TruthBoxes truth;
  std::vector<int> train, test;  // images with a true box

  data::ImageCache& cache() const { return *state.cache; }
  const data::Record& record(int number) const { return state.dataset.at(number); }
};

std::vector<int> boxed_records(const Scene& scene, data::Split split) {
  std::vector<int> numbers;
  for (const int number : scene.state.dataset.indices(split))
    if (!scene.truth.boxes(number).empty()) numbers.push_back(number);
  return numbers;
}

// A finished run, and what its network says of the scene's images.
struct Witnessed {
  edge::ModelCard card;
  judge::RawStore raw;
};

Witnessed witnessed(const Scene& scene, const ComparedRun& run) {
  edge::ModelCard card = judge::load_card(run.folder);
  judge::RawStore raw = stored_raw(run.folder, scene.state.dataset, card);
  return {std::move(card), std::move(raw)};
}

LocalisationFigures localisation_of(const Scene& scene, const edge::ModelCard& card,
                                    const judge::RawSource& raw) {
  const auto figures = judge::evaluate(card, scene.state.dataset, scene.state.truth, raw,
                                       scene.state.recipe.data.max_pixels);
  return figures.localisation.value();  // a test image has truth
}

// All boxes of one image, whatever the image's own score.
metrics::ImageBoxes all_boxes(const Scene& scene, const edge::ModelCard& card,
                              const judge::RawPrediction& raw, int number) {
  const size_t channel = card.heat_channel(scene.record(number).label);
  metrics::ImageBoxes image{scene.truth.boxes(number), {}};
  if (!card.detector) {
    image.predictions = boxes_at(card, heat_of_channel(card, raw, channel), raw.geometry,
                                 edge::rule_of(card.calibration), 1);
    return image;
  }
  for (const auto& box : raw.boxes)
    if (box.label == static_cast<int>(channel)) image.predictions.push_back(box);
  return image;
}

Json row_of(const Scene& scene, const ComparedRun& run) {
  log::info("boxes: {}", run.name);
  const Witnessed seen = witnessed(scene, run);
  LocalisationFigures figures = localisation_of(scene, seen.card, seen.raw.source());
  std::vector<metrics::ImageBoxes> images;
  for (const int number : scene.train)
    images.push_back(all_boxes(scene, seen.card, seen.raw.at(number), number));
  figures.cor_loc = metrics::cor_loc(images);
  Json row = compared_json(std::move(figures));
  row["name"] = run.name;
  return row;
}

// `predict`: the boxes of an image.
Json baseline_row(const Scene& scene, const std::string& name, const auto& predict) {
  const auto boxes_of = [&](const std::vector<int>& numbers) {
    std::vector<metrics::ImageBoxes> images;
    for (const int number : numbers) images.push_back({scene.truth.boxes(number), predict(number)});
    return images;
  };
  const std::vector<metrics::ImageBoxes> test = boxes_of(scene.test);
  LocalisationFigures figures = metrics::figures_of(metrics::localisation(test));
  figures.map_at_50 = metrics::mean_average_precision(test);
  metrics::MaxBoxAcc accuracy({.5});
  for (const auto& image : test) {
    std::vector<edge::Box> boxes;
    for (const auto& found : image.predictions) boxes.push_back(found.box);
    accuracy.add(image.truths, std::vector<std::vector<edge::Box>>{boxes});
  }
  figures.max_box_acc_v2 = accuracy.result().oracle;
  if (!scene.train.empty()) figures.cor_loc = metrics::cor_loc(boxes_of(scene.train));
  Json row = compared_json(std::move(figures));
  row["name"] = name;
  return row;
}

Json centre_row(const Scene& scene) {
  const auto size = scene.truth.mean_size(scene.train.empty() ? scene.test : scene.train);
  return baseline_row(scene, "box in the middle", [&](int number) {
    const data::Record& image = scene.record(number);
    const edge::Box box = metrics::centre_box(image.width, image.height, size->first, size->second);
    return std::vector<edge::ScoredBox>{{box, 1, 0}};
  });
}

Json contrast_row(const Scene& scene, int count) {
  std::vector<int> few = scene.train;
  Random(scene.state.recipe.train.seed, kFewStream).shuffle(few);
  few.resize(std::min(few.size(), static_cast<size_t>(count)));
  std::vector<edge::Fitted> images;
  std::vector<std::vector<edge::Box>> truths;
  for (const int number : few) {
    images.push_back(*scene.cache().get(number));
    truths.push_back(scene.truth.boxes(number));
  }
  const judge::ContrastBaseline baseline(images, truths);
  return baseline_row(scene, fmt::format("contrast, {} boxed images", few.size()),
                      [&](int number) { return baseline.boxes(*scene.cache().get(number)); });
}

// What a few boxes more would bring, without training anything anew.
Json budget_curve(const Scene& scene, const ComparedRun& run, const std::vector<int>& budgets) {
  Json curve = Json::array();
  Recipe recipe = recipe_of_run(run.folder);
  recipe.locate.box_heat = 0;
  const auto there = static_cast<int>(boxed_records(scene, data::Split::kVal).size());
  const judge::TrainedModel model = judge::load_model(run.folder);
  const judge::Inference inference(model);
  // Each budget pastes the same defects into the same images.
  const judge::RawSources sources = {
      stored_raw(run.folder, scene.state.dataset, model).source(),
      judge::remembered([&](const edge::Fitted& image) { return inference.fitted(image); })};
  for (const int images : budgets) {
    if (images > there) {
      log::warn("boxes: {} boxed validation images asked for, {} there", images, there);
      continue;
    }
    recipe.locate.calibration_boxes = images;
    edge::ModelCard card = model;
    judge::calibrate(card, scene.state.dataset, scene.state.truth, scene.cache(), sources,
                     calibrate_settings(recipe));
    Json row = compared_json(localisation_of(scene, card, sources.of_record));
    row["images"] = images;
    curve.push_back(std::move(row));
  }
  return curve;
}

// How badly one image is located, in pixels: a miss costs as much as its diagonal.
double image_error(const metrics::ImageBoxes& image, const edge::Geometry& geometry) {
  const auto matches = metrics::match_boxes(image);
  double error = 0;
  for (const auto& match : matches) error += match.edge_error;
  const auto missed = image.truths.size() - matches.size();
  return error + static_cast<double>(missed) *
                     std::hypot(geometry.original_width(), geometry.original_height());
}

report::GalleryRow worst_row(const Scene& scene, const Witnessed& seen, int number) {
  const judge::Prediction p = interpret(seen.card, seen.raw.at(number));
  const auto truths = scene.truth.boxes(number);
  return judge::gallery_row(
      seen.card, scene.state.dataset, number, p, truths,
      fmt::format("{}, {} of {} defects found", scene.record(number).class_name,
                  metrics::match_boxes({truths, p.boxes}).size(), truths.size()));
}

// Fills the gallery, too.
Json worst_images(const Scene& scene, const ComparedRun& run, int count, report::Gallery& gallery) {
  const Witnessed seen = witnessed(scene, run);
  std::vector<std::pair<double, int>> errors;
  for (const int number : scene.test) {
    const judge::Prediction p = interpret(seen.card, seen.raw.at(number));
    errors.emplace_back(-image_error({scene.truth.boxes(number), p.boxes}, p.geometry), number);
  }
  std::ranges::stable_sort(errors, {}, &std::pair<double, int>::first);
  errors.resize(std::min(errors.size(), static_cast<size_t>(count)));
  Json list = Json::array();
  for (const auto& [error, number] : errors) {
    list.push_back({{"path", scene.record(number).path}, {"error_px", -error}});
    gallery.rows.push_back(worst_row(scene, seen, number));
  }
  return list;
}

// `first`: title of the column that holds `key` of each row.
std::string table_section(const char* title, const char* first, const char* key, const Json& rows,
                          const char* note) {
  report::Table table{.title = title, .columns = {{first}}, .rows = {}, .note = note};
  for (const Json& row : rows) table.rows.push_back({row.at(key)});
  for (const metrics::Picked& figure : compared_figures()) {
    const metrics::FigureInfo& info = figure.info();
    if (std::ranges::none_of(rows, [&](const Json& row) { return row.contains(info.key); }))
      continue;
    table.columns.push_back({info.name, info.unit, info.help});
    for (size_t i = 0; i < rows.size(); ++i)
      table.rows[i].push_back(rows[i].value(info.key, Json()));
  }
  return "<section>" + report::render_table(table) + "</section>";
}

std::string boxes_page(const Json& report, const report::Gallery& gallery) {
  size_t budget = report::kPictureBudget;
  const std::string title = "Boxes, compared";
  return report::render_page(
      title,
      "<header><h1>" + title + "</h1></header>" +
          table_section("Runs and baselines", "", "name", report.at("rows"),
                        "All on the same test images.") +
          table_section(
              "What a few boxed images bring", "boxed validation images", "images",
              report.at("budget"),
              "The last run with thresholds chosen on OK images with pasted defects and on so "
              "many boxed validation images.") +
          "<section>" + report::render_gallery(gallery, budget) + "</section>");
}

std::string cell(const Json& row, const metrics::FigureInfo& figure) {
  if (!row.contains(figure.key) || !row[figure.key].is_number()) return "–";
  const double value = row[figure.key];
  if (figure.unit == Unit::kPercent) return fmt::format("{:.1f} %", 100 * value);
  if (figure.unit == Unit::kPixels) return fmt::format("{:.2f} px", value);
  return fmt::format("{:.3f}", value);
}

// The images of the last run, with truth that is to judge, not to calibrate.
void open_scene(const fs::path& run, const BoxCompareOptions& options, RunState& state) {
  state.recipe = recipe_of_run(run);
  data::DataOptions& data = state.recipe.data;
  data.boxes.clear();
  data.unlabelled.clear();
  if (!options.truth.empty()) data.truth = options.truth.string();
  open_data(state);
  decode_images(state);
}

}  // namespace

Json compare_boxes(const fs::path& run, const BoxCompareOptions& options) {
  const std::vector<ComparedRun> phases = phases_of(run);
  RunState state;
  open_scene(phases.back().folder, options, state);
  Scene scene{state,
              {state.dataset, state.truth, state.recipe.data.max_pixels,
               state.recipe.locate.min_area, state.recipe.input},
              {},
              {}};
  scene.train = boxed_records(scene, data::Split::kTrain);
  scene.test = boxed_records(scene, data::Split::kTest);
  if (scene.test.empty())
    fail("boxes", "no test image has a true box; name them by --truth (COCO file or folder)");

  Json report = {{"test_images", scene.test.size()}, {"train_images", scene.train.size()}};
  report["rows"].push_back(centre_row(scene));
  if (!scene.train.empty() && options.few > 0)
    report["rows"].push_back(contrast_row(scene, options.few));
  for (const ComparedRun& phase : phases) report["rows"].push_back(row_of(scene, phase));
  report["budget"] = budget_curve(scene, phases.back(), options.budgets);
  report::Gallery gallery{"Located worst",
                          "Test images of the last run, the largest error first; a missed defect "
                          "counts as the diagonal of its image.",
                          {}};
  report["worst"] = worst_images(scene, phases.back(), options.worst, gallery);
  write_json(run / "boxes.json", report);
  write_text_atomic(run / "boxes.html", boxes_page(report, gallery));
  log::info("boxes: {}", (run / "boxes.html").string());
  return report;
}

std::string boxes_table(const Json& report) {
  std::string text = fmt::format("{:<28}", "");
  for (const metrics::Picked& figure : compared_figures())
    text += fmt::format(" {:>26}", figure.info().name);
  const auto add = [&](const std::string& name, const Json& row) {
    text += fmt::format("\n{:<28}", name);
    for (const metrics::Picked& figure : compared_figures())
      text += fmt::format(" {:>26}", cell(row, figure.info()));
  };
  for (const Json& row : report.at("rows")) add(row.at("name").get<std::string>(), row);
  for (const Json& row : report.at("budget"))
    add(fmt::format("  with {} boxed images", row.at("images").get<int>()), row);
  return text + "\n";
}

}  // namespace paucal::pipeline
