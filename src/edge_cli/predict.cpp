// predict: a model file on images.

#include "command/predict.h"

#include <algorithm>
#include <memory>
#include <thread>

#include "base/error.h"
#include "base/utf8_path.h"
#include "edge/runtime/predictor.h"
#include "edge_cli/commands.h"

namespace paucal::edge_cli {
namespace {

struct Arguments {
  std::string model;
  command::PredictArguments predict;
  int threads = 1;
};

int threads_of(int asked) {
  return asked > 0 ? asked : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

int run_predict(const Arguments& arguments) {
  const auto predictor = value_or_throw(edge::Predictor::open(
      utf8_path(arguments.model), {.threads = threads_of(arguments.threads)}));
  if (const auto wrong = predictor->choose_tiles(arguments.predict.tile, arguments.predict.overlap))
    throw Error(wrong->place, wrong->message);
  if (arguments.predict.every_tile) predictor->look_coarsely(false);
  return command::predict_images(
      arguments.predict, predictor->card(),
      [&](const edge::Image& image) { return predictor->predict(image); });
}

}  // namespace

void declare_predict(CLI::App& app, int& code) {
  const auto arguments = std::make_shared<Arguments>();
  app.add_option("model", arguments->model, "model file")->required();
  command::add_predict_arguments(app, arguments->predict);
  app.add_option("--threads", arguments->threads,
                 "threads of the network; 0: as many as there are processors")
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
  app.callback([arguments, &code] { code = run_predict(*arguments); });
}

}  // namespace paucal::edge_cli
