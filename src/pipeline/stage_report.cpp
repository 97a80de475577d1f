// report: what a person looks at.

#include <algorithm>
#include <cmath>
#include <functional>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "base/json_text.h"
#include "base/version.h"
#include "edge/pre/channels.h"
#include "edge/pre/decode.h"
#include "judge/picture.h"
#include "pipeline/run.h"
#include "report/curves.h"
#include "report/report.h"
#include "train/runtime.h"

namespace paucal::pipeline {
namespace {

std::vector<Json> read_lines(const std::filesystem::path& path) {
  std::vector<Json> lines;
  std::istringstream text(read_text(path));
  for (std::string line; std::getline(text, line);)
    if (!line.empty()) lines.push_back(parse_json(line));
  return lines;
}

std::optional<std::pair<double, double>> interval(const Json& json, const char* key) {
  if (!json.contains(key)) return std::nullopt;
  return std::pair(json[key][0].get<double>(), json[key][1].get<double>());
}

double number(const Json& json, const char* key) {
  return json.contains(key) && json[key].is_number() ? json[key].get<double>() : NAN;
}

class Reporter {
 public:
  explicit Reporter(RunState& run)
      : run_(run),
        model_(judge::load_model(run.folder)),
        eval_(read_json(run.folder / "eval.json")),
        stages_(read_json(run.folder / "stages.json")),
        lines_(read_lines(run.folder / "predictions.jsonl")) {}

  void run() {
    const std::string folder_name =
        std::filesystem::weakly_canonical(run_.recipe.data.root).filename().string();
    report_.title = run_.recipe.report.title.empty() ? folder_name : run_.recipe.report.title;
    report_.verdict = verdict();
    remarks();
    key_figures();
    decision();
    confusion();
    galleries();
    localisation();
    by_class();
    data_table();
    training();
    for (const auto& [name, stage] : stages_.items())
      if (stage.is_object()) report_.seconds.emplace_back(name, number(stage, "seconds"));
    report_.facts = facts();
    report_.recipe = options_of(run_.recipe).to_yaml();
    write_text_atomic(run_.folder / "report.html", report::render_report(report_));
    write_json(run_.folder / "report.json", summary());
    log::info("report: {}", (run_.folder / "report.html").string());
  }

 private:
  bool inspecting() const { return model_.task == judge::Task::kInspection; }
  const Json& image() const { return eval_["image"]; }

  std::string verdict() const {
    if (!inspecting())
      return fmt::format("On {} test images the class is right in {:.1f} %.",
                         image()["images"].get<int64_t>(), 100 * number(image(), "accuracy"));
    return fmt::format(
        "On {} test images: AUROC {:.3f}. At the chosen threshold {:.1f} % of the {} NG images "
        "escape, and {:.1f} % of the {} OK images are called NG.",
        image()["images"].get<int64_t>(), number(image(), "auroc"), 100 * number(image(), "escape"),
        image()["ng_images"].get<int64_t>(), 100 * number(image(), "overkill"),
        image()["ok_images"].get<int64_t>());
  }

  void remarks() {
    const judge::Calibration& c = model_.calibration;
    if (!c.warning.empty()) report_.remarks.push_back(c.warning + ".");
    if (inspecting()) report_.remarks.push_back("Threshold: " + c.threshold_rule + ".");
    report_.remarks.push_back("Boxes: " + c.box_rule + ".");
  }

  void key_figures() {
    const auto add = [&](const char* name, const char* key, Unit unit, const char* definition,
                         const char* bounds = "") {
      const double value = number(image(), key);
      if (!std::isnan(value))
        report_.figures.push_back({name, value, unit, interval(image(), bounds), definition});
    };
    add("AUROC", "auroc", Unit::kPlain,
        "How often a random NG image scores above a random OK image. 1 is perfect, .5 is chance.",
        "auroc_interval");
    add("Accuracy", "accuracy", Unit::kPercent, "Share of test images that are called right.",
        "accuracy_interval");
    add("Overkill", "overkill", Unit::kPercent, "Share of OK images that are called NG.",
        "overkill_interval");
    add("Escape", "escape", Unit::kPercent, "Share of NG images that are called OK.",
        "escape_interval");
    add("Calibration error", "ece", Unit::kPercent,
        "How far stated probabilities are from what comes true, on average (ECE).");
    if (!eval_.contains("localisation")) return;
    const Json& l = eval_["localisation"];
    const auto place = [&](const char* name, const char* key, Unit unit, const char* definition) {
      const double value = number(l, key);
      if (!std::isnan(value)) report_.figures.push_back({name, value, unit, {}, definition});
    };
    place(
        "Located within 3 px", "loc_at_3px", Unit::kPercent,
        "Share of all true defects whose box is found with a mean edge error below 3 px; a missed "
        "defect counts as a failure.");
    place("Pixel precision", "px_ap", Unit::kPlain,
          "Average precision over all pixels of the test images (PxAP); a map that knows nothing "
          "reaches the share of defect pixels.");
  }

