#pragma once
// The tensors of a network as a list, without torch: names and shapes that weight files are
// compared with.

#include <cstdint>
#include <string>
#include <vector>

namespace paucal::models {

struct Layer {
  enum class Kind {
    kConv,        // name.weight [out, in / groups, k, k]
    kBiasedConv,  // and name.bias
    kBatchNorm,   // name.{weight, bias, running_mean, running_var} [channels]
    kLayerNorm,   // name.{weight, bias} [channels]
    kParameter,   // name [channels]
  };
  Kind kind = Kind::kConv;
  std::string name;            // "" in our list: we do not build it
  std::vector<int64_t> shape;  // of its weight
  bool reads_image = false;    // its inputs are the channels of the image
};
using Layers = std::vector<Layer>;

// One tensor of a published network: its name in the file and in our network.
struct PublishedTensor {
  std::string theirs;
  std::string ours;  // "" where we do not build it
  std::vector<int64_t> shape;
  bool reads_image = false;
  // Where reads_image: which of ours takes what a change of mean adds to every place, and how: the
  // layer's own bias (+), or the running mean of the norm behind it (−).
  std::string shift;
  int shift_sign = -1;
};

// The same layers in the same order, by two ways of naming them.
std::vector<PublishedTensor> pair_layers(const Layers& theirs, const Layers& ours);

}  // namespace paucal::models
