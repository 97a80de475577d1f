// predict: a model file on images.

#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "base/json_text.h"
#include "edge/post/overlay.h"
#include "edge/pre/channels.h"
#include "edge/pre/decode.h"
#include "edge/pre/encode.h"
#include "edge/runtime/predictor.h"
#include "edge_cli/commands.h"

namespace paucal::edge_cli {
namespace fs = std::filesystem;
namespace {

// White within black stands out from any heat and any image.
constexpr edge::Colour kFrame = {255, 255, 255}, kRim = {0, 0, 0};

struct Arguments {
  std::string model;
  std::vector<std::string> images;
  std::string overlay;
  std::optional<int> tile, overlap;
  int threads = 1;
};

// A folder stands for the images in it; one without stays, to be answered with an error.
std::vector<std::string> expand(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const auto& path : paths) {
    std::error_code ignored;
    if (!fs::is_directory(path, ignored)) {
      files.push_back(path);
      continue;
    }
    const size_t before = files.size();
    for (const auto& name : list_files(path))
      if (has_image_extension(name)) files.push_back((fs::path(path) / name).string());
    if (files.size() == before) files.push_back(path);
  }
  return files;
}

// Heat and boxes over the image.
edge::Image draw(const edge::Image& image, const edge::Prediction& prediction) {
  edge::Image drawn = edge::overlay_heat(image, edge::heat_at_original(prediction));
  const double side = std::min(image.width, image.height);
  const int line = std::max(1, static_cast<int>(std::lround(side / 200)));
  for (const auto& found : prediction.boxes) {
    edge::draw_box(drawn, found.box, kRim, 2 * line);
    edge::draw_box(drawn, found.box, kFrame, line);
  }
  return drawn;
}

// Where the overlay of the `index`-th file goes; a number keeps files of one name apart.
fs::path overlay_path(const fs::path& folder, const std::string& file, size_t index) {
  return folder / fmt::format("{:05}_{}.jpg", index, fs::path(file).stem().string());
}

double peak(const edge::Map& heat) {
  return heat.values.empty() ? 0 : *std::ranges::max_element(heat.values);
}

// What is said of one image; "error" where nothing can be.
Json line_of(edge::Predictor& predictor, const Arguments& arguments, const std::string& file,
             size_t index) {
  Json line = {{"path", file}};
  std::error_code ignored;
  if (fs::is_directory(file, ignored)) {
    line["error"] = fmt::format("'{}': a folder without image files", file);
    return line;
  }
  const auto image = edge::read_image(file, predictor.card().decoding());
  if (!image.ok()) {
    line["error"] = image.failure().message;
    return line;
  }
  const auto prediction = predictor.predict(*image);
  if (!prediction.ok()) {
    line["error"] = fmt::format("'{}': {}", file, prediction.failure().message);
    return line;
  }
  line.update(edge::to_json(predictor.card(), *prediction));
  line["heat_peak"] = peak(prediction->heat);
  if (!arguments.overlay.empty()) {
    const fs::path path = overlay_path(arguments.overlay, file, index);
    write_file_atomic(path, edge::encode_jpeg(draw(*image, *prediction)));
    line["overlay"] = path.string();
  }
  return line;
}

}  // namespace

void declare_predict(CLI::App& app, int& code) {
  const auto arguments = std::make_shared<Arguments>();
  app.add_option("model", arguments->model, "model file")->required();
  app.add_option("images", arguments->images, "image files or folders")->required();
  app.add_option("--overlay", arguments->overlay,
                 "folder for pictures with heat and boxes drawn in");
  app.add_option("--tile", arguments->tile,
                 "side of the tiles that large images go through the network in, in its pixels; 0: "
                 "as a whole. Default: as the model was trained (input.tile)")
      ->check(CLI::Range(0, 16384));
  app.add_option("--overlap", arguments->overlap,
                 "pixels that neighbouring tiles share. Default: as the model was trained")
      ->check(CLI::Range(0, 8192));
  app.add_option("--threads", arguments->threads, "threads of the network")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.footer(
      "One JSON line an image goes to standard output; boxes are half-open, in pixels of the "
      "original image.");
  app.callback([arguments, &code] {
    const auto predictor =
        value_or_throw(edge::Predictor::open(arguments->model, {.threads = arguments->threads}));
    if (const auto wrong = predictor->choose_tiles(arguments->tile, arguments->overlap))
      throw Error(wrong->place, wrong->message);
    const auto files = expand(arguments->images);
    for (size_t i = 0; i < files.size(); ++i) {
      const Json line = line_of(*predictor, *arguments, files[i], i);
      if (line.contains("error")) code = 1;  // the others must not suffer
      std::puts(dump_json(line).c_str());
    }
  });
}

}  // namespace paucal::edge_cli