  void decision() {
    if (!inspecting()) return;
    report::Decision decision;
    decision.threshold = model_.calibration.threshold;
    for (const Json& line : lines_) {
      if (line["split"] != "test") continue;
      const bool ng = !is_ok(line);
      decision.images.push_back({line["probability_ng"], ng});
    }
    report_.calibration = decision.images;
    report_.decision = std::move(decision);
  }

  bool is_ok(const Json& line) const {
    const auto at = std::ranges::find(model_.classes, line["class"].get<std::string>());
    return at != model_.classes.end() &&
           model_.class_is_ok[static_cast<size_t>(at - model_.classes.begin())];
  }

  void confusion() {
    const Json& json = eval_["confusion"];
    report::Confusion table;
    table.truth = json["truth"].get<std::vector<std::string>>();
    table.called = json["called"].get<std::vector<std::string>>();
    table.counts = json["counts"].get<std::vector<std::vector<int64_t>>>();
    for (size_t i = 0; i < table.truth.size(); ++i)
      table.correct.push_back(inspecting() ? (model_.class_is_ok[i] ? 0 : 1) : static_cast<int>(i));
    report_.confusion = std::move(table);
  }

  // One row of a gallery: the image is decoded again and looked at again, so that what is shown is
  // what the model says.
  report::GalleryRow row(size_t index) const {
    const data::Record& record = run_.dataset.records[index];
    const edge::Image image =
        value_or_throw(edge::read_image(run_.dataset.file(record), model_.decoding(3)));
    const judge::Prediction p = interpret(model_, judge::predict_raw(model_, image_for(record)));
    std::vector<edge::Box> truths;
    for (const auto& instance : record.instances) truths.push_back(instance.box);
    report::GalleryRow row;
    row.title = record.path;
    row.detail = inspecting()
                     ? fmt::format("{}, probability of NG {:.2f}, called {}", record.class_name,
                                   p.probability, p.ng ? "NG" : "OK")
                     : fmt::format("{}, called {} ({:.2f})", record.class_name,
                                   model_.classes[static_cast<size_t>(p.label)], p.probability);
    row.pictures = judge::page_pictures(model_, edge::with_channels(image, 3), p, truths);
    return row;
  }

  edge::Image image_for(const data::Record& record) const {
    return value_or_throw(edge::read_image(run_.dataset.file(record), model_.decoding()));
  }

  void gallery(const char* title, const char* explanation, std::vector<size_t> indices) {
    const auto limit = static_cast<size_t>(run_.recipe.report.gallery);
    if (indices.size() > limit) indices.resize(limit);
    if (indices.empty()) return;
    report::Gallery gallery{title, explanation, {}};
    for (const size_t index : indices) gallery.rows.push_back(row(index));
    report_.galleries.push_back(std::move(gallery));
  }

  // Indices of the lines that `wanted` keeps, by falling `rank`.
  std::vector<size_t> ranked(const std::function<bool(const Json&)>& wanted,
                             const std::function<double(const Json&)>& rank) const {
    std::vector<size_t> indices;
    for (size_t i = 0; i < lines_.size(); ++i)
      if (wanted(lines_[i])) indices.push_back(i);
    std::ranges::stable_sort(indices, std::greater{}, [&](size_t i) { return rank(lines_[i]); });
    return indices;
  }

  void galleries() {
    const auto test = [](const Json& line) { return line["split"] == "test"; };
    if (!inspecting()) {
      gallery("Most certain mistakes", "Test images of the wrong class, the most certain first.",
              ranked([&](const Json& l) { return test(l) && l["called"] != l["class"]; },
                     [](const Json& l) { return l["probability"].get<double>(); }));
      gallery("Typical hits",
              "Test images of the right class, the most certain of each class first.",
              one_of_each([&](const Json& l) { return test(l) && l["called"] == l["class"]; },
                          "probability"));
      return;
    }
    const auto p = [](const Json& l) { return l["probability_ng"].get<double>(); };
    const double threshold = model_.calibration.threshold;
    gallery("Worst escapes", "NG test images that are called OK, the lowest score first.",
            ranked([&](const Json& l) { return test(l) && !is_ok(l) && p(l) < threshold; },
                   [&](const Json& l) { return -p(l); }));
    gallery("Worst overkills", "OK test images that are called NG, the highest score first.",
            ranked([&](const Json& l) { return test(l) && is_ok(l) && p(l) >= threshold; }, p));
    gallery("Typical hits", "NG test images that are called NG: the surest of each class.",
            one_of_each([&](const Json& l) { return test(l) && !is_ok(l) && p(l) >= threshold; },
                        "probability_ng"));
    gallery("Suspected labels",
            "Images of any split whose label the model most strongly contradicts. Look at them: a "
            "wrong label costs more than a hard image.",
            ranked([&](const Json& l) { return is_ok(l) ? p(l) > .5 : p(l) < .5; },
                   [&](const Json& l) { return is_ok(l) ? p(l) : 1 - p(l); }));
  }

