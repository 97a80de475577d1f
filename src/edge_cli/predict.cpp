// predict: a model file on images.

#include "command/predict.h"

#include <memory>

#include "base/error.h"
#include "edge/runtime/predictor.h"
#include "edge_cli/commands.h"

namespace paucal::edge_cli {
namespace {

struct Arguments {
  std::string model;
  command::PredictArguments predict;
  int threads = 1;
};

int run_predict(const Arguments& arguments) {
  const auto predictor =
      value_or_throw(edge::Predictor::open(arguments.model, {.threads = arguments.threads}));
  if (const auto wrong = predictor->choose_tiles(arguments.predict.tile, arguments.predict.overlap))
    throw Error(wrong->place, wrong->message);
  return command::predict_images(
      arguments.predict, predictor->card(),
      [&](const edge::Image& image) { return predictor->predict(image); });
}

}  // namespace

void declare_predict(CLI::App& app, int& code) {
  const auto arguments = std::make_shared<Arguments>();
  app.add_option("model", arguments->model, "model file")->required();
  command::add_predict_arguments(app, arguments->predict);
  app.add_option("--threads", arguments->threads, "threads of the network")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.callback([arguments, &code] { code = run_predict(*arguments); });
}

}  // namespace paucal::edge_cli
