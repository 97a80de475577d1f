#include "pipeline/studies/boxes_compare.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "base/host/progress.h"
#include "base/random.h"
#include "data/set/dataset.h"
#include "edge/pre/decode.h"
#include "judge/calibrate.h"
#include "judge/contrast_baseline.h"
#include "judge/evaluation.h"
#include "judge/picture.h"
#include "judge/truth_boxes.h"
#include "metrics/box_accuracy.h"
#include "metrics/localisation.h"
#include "pipeline/run.h"
#include "report/report_parts.h"

namespace paucal::pipeline {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t kFewStream = 0x66657762;  // "fewb"

struct Figure {
  const char* key;
  const char* name;
  Unit unit;
  const char* definition;
};
constexpr Figure kFigures[] = {
    {"loc_at_3px", "within 3 px", Unit::kPercent,
     "Share of all defects whose box is off by less than 3 px in the mean of its edges; a missed "
     "one counts as a failure."},
    {"median_edge_error_px", "median edge error", Unit::kPixels, "Of located defects."},
    {"p95_edge_error_px", "95 % below", Unit::kPixels, "Of located defects."},
    {"map_at_50", "AP at IoU .5", Unit::kScore, "Average precision, mean over classes."},
    {"max_box_acc_v2", "MaxBoxAccV2", Unit::kScore,
     "Images with a box right at IoU .3, .5 and .7, in the mean; threshold from validation."},
    {"cor_loc", "CorLoc", Unit::kPercent,
     "Training images whose first box has an IoU of at least .5 with a defect."},
};

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

// How badly one image is located, in pixels: a miss costs as much as its diagonal.
double image_error(const metrics::ImageBoxes& image, const edge::Geometry& geometry) {
  const auto matches = metrics::match_boxes(image);
  double error = 0;
  for (const auto& match : matches) error += match.edge_error;
  const auto missed = image.truths.size() - matches.size();
  return error + static_cast<double>(missed) *
                     std::hypot(geometry.original_width(), geometry.original_height());
}

class Comparison {
 public:
  Comparison(const fs::path& run, const BoxCompareOptions& options)
      : folder_(run), options_(options), phases_(phases_of(run)) {
    state_.recipe = recipe_of_run(phases_.back().folder);
    data::DataOptions& data = state_.recipe.data;
    data.boxes.clear();  // the truth is to judge, not to calibrate
    if (!options.truth.empty()) data.truth = options.truth.string();
    state_.dataset = data::open_dataset(data);
    decode_images(state_);
    truth_ = std::make_unique<judge::TruthBoxes>(state_.dataset, *state_.cache, data.max_pixels,
                                                 state_.recipe.locate.min_area);
    train_ = boxed(data::Split::kTrain);
    test_ = boxed(data::Split::kTest);
    if (test_.empty())
      fail("boxes", "no test image has a true box; name them by --truth (COCO file or folder)");
  }

  Json report() {
    Json report = {{"test_images", test_.size()}, {"train_images", train_.size()}};
    report["rows"].push_back(centre_row());
    if (!train_.empty() && options_.few > 0) report["rows"].push_back(contrast_row());
    for (const ComparedRun& phase : phases_) report["rows"].push_back(row_of(phase));
    report["budget"] = budget_curve();
    report["worst"] = worst();
    write_json(folder_ / "boxes.json", report);
    write_text_atomic(folder_ / "boxes.html", page(report));
    log::info("boxes: {}", (folder_ / "boxes.html").string());
    return report;
  }

 private:
  const data::Record& record(int index) const {
    return state_.dataset.records[static_cast<size_t>(index)];
  }
  const edge::Fitted& fitted(int index) {
    held_ = state_.cache->get(index);
    return *held_;
  }
  std::vector<int> boxed(data::Split split) const {
    std::vector<int> numbers;
    for (const int index : state_.dataset.indices(split))
      if (!truth_->boxes(index).empty()) numbers.push_back(index);
    return numbers;
  }
  Json evaluated(const judge::TrainedModel& model) {
    return judge::evaluate(model, state_.dataset, *state_.cache, state_.recipe.data.max_pixels)
        .at("localisation");
  }
  static Json picked(const Json& localisation) {
    Json row = Json::object();
    for (const Figure& figure : kFigures)
      if (localisation.contains(figure.key)) row[figure.key] = localisation[figure.key];
    return row;
  }

