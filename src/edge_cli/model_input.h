#pragma once
// Inputs to measure and describe a model with.

#include <array>
#include <vector>

#include "edge/post/card.h"
#include "edge/runtime/model.h"

namespace paucal::edge_cli {

// Each input's declared shape with its free sizes filled in: `batch` images of width × height;
// sizes of 0 stand for the largest that the card's pre-processing makes.
std::vector<edge::Shape> input_shapes(const edge::Model& model, const edge::ModelCard& card,
                                      int64_t batch = 1, std::array<int, 2> size = {0, 0});

}  // namespace paucal::edge_cli
