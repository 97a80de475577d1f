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

struct ModelOptions {
  std::string arch = "resnet10";
  int channels = 3;
  int width = 0;
  int output_stride = 0;
  int upscale = 1;
  double dropout = 0;
  bool conv_bias = true;
  double bn_momentum = 0;
  double bn_eps = 0;
  uint64_t seed = 0;
  DetectorOptions detector = {};
  MemoryOptions memory = {};

  template <class V>
  void visit(V& v) {
    v(arch, "arch", "network", OneOf{model_names()});
    v(channels, "channels", "channels of the input; a run takes them from its input options",
      Range{1, 64});
    v(width, "width",
      "channels of the first stage; 0: the network's own (pyramid10 and resnet10 32, resnet18 to "
      "50 64, "
      "wrn 16 times its factor)",
      Range{0, 1024});
    v(output_stride, "output_stride",
      "input pixels a cell of the class map: 4, 8, 16 or 32; dilation makes up for strides left "
      "out; 0: the network's own (pyramid10 4, resnet 32, wrn 4, wrn-37-2 8)",
      Range{0, 32});
    v(upscale, "upscale",
      "places of the class map a cell, each way, so that boxes end between cells (sub-pixel "
      "convolution, Shi et al., CVPR 2016)",
      Range{1, 8});
    v(dropout, "dropout", "share of feature channels dropped before the head, in training",
      Range{0, 0.95});
    v(conv_bias, "conv_bias", "wrn only: biases in the convolutions, as FixMatch's network has");
    v(bn_momentum, "bn_momentum",
      "share of the newest batch in the running statistics; 0: the network's own (resnet .1, "
      "wrn .001)",
      Range{0, 1});
    v(bn_eps, "bn_eps", "added to the variance; 0: the network's own (resnet 1e-5, wrn 1e-3)",
      Range{0, 0.1});
    v(seed, "seed", "seed of the initial weights");
    detector.visit(v);
    v.group(memory, "memory", "places of OK images that the network knows by heart");
  }
};

}  // namespace paucal::models
