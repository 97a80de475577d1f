// The verdict of a trained model on one image, and where the defects are.
//   example_inspect RUN IMAGE

#include <cstdio>
#include <exception>

#include "edge/pre/decode.h"
#include "judge/inference.h"
#include "train/runtime.h"

int main(int argc, char** argv) {
  using namespace paucal;
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s RUN IMAGE\n", argv[0]);
    return 2;
  }
  try {
    train::init_runtime();
    const judge::TrainedModel model = judge::load_model(argv[1]);
    const auto image = edge::read_image(argv[2], model.decoding());
    if (!image.ok()) {
      std::fprintf(stderr, "%s\n", image.failure().message.c_str());
      return 1;
    }
    const auto result = edge::interpret(model, judge::Inference(model).image(*image));
    const bool inspection = model.task == judge::Task::kInspection;
    const char* verdict = result.ng ? "NG" : "OK";
    if (!inspection) verdict = model.classes.at(result.label).c_str();
    std::printf("%s, probability %s%.3f\n", verdict, inspection ? "of NG " : "",
                result.probability);
    for (const auto& [box, score, label] : result.boxes)
      std::printf("box x %.0f to %.0f, y %.0f to %.0f, score %.3f\n", box.x0, box.x1, box.y0,
                  box.y1, score);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