  Json row_of(const ComparedRun& phase) {
    log::info("boxes: {}", phase.name);
    const judge::TrainedModel model = judge::load_model(phase.folder);
    Json row = picked(evaluated(model));
    row["name"] = phase.name;
    std::vector<metrics::ImageBoxes> images;
    Progress progress("boxes", static_cast<int64_t>(train_.size()));
    for (const int index : train_) {
      images.push_back(ranked(model, index));
      progress.advance();
    }
    row["cor_loc"] = metrics::cor_loc(images);
    return row;
  }

  // All boxes of one image, whatever the image's own score.
  metrics::ImageBoxes ranked(const judge::TrainedModel& model, int index) {
    const judge::RawPrediction raw = judge::predict_fitted(model, fitted(index));
    const bool inspecting = model.task == judge::Task::kInspection;
    const int label = record(index).label;
    metrics::ImageBoxes image{truth_->boxes(index), {}};
    if (model.detector) {
      for (const auto& box : raw.boxes)
        if (inspecting || box.label == label) image.predictions.push_back(box);
      return image;
    }
    const edge::Map heat = heat_of_channel(model, raw, inspecting ? 0 : static_cast<size_t>(label));
    const judge::Calibration& c = model.calibration;
    image.predictions = boxes_at(model, heat, raw.geometry, edge::rule_of(c), 1);
    return image;
  }

  // `predict`: the boxes of an image.
  Json baseline_row(const std::string& name, const auto& predict) {
    const auto boxes_of = [&](const std::vector<int>& numbers) {
      std::vector<metrics::ImageBoxes> images;
      for (const int index : numbers) images.push_back({truth_->boxes(index), predict(index)});
      return images;
    };
    const std::vector<metrics::ImageBoxes> test = boxes_of(test_);
    Json localisation = metrics::localisation(test).to_json();
    localisation["map_at_50"] = metrics::mean_average_precision(test);
    metrics::MaxBoxAcc accuracy({.5});
    for (const auto& image : test) {
      std::vector<edge::Box> boxes;
      for (const auto& found : image.predictions) boxes.push_back(found.box);
      accuracy.add(image.truths, std::vector<std::vector<edge::Box>>{boxes});
    }
    localisation["max_box_acc_v2"] = accuracy.result().oracle;
    if (!train_.empty()) localisation["cor_loc"] = metrics::cor_loc(boxes_of(train_));
    Json row = picked(localisation);
    row["name"] = name;
    return row;
  }

  Json centre_row() {
    const auto size = truth_->mean_size(train_.empty() ? test_ : train_);
    return baseline_row("box in the middle", [&](int index) {
      const edge::Geometry& g = fitted(index).geometry;
      const edge::Box box =
          metrics::centre_box(g.original_width(), g.original_height(), size->first, size->second);
      return std::vector<edge::ScoredBox>{{box, 1, 0}};
    });
  }

  Json contrast_row() {
    std::vector<int> few = train_;
    Random(state_.recipe.train.seed, kFewStream).shuffle(few);
    few.resize(std::min(few.size(), static_cast<size_t>(options_.few)));
    std::vector<edge::Fitted> images;
    std::vector<std::vector<edge::Box>> truths;
    for (const int index : few) {
      images.push_back(fitted(index));
      truths.push_back(truth_->boxes(index));
    }
    const judge::ContrastBaseline baseline(images, truths);
    return baseline_row(fmt::format("contrast, {} boxed images", few.size()),
                        [&](int index) { return baseline.boxes(fitted(index)); });
  }

  // What a few boxes more would bring, without training anything anew.
  Json budget_curve() {
    Json curve = Json::array();
    Recipe recipe = recipe_of_run(phases_.back().folder);
    recipe.locate.box_heat = 0;
    const int there = static_cast<int>(boxed(data::Split::kVal).size());
    for (const int images : options_.budgets) {
      if (images > there) {
        log::warn("boxes: {} boxed validation images asked for, {} there", images, there);
        continue;
      }
      recipe.locate.calibration_boxes = images;
      judge::TrainedModel model = judge::load_model(phases_.back().folder);
      judge::calibrate(model, state_.dataset, *state_.cache, calibrate_settings(recipe));
      Json row = picked(evaluated(model));
      row["images"] = images;
      curve.push_back(std::move(row));
    }
    return curve;
  }

