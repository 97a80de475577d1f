// propose_regions: class maps [N, C, h, w] in logits → rois [N · count, 5]: image, x0, y0, x1, y1
// in network pixels, `count` an image, the most promising first (edge/post/proposals.h); of several
// classes the highest at each place.
//
// The one kernel that allocates: what it sorts depends on what the map shows.

#include <algorithm>

#include "edge/kernels/kernel.h"
#include "edge/kernels/shapes.h"
#include "edge/post/proposals.h"

namespace paucal::edge {
namespace {

constexpr int64_t kMostImages = 1 << 16;
constexpr int64_t kMostSide = 1 << 16;
constexpr int64_t kMostCells = 1 << 24;  // of a map: what run() allocates grows with them

Result<Signatures> infer_propose_regions(const Node& node, std::span<const Signature> inputs) {
  if (auto wrong = expect("maps", inputs[0], 4)) return *wrong;
  const Shape& maps = inputs[0].shape;
  if (maps[0] > kMostImages || maps[1] < 1 || maps[2] > kMostSide || maps[3] > kMostSide ||
      maps[2] * maps[3] > kMostCells)
    return failure("op",
                   "maps of {}, expected up to {} images, a class, sides up to {} and {} cells",
                   maps.text(), kMostImages, kMostSide, kMostCells);
  return Signatures{{Type::kF32, {maps[0] * node.integer("count", 1), 5}}};
}

class ProposeRegions : public Kernel {
 public:
  explicit ProposeRegions(const Node& node) : stride_(static_cast<int>(node.integer("stride", 1))) {
    options_.count = static_cast<int>(node.integer("count", 1));
    options_.min_side = node.number("min_side", 1);
  }

  void run(const KernelCall& call) const override {
    const Tensor& maps = call.inputs[0];
    call.pool.run(maps.shape[0], [&](int64_t image, int) {
      const std::vector<Box> boxes = propose_boxes(highest(maps, image), stride_, options_);
      float* to = call.outputs[0].as<float>() + image * options_.count * 5;
      for (const Box& box : boxes)
        for (const float value : {static_cast<float>(image), box.x0, box.y0, box.x1, box.y1})
          *to++ = value;
    });
  }

 private:
  static Map highest(const Tensor& maps, int64_t image) {
    const Shape& shape = maps.shape;
    const auto plane = static_cast<size_t>(shape[2] * shape[3]);
    const float* in = maps.as<const float>() + image * shape[1] * shape[2] * shape[3];
    Map map(static_cast<int>(shape[3]), static_cast<int>(shape[2]));
    std::copy_n(in, plane, map.values.begin());
    for (int64_t c = 1; c < shape[1]; ++c)
      for (size_t i = 0; i < plane; ++i)
        map.values[i] = std::max(map.values[i], in[static_cast<size_t>(c) * plane + i]);
    return map;
  }

  int stride_;
  ProposalOptions options_;
};

constexpr AttributeInfo kAttributes[] = {{"stride", 1, 1, 1, 1024, true, true},
                                         {"count", 1, 1, 1, 10'000, true, true},
                                         {"min_side", 1, 1, 1, 1e4, false, true}};

OpInfo propose_regions() {
  OpInfo op;
  op.name = "propose_regions";
  op.layout = LayoutRule::kRows;
  op.attributes = kAttributes;
  op.infer = infer_propose_regions;
  op.make = [](const KernelSpec& spec) -> Result<std::unique_ptr<Kernel>> {
    return std::unique_ptr<Kernel>(std::make_unique<ProposeRegions>(spec.node));
  };
  return op;
}

}  // namespace

extern const OpInfo op_propose_regions;
const OpInfo op_propose_regions = propose_regions();

}  // namespace paucal::edge
