// export, graph, verify: from a run to a model file, and what is in it.

#include "pipeline/deploy/export.h"

#include <memory>

#include "base/error.h"
#include "base/files.h"
#include "cli/commands.h"
#include "command/output.h"
#include "command/size.h"
#include "edge/runtime/predictor.h"
#include "graph/onnx.h"
#include "graph/show.h"
#include "pipeline/deploy/golden.h"
#include "pipeline/deploy/verify.h"
#include "train/runtime.h"

namespace paucal::cli {
namespace fs = std::filesystem;
namespace {

constexpr size_t kCheckedImages = 24;

struct ExportArguments {
  std::string run, out, onnx, model, data, size;
  std::vector<std::string> skip;
  bool dot = false;
  int golden = 0;
};

std::unique_ptr<edge::Predictor> open_predictor(const std::string& path) {
  return value_or_throw(edge::Predictor::open(path));
}

void print_passes(const pipeline::Exported& exported) {
  command::print("{:<16} {:>12} {:>6} {:>9}\n", "pass", "nodes before", "after", "ms");
  for (const auto& pass : exported.passes)
    command::print("{:<16} {:>12} {:>6} {:>9.2f}\n", pass.name, pass.nodes_before, pass.nodes_after,
                   pass.seconds * 1e3);
}

// What a look at smaller copies of large images first changes.
void print_coarse(const pipeline::CoarseCheck& c) {
  if (c.images == 0) return;
  const auto percent = [](double sum, int count) { return count > 0 ? 100 * sum / count : 0; };
  command::print(
      "verify: {} large images by way of a smaller copy: verdicts differ on {} of {} NG images (at "
      "most {:.1f} % by the held-out ones) and on no OK image; {} have other boxes; probabilities "
      "differ by at most {:.2g}; tiles looked at in full: {:.1f} % of OK images, {:.1f} % of NG "
      "ones\n",
      c.images, c.missed, c.ng_images, 100 * c.most_missed, c.other_boxes, c.probability,
      percent(c.seen_ok, c.images - c.ng_images), percent(c.seen_ng, c.ng_images));
}

// A sentence that a person can act on.
int print_verification(const pipeline::Verification& v) {
  constexpr size_t kShown = 10;
  if (v.images == 0) {
    command::print("verify: no readable image, expected at least one\n");
    return 1;
  }
  command::print(
      "verify: {} images; largest difference to eager: score {:.2g}, map {:.2g}, box {:.2g} px\n",
      v.images, v.score, v.map, v.box);
  print_coarse(v.coarse);
  if (v.unreadable > 0) command::print("verify: {} unreadable files left out\n", v.unreadable);
  for (size_t i = 0; i < std::min(kShown, v.wrong.size()); ++i)
    command::print("  '{}': {}\n", v.wrong[i].path, v.wrong[i].wrong);
  if (v.wrong.size() > kShown) command::print("  … and {} more\n", v.wrong.size() - kShown);
  command::print("verify: {}\n", v.passed() ? "passed" : "FAILED");
  return v.passed() ? 0 : 1;
}

int run_export(const ExportArguments& a) {
  train::init_runtime();
  const auto model = judge::load_model(a.run);
  const auto exported = pipeline::export_model(model, {a.skip});
  print_passes(exported);
  const Bytes file = edge::write_model(exported.model);
  write_file_atomic(a.out, file);
  command::print("{}: {:.2f} MB, {} nodes\n", a.out, static_cast<double>(file.size()) / 1e6,
                 exported.model.graph.nodes.size());
  if (!a.onnx.empty()) {
    const Bytes onnx = graph::write_onnx(exported.traced);
    write_file_atomic(a.onnx, onnx);
    command::print("{}: {:.2f} MB\n", a.onnx, static_cast<double>(onnx.size()) / 1e6);
  }
  if (a.golden > 0) {
    const auto golden = pipeline::write_golden(a.run, a.out, static_cast<size_t>(a.golden));
    command::print("{}: {} golden images\n", golden.folder.string(), golden.images);
    if (golden.left_out > 0)
      command::print("{} images left out: unreadable, or TIFF\n", golden.left_out);
  }
  const auto images = pipeline::test_images(a.run, kCheckedImages);
  if (images.empty()) {
    command::print(
        "not compared with eager: '{}' has no predictions of test images; see paucal verify\n",
        a.run);
    return 0;
  }
  const auto predictor = open_predictor(a.out);  // what was written, not what is in memory
  const pipeline::Verification verification = pipeline::verify(model, *predictor, images, {});
  if (verification.images > 0) return print_verification(verification);
  command::print(
      "not compared with eager: '{}' and the other test images cannot be read; see paucal verify\n",
      images[0]);
  return 0;
}

int run_verify(const ExportArguments& a) {
  train::init_runtime();
  const auto model = judge::load_model(a.run);
  std::vector<std::string> files;
  for (const auto& name : list_files(a.data))
    if (has_image_extension(name)) files.push_back((fs::path(a.data) / name).string());
  const auto predictor = open_predictor(a.model);
  return print_verification(pipeline::verify(model, *predictor, files, {}));
}

int run_graph(const ExportArguments& a) {
  const auto data = value_or_throw(map_file(a.model));
  const auto file = value_or_throw(edge::read_model(data, a.model));
  std::vector<edge::Shape> shapes;
  const auto [width, height] = command::parse_size(a.size);
  for (const int id : file.graph.inputs) {
    edge::Shape shape = file.graph.value(id).shape;
    for (int d = 0; d < shape.rank(); ++d)
      if (shape[d] == edge::Shape::kFree)
        shape[d] = d == 0 ? 1 : d == shape.rank() - 1 ? width : height;
    shapes.push_back(shape);
  }
  const auto signatures = value_or_throw(edge::infer(file.graph, shapes));
  command::print(a.dot ? graph::to_dot(file.graph, signatures)
                       : graph::to_table(file.graph, signatures));
  return 0;
}

}  // namespace

void declare_export(CLI::App& app, int& code) {
  const auto a = std::make_shared<ExportArguments>();
  app.add_option("run", a->run, "run folder with a trained model")
      ->required()
      ->check(CLI::ExistingDirectory);
  app.add_option("--out", a->out, "model file to write, e.g. model.paucal")->required();
  app.add_option("--onnx", a->onnx, "ONNX file to write beside it");
  app.add_option("--golden", a->golden,
                 "images to write into a folder beside it, e.g. model.golden, with what the file "
                 "says of them: `paucal-edge serve` checks them before the file serves")
      ->check(CLI::Range(0, 1000));
  app.add_option("--skip", a->skip, "passes to leave out, to see what they bring");
  app.callback([=, &code] { code = run_export(*a); });
}

void declare_graph(CLI::App& app, int& code) {
  const auto a = std::make_shared<ExportArguments>();
  app.add_option("model", a->model, "model file")->required()->check(CLI::ExistingFile);
  a->size = "224x224";
  app.add_option("--size", a->size, "WIDTHxHEIGHT of the input, for the shapes")
      ->capture_default_str();
  app.add_flag("--dot", a->dot, "as a picture for Graphviz");
  app.callback([=, &code] { code = run_graph(*a); });
}

void declare_verify(CLI::App& app, int& code) {
  const auto a = std::make_shared<ExportArguments>();
  app.add_option("model", a->model, "model file")->required()->check(CLI::ExistingFile);
  app.add_option("--against", a->run, "run folder that it was exported from")
      ->required()
      ->check(CLI::ExistingDirectory);
  app.add_option("--data", a->data, "folder of images")->required()->check(CLI::ExistingDirectory);
  app.callback([=, &code] { code = run_verify(*a); });
}

}  // namespace paucal::cli
