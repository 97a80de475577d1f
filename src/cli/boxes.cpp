// boxes compare, simulate, export, import: how good the boxes of a run are, which of them a person
// should look at first, and boxes for annotation tools.

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/files.h"
#include "cli/commands.h"
#include "command/output.h"
#include "data/files/probe.h"
#include "data/set/annotations.h"
#include "labels/annotation_files.h"
#include "labels/spellings.h"
#include "pipeline/run.h"
#include "pipeline/studies/boxes_compare.h"
#include "pipeline/studies/simulate.h"
#include "pipeline/studies/simulation_page.h"
#include "train/runtime.h"

namespace paucal::cli {
namespace {

struct Compare {
  std::string run;
  pipeline::BoxCompareOptions options;
};

void add_run_and_truth(CLI::App& command, std::string& run, std::filesystem::path& truth) {
  command.add_option("run", run, "run folder")->required()->check(CLI::ExistingDirectory);
  command
      .add_option("--truth", truth,
                  "true boxes: a COCO file, or a folder of VOC, labelme or mask files; default: as "
                  "the run's data.truth has it")
      ->check(CLI::ExistingPath);
}

void declare_compare(CLI::App& app) {
  CLI::App& command = *app.add_subcommand(
      "compare", "the boxes of a run, or of a chain of runs, against true ones and baselines");
  const auto arguments = std::make_shared<Compare>();
  pipeline::BoxCompareOptions& options = arguments->options;
  add_run_and_truth(command, arguments->run, options.truth);
  command
      .add_option("--budget", options.budgets,
                  "numbers of boxed validation images that may set thresholds, a,b,c")
      ->delimiter(',')
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  command.add_option("--few", options.few, "boxed training images of the contrast baseline")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  command.add_option("--worst", options.worst, "test images that are shown, the worst first")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  command.callback([=] {
    train::init_runtime(pipeline::recipe_of_run(arguments->run).train.threads);
    const Json report = pipeline::compare_boxes(arguments->run, arguments->options);
    command::print(pipeline::boxes_table(report));
  });
}

struct Simulate {
  std::string run, out;
  pipeline::SimulateOptions options;
};

void declare_simulate(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("simulate",
                                          "what a person's seconds bring: truth is hidden, a "
                                          "simulated reviewer corrects the boxes of a "
                                          "run in a random order, the least sure first, and ours");
  const auto arguments = std::make_shared<Simulate>();
  pipeline::SimulateOptions& options = arguments->options;
  add_run_and_truth(command, arguments->run, options.truth);
  command.add_option("--seeds", options.seeds, "simulations of each order, with seeds 0, 1, …")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command
      .add_option("--costs", options.costs,
                  "seconds an action, YAML or JSON: open, accept, reject, move_side, draw, nothing")
      ->check(CLI::ExistingFile);
  command
      .add_option("--points", options.points,
                  "when to train on: shares of the time that reviewing everything takes, a,b,c")
      ->delimiter(',')
      ->check(CLI::Range(0., 1.))
      ->capture_default_str();
  command.add_option("--epochs", options.epochs, "of training between two points")
      ->check(CLI::Range(.01, 1e6))
      ->capture_default_str();
  command.add_option("--tolerance", options.tolerance, "pixels that a side of a box may be off")
      ->check(CLI::Range(0., 1000.))
      ->capture_default_str();
  command
      .add_option("--min-evidence", options.min_evidence,
                  "pseudo boxes with less evidence teach nothing")
      ->check(CLI::Range(0., 1.))
      ->capture_default_str();
  command.add_option("--out", arguments->out, "folder for the runs, simulate.json and .html")
      ->required();
  command.callback([=] {
    train::init_runtime(pipeline::recipe_of_run(arguments->run).train.threads);
    const Json report = pipeline::simulate(arguments->run, arguments->options, arguments->out);
    command::print(pipeline::simulation_text(report));
  });
}

namespace fs = std::filesystem;

// Of a run: what its boxes say, or what it was taught; of a chain: the last run that has any; of
// anything else: itself.
fs::path annotations_in(const fs::path& source) {
  std::vector<fs::path> folders{source};
  if (!fs::exists(source / "recipe.yaml")) return source;
  if (fs::exists(source / "line.json")) {
    const Json line = read_json(source / "line.json");
    for (const Json& phase : line.at("phases"))
      folders.push_back(source / fs::path(phase.at("folder").get<std::string>()).filename());
  }
  for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder)
    for (const char* name : {"pseudo_boxes.json", "taught_boxes.json"})
      if (fs::exists(*folder / name)) return *folder / name;
  fail("boxes",
       "'{}': no pseudo_boxes.json, expected the folder of a chain (recipes/defect_line.yaml)",
       source.string());
}

void measure_images(std::vector<labels::Annotated>& annotated, const fs::path& images) {
  constexpr int64_t kMaxPixels = int64_t{1} << 40;  // only the header is read
  for (labels::Annotated& image : annotated) {
    const data::FileProbe probe = data::probe_file(images / image.image, kMaxPixels);
    if (!probe.kind.empty())
      fail("boxes", "--images: '{}': {}", (images / image.image).string(), probe.message);
    image.width = probe.info.width;
    image.height = probe.info.height;
  }
}

struct Convert {
  std::string source, format = "coco", out, images;
  bool scores = true;
  size_t first = 0;  // images; 0: all
};

int convert(const Convert& arguments) {
  std::vector<data::Problem> problems;
  const fs::path source = annotations_in(arguments.source);
  std::vector<labels::Annotated> annotated =
      labels::with_image_paths(data::read_annotations(source, problems), problems);
  labels::unify_classes(annotated, problems);
  if (arguments.first > 0 && arguments.first < annotated.size()) annotated.resize(arguments.first);
  if (!arguments.images.empty()) measure_images(annotated, arguments.images);
  if (!arguments.scores)
    for (labels::Annotated& image : annotated)
      for (labels::Instance& object : image.instances) {
        object.guessed = false;
        object.weight = 1;
      }
  if (!annotated.empty())
    labels::write_annotations(annotated, arguments.format, arguments.out, arguments.images,
                              problems);
  size_t boxes = 0, negatives = 0;
  for (const labels::Annotated& image : annotated) {
    boxes += image.instances.size();
    negatives += image.instances.empty();
  }
  command::print("{} images, {} boxes, {} images without any: {}\n", annotated.size(), boxes,
                 negatives, annotated.empty() ? "nothing written" : arguments.out);
  constexpr size_t kShown = 20;
  for (size_t i = 0; i < std::min(problems.size(), kShown); ++i)
    command::print("  {}: {}: {}\n", problems[i].kind, problems[i].path, problems[i].message);
  if (problems.size() > kShown) command::print("  and {} more\n", problems.size() - kShown);
  const bool complete = std::ranges::none_of(problems, [](const data::Problem& problem) {
    return data::problem_kind(problem.kind).severity == data::Severity::kError ||
           problem.kind == "outside" || problem.kind == "mask-photo";
  });
  return annotated.empty() || !complete ? 1 : 0;
}

void declare_to_tool(CLI::App& app, int& code) {
  CLI::App& command =
      *app.add_subcommand("export", "boxes of a run, or of annotations, for an annotation tool");
  const auto arguments = std::make_shared<Convert>();
  command
      .add_option("source", arguments->source,
                  "run with pseudo_boxes.json, COCO file, or folder of VOC, labelme or mask files")
      ->required()
      ->check(CLI::ExistingPath);
  command.add_option("--format", arguments->format, "what the tool reads")
      ->check(CLI::IsMember(labels::annotation_format_names()))
      ->capture_default_str();
  command.add_option("--first", arguments->first,
                     "so many images alone; those of a run come in the order of review, the least "
                     "sure first");
  command.add_option("--out", arguments->out, "COCO file, or folder for one file an image")
      ->required();
  command
      .add_option("--images", arguments->images,
                  "folder of the images: their sizes are written, and labelme finds them")
      ->check(CLI::ExistingDirectory);
  command.callback([=, &code] { code = convert(*arguments); });
}

void declare_from_tool(CLI::App& app, int& code) {
  CLI::App& command = *app.add_subcommand(
      "import", "what an annotation tool wrote, as one COCO file for data.boxes or line.review");
  const auto arguments = std::make_shared<Convert>();
  arguments->scores = false;
  command.add_flag("--scores", arguments->scores,
                   "keep scores, so that boxes stay guesses; else whoever saved them vouches for "
                   "them");
  command
      .add_option("source", arguments->source, "COCO file, or folder of VOC, labelme or mask files")
      ->required()
      ->check(CLI::ExistingPath);
  command.add_option("--out", arguments->out, "COCO file, e.g. RUN/reviewed_boxes.json")
      ->required();
  command.callback([=, &code] { code = convert(*arguments); });
}

}  // namespace

void declare_boxes(CLI::App& app, int& code) {
  app.require_subcommand(1);
  declare_compare(app);
  declare_simulate(app);
  declare_to_tool(app, code);
  declare_from_tool(app, code);
}

}  // namespace paucal::cli
