#include "command/predict.h"

#include "base/error.h"
#include "base/files.h"
#include "base/json_text.h"
#include "base/utf8_path.h"
#include "command/image_files.h"
#include "command/output.h"
#include "command/part_lines.h"
#include "edge/post/draw_prediction.h"
#include "edge/post/prediction_line.h"
#include "edge/pre/decode.h"
#include "edge/pre/encode.h"

namespace paucal::command {
namespace fs = std::filesystem;
namespace {

// Adds to `line` what is said of an image. Throws where something fails; what was said before that
// stays.
void predict_file(Json& line, const PredictArguments& arguments, const edge::ModelCard& card,
                  const PredictImage& predict, const NamedFile& file, size_t index) {
  const edge::Image image = value_or_throw(
      edge::read_image(utf8_path(file.path), card.decoding(card.input.channels, file.page)));
  const Result<edge::Prediction> prediction = predict(image);
  if (!prediction.ok()) fail("predict", "'{}': {}", file.name(), prediction.failure().message);
  line.update(edge::prediction_line(card, *prediction));
  if (arguments.overlay.empty()) return;
  const fs::path overlay = overlay_path(utf8_path(arguments.overlay), file.path, index);
  write_file_atomic(overlay,
                    value_or_throw(edge::encode_jpeg(edge::draw_prediction(image, *prediction))));
  line["overlay"] = overlay.string();
}

}  // namespace

void add_predict_arguments(CLI::App& app, PredictArguments& arguments) {
  app.add_option("images", arguments.images, "image files or folders")->required();
  app.add_option("--overlay", arguments.overlay,
                 "folder for pictures with heat and boxes drawn in");
  app.add_option("--tile", arguments.tile,
                 "side of the tiles that large images go through the network in, in its pixels; 0: "
                 "as a whole. Default: as the model was trained (input.tile)")
      ->check(CLI::Range(0, 16384));
  app.add_option("--overlap", arguments.overlap,
                 "pixels that neighbouring tiles share. Default: as the model was trained")
      ->check(CLI::Range(0, 8192));
  app.add_flag("--every-tile", arguments.every_tile,
               "look at all tiles of a large image in full, without a smaller copy first "
               "(input.coarse)");
  app.add_flag("--parts", arguments.parts,
               "a line for each part follows: images whose file names are alike up to their last "
               "'_' are its views, and the worst one decides");
  app.footer(
      "One JSON line an image goes to standard output; boxes are half-open, in pixels of the "
      "original image. A file that is no readable image, or whose overlay cannot be written, has "
      "\"error\" in its line, and the exit code is then 1.");
}

int predict_images(const PredictArguments& arguments, const edge::ModelCard& card,
                   const PredictImage& predict) {
  if (arguments.parts && card.task != edge::Task::kInspection)
    fail("predict", "--parts with a model of task {}, expected inspection", name_of(card.task));
  std::vector<NamedFile> files = image_files(arguments.images);
  if (card.input.pages == edge::Pages::kAll) files = with_pages(std::move(files));
  int code = 0;
  PartLines parts;
  for (size_t i = 0; i < files.size(); ++i) {
    Json line = {{"path", files[i].name()}};
    try {
      if (files[i].error.empty())
        predict_file(line, arguments, card, predict, files[i], i);
      else
        line["error"] = files[i].error;
    } catch (const Error& error) {
      line["error"] = error.message();
    } catch (const std::exception& error) {  // the memory of one image may not suffice, say
      line["error"] = fmt::format("'{}': {}", files[i].path, error.what());
    }
    if (line.contains("error")) code = 1;
    print(dump_json(line) + "\n");
    if (arguments.parts) parts.add(line);
  }
  for (const Json& line : parts.lines()) print(dump_json(line) + "\n");
  return code;
}

}  // namespace paucal::command
