#include "edge_cli/model_input.h"

namespace paucal::edge_cli {

std::vector<edge::Shape> input_shapes(const edge::Model& model, const edge::ModelCard& card,
                                      int64_t batch, std::array<int, 2> size) {
  const int64_t free_sizes[] = {batch, card.input.channels,
                                size[1] > 0 ? size[1] : card.input.height,
                                size[0] > 0 ? size[0] : card.input.width};
  std::vector<edge::Shape> shapes;
  for (const int id : model.graph().inputs) {
    edge::Shape& shape = shapes.emplace_back(model.graph().value(id).shape);
    for (int d = 0; d < shape.rank(); ++d)
      if (shape[d] == edge::Shape::kFree) shape[d] = d < 4 ? free_sizes[d] : 1;
  }
  return shapes;
}

}  // namespace paucal::edge_cli
