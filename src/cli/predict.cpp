// predict: a trained model on images.

#include "judge/predict.h"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "base/json_text.h"
#include "cli/commands.h"
#include "edge/post/tiles.h"
#include "edge/pre/decode.h"
#include "edge/pre/encode.h"
#include "judge/overlay.h"
#include "train/runtime.h"

namespace paucal::cli {
namespace fs = std::filesystem;
namespace {

struct Arguments {
  std::string run;
  std::vector<std::string> images;
  std::string overlay;
  std::optional<int> tile, overlap;
};

// A folder stands for the images in it.
std::vector<std::string> expand(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const auto& path : paths) {
    if (!fs::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    for (const auto& name : list_files(path))
      if (has_image_extension(name)) files.push_back((fs::path(path) / name).string());
  }
  return files;
}

// Where the overlay of the `index`-th file goes; a number keeps files of one name apart.
fs::path overlay_path(const fs::path& folder, const std::string& file, size_t index) {
  return folder / fmt::format("{:05}_{}.jpg", index, fs::path(file).stem().string());
}

}  // namespace

void declare_predict(CLI::App& app, int& code) {
  const auto arguments = std::make_shared<Arguments>();
  app.add_option("run", arguments->run, "run folder with a trained model")
      ->required()
      ->check(CLI::ExistingDirectory);
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
  app.footer(
      "One JSON line an image goes to standard output; boxes are half-open, in pixels of the "
      "original image.");
  app.callback([=, &code] {
    train::init_runtime();
    judge::TrainedModel model = judge::load_model(arguments->run);
    if (const auto wrong = edge::choose_tiles(model.input, arguments->tile, arguments->overlap))
      throw Error(wrong->place, wrong->message);
    const auto files = expand(arguments->images);
    for (size_t i = 0; i < files.size(); ++i) {
      Json line = {{"path", files[i]}};
      const auto image = edge::read_image(files[i], model.decoding());
      if (!image.ok()) {  // the others must not suffer
        line["error"] = image.failure().message;
        code = 1;
      } else {
        const auto prediction = edge::interpret(model, judge::predict_raw(model, *image));
        line.update(edge::to_json(model, prediction));
        if (!arguments->overlay.empty()) {
          const fs::path path = overlay_path(arguments->overlay, files[i], i);
          write_file_atomic(path, edge::encode_jpeg(judge::draw_prediction(*image, prediction)));
          line["overlay"] = path.string();
        }
      }
      std::puts(dump_json(line).c_str());
    }
  });
}

}  // namespace paucal::cli
