#pragma once
// Which network, and its size. Free of torch, so that options and help cost nothing to build.

#include <cstdint>
#include <string>
#include <vector>

#include "base/options.h"
#include "models/detector_options.h"
#include "models/memory_options.h"

namespace paucal::models {

// The architectures of the table in zoo.cpp, in its order.
std::vector<std::string> model_names();

// auto, and those of the table in published.cpp.
std::vector<std::string> weight_sources();

struct ModelOptions {
  std::string arch = "resnet10";
  std::string weights;
  std::string weights_source = "auto";
  std::string cut = "none";
  std::vector<std::string> taps;
  std::string padding = "symmetric";
  int channels = 3;
  int width = 0;
  int output_stride = 0;
  int upscale = 1;
  double dropout = 0;
  bool conv_bias = true;
  double bn_momentum = 0;
  double bn_eps = 0;
  std::string bn = "auto";
  uint64_t seed = 0;
  DetectorOptions detector = {};
  MemoryOptions memory = {};

  template <class V>
  void visit(V& v) {
    v(arch, "arch", "network; with model.weights, unless it is typed, that of the file",
      OneOf{model_names()});
    v(weights, "weights",
      "weight file to start from (.safetensors, .pth), of a run or of torchvision, timm, Hugging "
      "Face; it brings its network, mean and std along; default: from scratch");
    v(weights_source, "weights_source",
      "who published the file, where its names do not tell: eps, padding, mean and std differ",
      OneOf{weight_sources()});
    v(cut, "cut",
      "the last stage that is built, by its stride; what comes after costs weights and little "
      "else (not pyramid10 and wrn)",
      OneOf{{"none", "s4", "s8", "s16", "s32"}});
    v(taps, "taps",
      "stages that the class map reads, by their strides, e.g. s8,s16, coarser ones enlarged to "
      "the finest; later ones are not built; empty: the last one; with published weights and "
      "task=inspection s8,s16");
    v(padding, "padding",
      "around strided convolutions: symmetric, or as TensorFlow's SAME (efficientnet_lite, "
      "mobilenet)",
      OneOf{{"symmetric", "same"}});
    v(channels, "channels", "channels of the input; a run takes them from its input options",
      Range{1, 64});
    v(width, "width",
      "channels of the first stage; 0: the network's own (pyramid10 and resnet10 32, resnet18 to "
      "50 64, wrn 16 times its factor); of other published networks the stem's, which scales all "
      "others (efficientnet_lite and mobilenet_v2 32, mobilenet_v3 16, repvgg and mobileone 48, "
      "convnext 40)",
      Range{0, 1024});
    v(output_stride, "output_stride",
      "input pixels a cell of the class map: 4, 8, 16 or 32; dilation makes up for strides left "
      "out; 0: the network's own (pyramid10 4, wrn 4, wrn-37-2 8, others 32), or that of the "
      "finest tap",
      Range{0, 32});
    v(upscale, "upscale",
      "places of the class map a cell, each way, so that boxes end between cells (sub-pixel "
      "convolution, Shi et al., CVPR 2016)",
      Range{1, 8});
    v(dropout, "dropout", "share of feature channels dropped before the head, in training",
      Range{0, 0.95});
    v(conv_bias, "conv_bias", "wrn only: biases in the convolutions, as FixMatch's network has");
    v(bn_momentum, "bn_momentum",
      "share of the newest batch in the running statistics; 0: the network's own (wrn .001, "
      "others .1)",
      Range{0, 1});
    v(bn_eps, "bn_eps",
      "added to the variance; 0: the network's own (wrn 1e-3, others "
      "1e-5, published weights their own)",
      Range{0, 0.1});
    v(bn, "bn",
      "statistics of batch norms in training: those of each batch, or frozen as the weight file "
      "has "
      "them; auto: frozen with published weights and train.batch below 32",
      OneOf{{"auto", "train", "frozen"}});
    v(seed, "seed", "seed of the initial weights");
    detector.visit(v);
    v.group(memory, "memory", "places of OK images that the network knows by heart");
  }
};

}  // namespace paucal::models
