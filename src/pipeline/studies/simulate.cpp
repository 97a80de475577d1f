#include "pipeline/studies/simulate.h"

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "base/options_json.h"
#include "base/unit.h"
#include "metrics/annotation/simulated_reviewer.h"
#include "pipeline/studies/simulation_claims.h"
#include "pipeline/studies/simulation_page.h"
#include "pipeline/studies/simulation_run.h"

namespace paucal::pipeline {
namespace fs = std::filesystem;
namespace {

using metrics::ActionCosts;
using metrics::Actions;

struct Simulation {
  const SimulateOptions& options;
  ActionCosts costs;
  fs::path folder;
  const Train& train;
  SimulationScene scene;
  std::vector<double> budgets = {};  // seconds, one a point
};

// One order with one seed, as far as it has come.
struct Arm {
  std::string order;
  int seed = 0;
  fs::path last;  // the run that proposes
  std::vector<SeenImage> seen = {};
  Actions actions = {};
};

void check_options(const SimulateOptions& options) {
  if (options.seeds < 1) fail("simulate", "{} seeds, expected at least 1", options.seeds);
  double before = 0;
  for (const double point : options.points) {
    if (!(point > before && point <= 1))
      fail("simulate", "points={}, expected rising shares above 0 and up to 1",
           fmt::join(options.points, ","));
    before = point;
  }
  if (options.points.empty()) fail("simulate", "no points, expected at least one share");
}

std::string truth_identity(const SimulationScene& scene) {
  Hasher hasher;
  for (const SimulatedImage& image : scene.images) {
    hasher.add(scene.record(image).path);
    for (const edge::Box& box : image.truths)
      hasher.add(fmt::format("{} {} {} {}", box.x0, box.y0, box.x1, box.y1));
  }
  return hasher.hex();
}

// All that changes points. More seeds may follow.
Json settings_json(const Simulation& simulation) {
  const SimulateOptions& options = simulation.options;
  return {{"model", hash_file(simulation.scene.start.folder / "model.safetensors")},
          {"truth", truth_identity(simulation.scene)},
          {"costs", options_json(simulation.costs)},
          {"points", options.points},
          {"epochs", options.epochs},
          {"tolerance", options.tolerance},
          {"min_evidence", options.min_evidence}};
}

void keep_settings(const Simulation& simulation) {
  const fs::path file = simulation.folder / "settings.json";
  const Json wanted = settings_json(simulation);
  if (!fs::exists(file)) return write_json(file, wanted);
  const Json there = read_json(file);
  for (const auto& [key, value] : wanted.items())
    if (!there.contains(key) || there[key] != value)
      fail("simulate", "'{}': made with another '{}' ({}), expected {} or another folder",
           simulation.folder.string(), key, there.value(key, Json()).dump(), value.dump());
}

Actions drawing_of(const SimulationScene& scene) {
  Actions actions;
  for (const SimulatedImage& image : scene.images)
    actions += metrics::draw_image(image.truths.size());
  return actions;
}

// Points are shares of what it takes to review everything that the run proposes.
std::vector<double> budgets_of(const Simulation& simulation) {
  const auto& images = simulation.scene.images;
  const auto proposals = proposals_of(simulation.scene, simulation.scene.start.folder);
  Actions all;
  for (size_t i = 0; i < images.size(); ++i)
    all += metrics::review_image(proposals[i].boxes, images[i].truths, simulation.costs,
                                 simulation.options.tolerance)
               .actions;
  std::vector<double> budgets;
  for (const double share : simulation.options.points)
    budgets.push_back(share * all.seconds(simulation.costs));
  return budgets;
}

std::vector<size_t> unseen(const Simulation& simulation, const Arm& arm) {
  std::vector<bool> seen(simulation.scene.images.size());
  for (const SeenImage& image : arm.seen) seen[image.number] = true;
  std::vector<size_t> numbers;
  for (size_t i = 0; i < seen.size(); ++i)
    if (!seen[i]) numbers.push_back(i);
  return numbers;
}

// Until the seconds of the point are spent: at least one image, and one is left for each point to
// come.
void review_some(const Simulation& simulation, size_t point, Arm& arm) {
  const SimulateOptions& options = simulation.options;
  const auto proposals = proposals_of(simulation.scene, arm.last);
  const std::vector<size_t> numbers = unseen(simulation, arm);
  std::vector<metrics::ReviewCandidate> candidates;
  for (const size_t number : numbers) candidates.push_back(proposals[number].candidate);
  const std::vector<size_t> order = metrics::review_order(
      arm.order, candidates,
      {options.min_evidence, simulation.costs, static_cast<uint64_t>(arm.seed)});
  const size_t most = numbers.size() - (options.points.size() - 1 - point);
  for (size_t i = 0; i < most; ++i) {
    if (i > 0 && arm.actions.seconds(simulation.costs) >= simulation.budgets[point]) break;
    const size_t number = numbers[order[i]];
    auto reviewed =
        metrics::review_image(proposals[number].boxes, simulation.scene.images[number].truths,
                              simulation.costs, options.tolerance);
    arm.actions += reviewed.actions;
    arm.seen.push_back({number, std::move(reviewed.boxes)});
  }
}

Json seen_json(const std::vector<SeenImage>& seen, const SimulationScene& scene) {
  Json list = Json::array();
  for (const SeenImage& image : seen) {
    Json boxes = Json::array();
    for (const edge::Box& box : image.boxes) boxes.push_back({box.x0, box.y0, box.x1, box.y1});
    list.push_back({{"number", image.number},
                    {"path", scene.record(scene.images[image.number]).path},
                    {"boxes", std::move(boxes)}});
  }
  return list;
}

std::vector<SeenImage> seen_from_json(const Json& json, const SimulationScene& scene) {
  std::vector<SeenImage> seen;
  for (const Json& image : json) {
    SeenImage& one = seen.emplace_back(SeenImage{image.at("number").get<size_t>()});
    if (one.number >= scene.images.size() ||
        scene.record(scene.images[one.number]).path != image.at("path"))
      fail("simulate", "point.json names '{}', expected the images that settings.json was made of",
           image.at("path").get<std::string>());
    for (const Json& box : image.at("boxes"))
      one.boxes.push_back({box.at(0), box.at(1), box.at(2), box.at(3)});
  }
  return seen;
}

// Its last step writes point.json.
void make_point(const Simulation& simulation, size_t point, const fs::path& folder, Arm& arm) {
  review_some(simulation, point, arm);
  log::info("simulate: {} images reviewed so far, in {}; they teach", arm.seen.size(),
            format_number(arm.actions.seconds(simulation.costs), Unit::kSeconds));
  teach(simulation.scene,
        {.before = arm.last,
         .seen = arm.seen,
         .min_evidence = simulation.options.min_evidence,
         .epochs = simulation.options.epochs,
         .seed = static_cast<uint64_t>(arm.seed),
         .proposes = point + 1 < simulation.budgets.size()},
        folder, simulation.train);
  write_json(folder / "point.json", {{"actions", to_json(arm.actions)},
                                     {"figures", figures_of_simulated(folder)},
                                     {"seen", seen_json(arm.seen, simulation.scene)}});
}

Json point_json(const Simulation& simulation, const Arm& arm, size_t point, Json figures) {
  return {{"order", arm.order},
          {"seed", arm.seed},
          {"point", point},
          {"images", arm.seen.size()},
          {"seconds", arm.actions.seconds(simulation.costs)},
          {"actions", to_json(arm.actions)},
          {"figures", std::move(figures)}};
}

void write_report(const Simulation& simulation, Json& report) {
  report["claims"] = simulation_claims(report);
  write_json(simulation.folder / "simulate.json", report);
  write_text_atomic(simulation.folder / "simulate.html", simulation_page(report));
}

// The same number of epochs as a whole arm, with everything drawn from the beginning.
void teach_drawn(const Simulation& simulation, int seed, const fs::path& folder) {
  std::vector<SeenImage> drawn;
  for (size_t i = 0; i < simulation.scene.images.size(); ++i)
    drawn.push_back({i, simulation.scene.images[i].truths});
  teach(simulation.scene,
        {.before = simulation.scene.start.folder,
         .seen = std::move(drawn),
         .min_evidence = simulation.options.min_evidence,
         .epochs = simulation.options.epochs * static_cast<double>(simulation.budgets.size()),
         .seed = static_cast<uint64_t>(seed),
         .proposes = false},
        folder, simulation.train);
  write_json(folder / "point.json", {{"figures", figures_of_simulated(folder)}});
}

void run_drawn(const Simulation& simulation, int seed, Json& report) {
  const fs::path folder = simulation.folder / fmt::format("seed-{}", seed) / "drawn";
  log::info("simulate: seed {}, all boxes drawn", seed);
  if (!fs::exists(folder / "point.json")) teach_drawn(simulation, seed, folder);
  const Json made = read_json(folder / "point.json");
  report["drawn"].push_back({{"seed", seed}, {"figures", made.at("figures")}});
}

void run_arm(const Simulation& simulation, Arm arm, Json& report) {
  report["points"].push_back(point_json(simulation, arm, 0, figures_of_simulated(arm.last)));
  for (size_t point = 0; point < simulation.budgets.size(); ++point) {
    const fs::path folder = simulation.folder / fmt::format("seed-{}", arm.seed) /
                            fmt::format("{}-{}", arm.order, point + 1);
    log::info("simulate: seed {}, {}, point {} of {}", arm.seed, arm.order, point + 1,
              simulation.budgets.size());
    if (!fs::exists(folder / "point.json")) make_point(simulation, point, folder, arm);
    const Json made = read_json(folder / "point.json");
    arm.seen = seen_from_json(made.at("seen"), simulation.scene);
    arm.actions = metrics::actions_from_json(made.at("actions"));
    arm.last = folder;
    report["points"].push_back(point_json(simulation, arm, point + 1, made.at("figures")));
    write_report(simulation, report);
  }
}

Json empty_report(const fs::path& run, const Simulation& simulation) {
  const Actions drawing = drawing_of(simulation.scene);
  return {
      {"run", run.string()},
      {"images", simulation.scene.images.size()},
      {"costs", options_json(simulation.costs)},
      {"epochs", simulation.options.epochs},
      {"tolerance", simulation.options.tolerance},
      {"min_evidence", simulation.options.min_evidence},
      {"drawing", {{"actions", to_json(drawing)}, {"seconds", drawing.seconds(simulation.costs)}}},
      {"drawn", Json::array()},
      {"points", Json::array()}};
}

}  // namespace

Json simulate(const fs::path& run, const SimulateOptions& options, const fs::path& folder,
              const Train& train) {
  check_options(options);
  const ActionCosts costs =
      options.costs.empty() ? ActionCosts() : metrics::load_action_costs(options.costs);
  RunFolder held(folder);
  Simulation simulation{options, costs, folder, train, open_simulation(run, options.truth, folder)};
  if (simulation.scene.images.size() < options.points.size())
    fail("simulate", "{} training images with true boxes, expected at least {}, one a point",
         simulation.scene.images.size(), options.points.size());
  keep_settings(simulation);
  held.accept();
  simulation.budgets = budgets_of(simulation);
  Json report = empty_report(run, simulation);
  for (int seed = 0; seed < options.seeds; ++seed) {
    run_drawn(simulation, seed, report);
    for (const std::string& order : metrics::review_order_names())
      run_arm(simulation, {order, seed, simulation.scene.start.folder}, report);
  }
  log::info("simulate: {}", (folder / "simulate.html").string());
  return report;
}

}  // namespace paucal::pipeline
