#include "models/layer_list.h"

#include <string_view>

namespace paucal::models {
namespace {

using LayerKind = Layer::Kind;

struct TensorPart {
  std::string_view suffix;
  bool is_weight = false;  // has the layer's shape, others one number a channel
};

std::vector<TensorPart> parts_of(LayerKind kind) {
  switch (kind) {
    case LayerKind::kConv:
      return {{".weight", true}};
    case LayerKind::kBiasedConv:
      return {{".weight", true}, {".bias"}};
    case LayerKind::kBatchNorm:
      return {{".weight"}, {".bias"}, {".running_mean"}, {".running_var"}};
    case LayerKind::kLayerNorm:
      return {{".weight"}, {".bias"}};
    case LayerKind::kParameter:
      break;
  }
  return {{"", true}};
}

std::string part_name(const std::string& layer, std::string_view suffix) {
  return layer.empty() ? "" : layer + std::string(suffix);
}

}  // namespace

std::vector<PublishedTensor> pair_layers(const Layers& theirs, const Layers& ours) {
  std::vector<PublishedTensor> tensors;
  for (size_t i = 0; i < theirs.size(); ++i) {
    const Layer& layer = theirs[i];
    for (const TensorPart& part : parts_of(layer.kind)) {
      PublishedTensor tensor{part_name(layer.name, part.suffix),
                             part_name(ours[i].name, part.suffix),
                             layer.shape,
                             false,
                             "",
                             -1};
      if (!part.is_weight) tensor.shape = {layer.shape[0]};
      if (layer.reads_image && part.is_weight) {
        const bool biased = layer.kind == LayerKind::kBiasedConv;
        tensor.reads_image = true;
        tensor.shift = biased ? ours[i].name + ".bias" : ours[i + 1].name + ".running_mean";
        tensor.shift_sign = biased ? 1 : -1;
      }
      tensors.push_back(std::move(tensor));
    }
  }
  return tensors;
}

}  // namespace paucal::models