  std::vector<size_t> one_of_each(const std::function<bool(const Json&)>& wanted,
                                  const char* score) const {
    const auto all = ranked(wanted, [score](const Json& l) { return l[score].get<double>(); });
    std::vector<size_t> first, rest;
    std::vector<std::string> seen;
    for (const size_t i : all) {
      const auto name = lines_[i]["class"].get<std::string>();
      const bool is_new = std::ranges::find(seen, name) == seen.end();
      (is_new ? first : rest).push_back(i);
      if (is_new) seen.push_back(name);
    }
    first.insert(first.end(), rest.begin(), rest.end());
    return first;
  }

  void localisation() {
    if (!eval_.contains("localisation")) return;
    const Json& l = eval_["localisation"];
    report::Table table;
    table.title = "Where the defects are";
    table.columns = {{"Figure"}, {"Value"}};
    const auto add = [&](const char* name, const char* key) {
      if (l.contains(key) && l[key].is_number()) table.rows.push_back({name, l[key]});
    };
    add("Located within 3 px (mean edge error)", "loc_at_3px");
    add("Located within 3 px (centre)", "loc_at_3px_by_centre");
    add("Median edge error, px", "median_edge_error_px");
    add("95 % of edge errors below, px", "p95_edge_error_px");
    add("True defects", "truths");
    add("Missed", "missed");
    add("False boxes an OK image", "false_boxes_per_ok_image");
    add("MaxBoxAccV2, threshold from validation boxes", "max_box_acc_v2");
    add("MaxBoxAccV2, best threshold on test", "max_box_acc_v2_oracle");
    add("MaxBoxAccV2 of a box in the middle", "max_box_acc_v2_centre_box");
    add("mAP at IoU .5", "map_at_50");
    add("PxAP", "px_ap");
    if (l.contains("pixels"))
      table.rows.push_back({"Share of defect pixels", l["pixels"]["base_rate"]});
    table.note =
        "Edge errors are means over the four edges, of found defects only; all lengths in "
        "pixels of the original image.";
    report_.localisation = std::move(table);
    report_.edge_errors = l["edge_errors"].get<std::vector<double>>();
  }

  void by_class() {
    report::Table table;
    table.title = "By class";
    table.columns = {{"Class"},
                     {"Test images"},
                     {"Called right", Unit::kPercent},
                     {"AUROC", Unit::kPlain, "Of this class against all OK images."},
                     {"PxAP", Unit::kPlain, "On the images of this class alone."},
                     {"Defect pixels", Unit::kPercent}};
    for (const auto& [name, row] : eval_["by_class"].items())
      table.rows.push_back({name, row.value("images", Json()), row.value("right_share", Json()),
                            row.value("auroc", Json()), row.value("px_ap", Json()),
                            row.value("px_base_rate", Json())});
    report_.by_class = std::move(table);
  }

  void data_table() {
    const Json data = read_json(run_.folder / "data.json");
    report::Table table;
    table.title = "Images";
    table.columns = {{"Class"}, {"Train"}, {"Validation"}, {"Test"}};
    for (const auto& [name, splits] : data["counts"].items())
      table.rows.push_back({name, splits.value("train", Json(0)), splits.value("val", Json(0)),
                            splits.value("test", Json(0))});
    report_.data = std::move(table);
    report_.problems = run_.dataset.problems;
  }

  void training() {
    report_.training = report::training_charts(
        report::read_curves(run_.folder / "train" / "metrics.jsonl"), inspecting());
  }

  std::vector<std::pair<std::string, std::string>> facts() const {
    const Json runtime = train::runtime_info();
    return {{"Paucal", version()},
            {"libtorch", runtime["libtorch"].get<std::string>()},
            {"BLAS", runtime["blas"].get<std::string>()},
            {"Compute threads", std::to_string(runtime["compute_threads"].get<int>())},
            {"Seed", std::to_string(run_.recipe.train.seed)},
            {"Command", run_.command}};
  }

  // report.json: what programs read.
  Json summary() const {
    Json json = {{"title", report_.title}, {"verdict", report_.verdict}};
    json["task"] = inspecting() ? "inspection" : "classification";
    json["image"] = image();
    if (eval_.contains("localisation")) json["localisation"] = eval_["localisation"];
    json["by_class"] = eval_["by_class"];
    json["confusion"] = eval_["confusion"];
    json["data"] = read_json(run_.folder / "data.json");
    for (const auto& [name, seconds] : report_.seconds) json["seconds"][name] = seconds;
    json["training"] = read_json(run_.folder / "train" / "result.json");
    json["seed"] = run_.recipe.train.seed;
    json["versions"] = train::runtime_info();
    json["versions"]["paucal"] = version();
    json["command"] = run_.command;
    return json;
  }

  RunState& run_;
  judge::TrainedModel model_;
  Json eval_, stages_;
  std::vector<Json> lines_;
  report::Report report_;
};

}  // namespace

void execute_report(RunState& run) {
  Reporter(run).run();
}

}  // namespace paucal::pipeline