  Json worst() {
    const judge::TrainedModel model = judge::load_model(phases_.back().folder);
    std::vector<std::pair<double, int>> errors;
    for (const int index : test_) {
      const judge::Prediction p = interpret(model, judge::predict_fitted(model, fitted(index)));
      errors.emplace_back(-image_error({truth_->boxes(index), p.boxes}, p.geometry), index);
    }
    std::ranges::stable_sort(errors, {}, &std::pair<double, int>::first);
    errors.resize(std::min(errors.size(), static_cast<size_t>(options_.worst)));
    Json list = Json::array();
    for (const auto& [error, index] : errors) {
      list.push_back({{"path", record(index).path}, {"error_px", -error}});
      gallery_.rows.push_back(picture_row(model, index));
    }
    return list;
  }

  report::GalleryRow picture_row(const judge::TrainedModel& model, int index) {
    const data::Record& r = record(index);
    const edge::Image image =
        value_or_throw(edge::read_image(state_.dataset.file(r), model.decoding(3)));
    const judge::Prediction p = interpret(model, judge::predict_fitted(model, fitted(index)));
    const auto truths = truth_->boxes(index);
    return {r.path,
            fmt::format("{}, {} of {} defects found", r.class_name,
                        metrics::match_boxes({truths, p.boxes}).size(), truths.size()),
            judge::page_pictures(model, image, p, truths)};
  }

  std::string page(const Json& report) const {
    const auto table_of = [](const char* title, const char* first, const char* key,
                             const Json& rows, const char* note) {
      report::Table table{.title = title, .columns = {{first}}, .rows = {}, .note = note};
      for (const Json& row : rows) table.rows.push_back({row.at(key)});
      for (const Figure& f : kFigures) {
        if (std::ranges::none_of(rows, [&](const Json& row) { return row.contains(f.key); }))
          continue;
        table.columns.push_back({f.name, f.unit, f.definition});
        for (size_t i = 0; i < rows.size(); ++i)
          table.rows[i].push_back(rows[i].value(f.key, Json()));
      }
      return "<section>" + report::render_table(table) + "</section>";
    };
    size_t budget = report::kPictureBudget;
    report::Gallery gallery = gallery_;
    gallery.title = "Located worst";
    gallery.explanation =
        "Test images of the last run, the largest error first; a missed defect "
        "counts as the diagonal of its image.";
    const std::string title = "Boxes, compared";
    return report::render_page(
        title,
        "<header><h1>" + title + "</h1></header>" +
            table_of("Runs and baselines", "", "name", report.at("rows"),
                     "All on the same test images.") +
            table_of(
                "What a few boxed images bring", "boxed validation images", "images",
                report.at("budget"),
                "The last run with thresholds chosen on OK images with pasted defects and on so "
                "many boxed validation images.") +
            "<section>" + report::render_gallery(gallery, budget) + "</section>");
  }

  fs::path folder_;
  BoxCompareOptions options_;
  std::vector<ComparedRun> phases_;
  RunState state_;
  std::unique_ptr<judge::TruthBoxes> truth_;
  std::vector<int> train_, test_;  // images with a true box
  std::shared_ptr<const edge::Fitted> held_;
  report::Gallery gallery_;
};

std::string cell(const Json& row, const Figure& figure) {
  if (!row.contains(figure.key) || !row[figure.key].is_number()) return "–";
  const double value = row[figure.key];
  if (figure.unit == Unit::kPercent) return fmt::format("{:.1f} %", 100 * value);
  if (figure.unit == Unit::kPixels) return fmt::format("{:.2f} px", value);
  return fmt::format("{:.3f}", value);
}

}  // namespace

Json compare_boxes(const fs::path& run, const BoxCompareOptions& options) {
  return Comparison(run, options).report();
}

std::string boxes_table(const Json& report) {
  std::string text = fmt::format("{:<28}", "");
  for (const Figure& figure : kFigures) text += fmt::format(" {:>17}", figure.name);
  const auto add = [&](const std::string& name, const Json& row) {
    text += fmt::format("\n{:<28}", name);
    for (const Figure& figure : kFigures) text += fmt::format(" {:>17}", cell(row, figure));
  };
  for (const Json& row : report.at("rows")) add(row.at("name").get<std::string>(), row);
  for (const Json& row : report.at("budget"))
    add(fmt::format("  with {} boxed images", row.at("images").get<int>()), row);
  return text + "\n";
}

}  // namespace paucal::pipeline
