// predict: a trained model on images.

#include "command/predict.h"

#include <memory>

#include "base/error.h"
#include "cli/commands.h"
#include "edge/post/tiles.h"
#include "judge/inference.h"
#include "train/runtime.h"

namespace paucal::cli {
namespace {

struct PredictRun {
  std::string run;
  command::PredictArguments predict;
};

int run_predict(const PredictRun& arguments) {
  train::init_runtime();
  judge::TrainedModel model = judge::load_model(arguments.run);
  if (const auto wrong =
          edge::choose_tiles(model.input, arguments.predict.tile, arguments.predict.overlap))
    throw Error(wrong->place, wrong->message);
  if (arguments.predict.tile || arguments.predict.overlap) model.coarse.reset();
  if (arguments.predict.every_tile) model.input.coarse = edge::Coarse::kOff;
  const judge::Inference network(model);
  return command::predict_images(arguments.predict, model, [&](const edge::Image& image) {
    return Result(edge::interpret(model, network.image(image)));
  });
}

}  // namespace

void declare_predict(CLI::App& app, int& code) {
  const auto arguments = std::make_shared<PredictRun>();
  app.add_option("run", arguments->run, "run folder with a trained model")
      ->required()
      ->check(CLI::ExistingDirectory);
  command::add_predict_arguments(app, arguments->predict);
  app.callback([=, &code] { code = run_predict(*arguments); });
}

}  // namespace paucal::cli
