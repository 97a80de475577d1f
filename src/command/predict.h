#pragma once
// The `predict` of both programs: they differ in where the network comes from, and in nothing else.

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "edge/post/interpret.h"

namespace paucal::command {

struct PredictArguments {
  std::vector<std::string> images;  // files or folders
  std::string overlay = {};         // folder for pictures; empty: none
  std::optional<int> tile = {}, overlap = {};
  bool every_tile = false;
  bool parts = false;  // a line a part follows
};

// Declares them, below what names the model.
void add_predict_arguments(CLI::App& app, PredictArguments& arguments);

// The network of `card` on one image. May throw, too.
using PredictImage = std::function<Result<edge::Prediction>(const edge::Image&)>;

// Prints one JSON line for each of image_files(): "path", what was predicted, "heat_peak" and
// "overlay"; "error" where an image cannot be predicted, or its picture not be written. What is
// wrong with one does not stop the others. Where asked for, lines of parts follow (part_lines.h).
// Returns the exit code: 1 if any has an error. Throws
// Error where standard output cannot be written, and where parts are asked of a classification.
int predict_images(const PredictArguments& arguments, const edge::ModelCard& card,
                   const PredictImage& predict);

}  // namespace paucal::command
