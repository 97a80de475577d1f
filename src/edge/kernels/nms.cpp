// nms: greedy non-maximum suppression. boxes [N, 4] (x0, y0, x1, y1), scores [N] → indices
// i32 [max_outputs], best first, -1 beyond count i32 [1]. Of equal scores the lower index wins;
// scores of NaN or at most `score` never do.

#include <algorithm>

#include "edge/kernels/kernel.h"
#include "edge/kernels/shapes.h"

namespace paucal::edge {
namespace {

constexpr int64_t kMaxBoxes = int64_t{1} << 30;  // indices are int32

Result<Signatures> infer_nms(const Node& node, std::span<const Signature> inputs) {
  if (auto wrong = expect("boxes", inputs[0], 2)) return *wrong;
  const Shape& boxes = inputs[0].shape;
  if (boxes[1] != 4 || boxes[0] > kMaxBoxes)
    return failure("op", "boxes of {}, expected [N, 4] with N up to {}", boxes.text(), kMaxBoxes);
  if (auto wrong = expect_shape("scores", inputs[1], {boxes[0]})) return *wrong;
  return Signatures{{Type::kI32, {node.integer("max_outputs", 100)}}, {Type::kI32, {1}}};
}

float area(const float* box) {
  return (box[2] - box[0]) * (box[3] - box[1]);
}

bool overlap_more(const float* a, const float* b, float limit) {
  const float width = std::min(a[2], b[2]) - std::max(a[0], b[0]);
  const float height = std::min(a[3], b[3]) - std::max(a[1], b[1]);
  if (!(width > 0 && height > 0)) return false;
  const float both = width * height;
  return both / (area(a) + area(b) - both) > limit;
}

class Nms : public Kernel {
 public:
  explicit Nms(const Node& node)
      : iou_(static_cast<float>(node.number("iou", 0.5))),
        score_(static_cast<float>(node.number("score", 0))) {}

  size_t scratch_bytes(std::span<const Signature> inputs, std::span<const Signature>,
                       int) const override {
    return static_cast<size_t>(inputs[1].shape[0]) * sizeof(int32_t);
  }

  void run(const KernelCall& call) const override {
    const float* boxes = call.inputs[0].as<const float>();
    const float* scores = call.inputs[1].as<const float>();
    auto* order = reinterpret_cast<int32_t*>(call.scratch);
    int32_t* end = order;
    for (int64_t i = 0; i < call.inputs[1].shape[0]; ++i)
      if (scores[i] > score_) *end++ = static_cast<int32_t>(i);
    std::sort(order, end, [&](int32_t a, int32_t b) {
      return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
    });
    auto* kept = call.outputs[0].as<int32_t>();
    const int64_t limit = call.outputs[0].shape[0];
    int64_t count = 0;
    for (; order != end && count < limit; ++order) {
      const float* box = boxes + int64_t{4} * *order;
      const auto covers = [&](int32_t other) {
        return overlap_more(boxes + int64_t{4} * other, box, iou_);
      };
      if (std::none_of(kept, kept + count, covers)) kept[count++] = *order;
    }
    std::fill(kept + count, kept + limit, -1);
    call.outputs[1].as<int32_t>()[0] = static_cast<int32_t>(count);
  }

 private:
  float iou_, score_;
};

constexpr AttributeInfo kAttributes[] = {{"iou", 1, 1, 0, 1, false},
                                         {"score", 1, 1, -3.4e38, 3.4e38, false},
                                         {"max_outputs", 1, 1, 1, 100'000}};

OpInfo nms() {
  OpInfo op;
  op.name = "nms";
  op.min_inputs = op.max_inputs = 2;
  op.outputs = 2;
  op.layout = LayoutRule::kRows;
  op.attributes = kAttributes;
  op.infer = infer_nms;
  op.make = [](const KernelSpec& spec) -> Result<std::unique_ptr<Kernel>> {
    return std::unique_ptr<Kernel>(std::make_unique<Nms>(spec.node));
  };
  return op;
}

}  // namespace

extern const OpInfo op_nms;
const OpInfo op_nms = nms();

}  // namespace paucal::edge
