// The table of networks: a new one is a file of its own and one line here.

#include "base/error.h"
#include "models/convnext.h"
#include "models/detector.h"
#include "models/layers.h"
#include "models/memory.h"
#include "models/mobile.h"
#include "models/pyramid.h"
#include "models/rep.h"
#include "models/resnet.h"
#include "models/wrn.h"

namespace paucal::models {
namespace {

using ModelPtr = std::shared_ptr<ImageModel>;

struct Architecture {
  const char* name;
  ModelPtr (*make)(const ModelOptions&, int classes);
  bool cuts = false;  // takes options.cut and options.taps
  bool pads = false;  // takes options.padding
};

void check_options(const Architecture& architecture, const ModelOptions& options) {
  if (!architecture.cuts && (options.cut != "none" || !options.taps.empty()))
    fail("models", "{}: model.cut and model.taps, expected neither: all its stages are read",
         options.arch);
  if (!architecture.pads && options.padding != "symmetric")
    fail("models", "{}: model.padding={}, expected symmetric", options.arch, options.padding);
}

template <int A, int B, int C, int D, bool kBottleneck>
ModelPtr resnet(const ModelOptions& options, int classes) {
  return make_resnet(options, classes, {.blocks = {A, B, C, D}, .bottleneck = kBottleneck});
}

ModelPtr resnet10(const ModelOptions& options, int classes) {
  return make_resnet(options, classes, {.blocks = {1, 1, 1, 1}, .light = true, .width = 32});
}

template <int kStages, int kBlocks, int kFactor>
ModelPtr wrn(const ModelOptions& options, int classes) {
  return make_wrn(options, classes, {.stages = kStages, .blocks = kBlocks, .factor = kFactor});
}

constexpr Architecture kZoo[] = {
    {"pyramid10", make_pyramid},
    {"resnet10", resnet10, true},
    {"resnet18", resnet<2, 2, 2, 2, false>, true},
    {"resnet34", resnet<3, 4, 6, 3, false>, true},
    {"resnet50", resnet<3, 4, 6, 3, true>, true},
    {"efficientnet_lite0", make_mobile, true, true},
    {"efficientnet_lite1", make_mobile, true, true},
    {"efficientnet_lite2", make_mobile, true, true},
    {"mobilenet_v2", make_mobile, true, true},
    {"mobilenet_v3_small", make_mobile, true, true},
    {"mobilenet_v3_large", make_mobile, true, true},
    {"repvgg_a0", make_rep, true},
    {"mobileone_s0", make_rep, true},
    {"convnext_atto", make_convnext, true},
    {"wrn-16-2", wrn<3, 2, 2>},
    {"wrn-28-2", wrn<3, 4, 2>},
    {"wrn-28-8", wrn<3, 4, 8>},
    {"wrn-37-2", wrn<4, 4, 2>},
};

}  // namespace

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const Architecture& architecture : kZoo) names.emplace_back(architecture.name);
  return names;
}

std::shared_ptr<ImageModel> make_model(const ModelOptions& options, int classes, int box_classes) {
  if (classes < 1) fail("models", "{} classes, expected at least 1", classes);
  if (options.channels < 1) fail("models", "channels {}, expected at least 1", options.channels);
  for (const Architecture& architecture : kZoo) {
    if (options.arch != architecture.name) continue;
    check_options(architecture, options);
    ModelPtr model;
    if (options.memory.on())
      model = std::make_shared<Memory>(options, architecture.make, classes);
    else if (options.detector.bbox_head.on())
      model = std::make_shared<Detector>(options, architecture.make, classes,
                                         box_classes > 0 ? box_classes : classes);
    else
      model = architecture.make(options, classes);
    init_weights(*model, options.seed);
    model->init_heads();
    return model;
  }
  fail_unknown("models", "network", options.arch, model_names());
}

}  // namespace paucal::models
