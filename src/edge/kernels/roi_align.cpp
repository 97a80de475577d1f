// roi_align (He et al., "Mask R-CNN", 2017), as torchvision computes it; channels-last.
// rois [R, 5]: image, x0, y0, x1, y1 in pixels, times `scale` on the map → [R, C, size, size].

#include <algorithm>
#include <cmath>
#include <limits>

#include "edge/kernels/kernel.h"
#include "edge/kernels/shapes.h"

namespace paucal::edge {
namespace {

Result<Signatures> infer_roi_align(const Node& node, std::span<const Signature> inputs) {
  if (auto wrong = expect("x", inputs[0], 4)) return *wrong;
  if (auto wrong = expect("rois", inputs[1], 2)) return *wrong;
  const Shape& rois = inputs[1].shape;
  if (rois[1] != 5) return failure("op", "rois of {}, expected [R, 5]", rois.text());
  return Signatures{
      {Type::kF32,
       {rois[0], inputs[0].shape[1], node.integer("size", 1, 0), node.integer("size", 1, 1)}}};
}

class RoiAlign : public Kernel {
 public:
  explicit RoiAlign(const Node& node)
      : scale_(static_cast<float>(node.number("scale", 1))),
        sampling_(node.integer("sampling", 0)),
        aligned_(node.integer("aligned", 0) != 0) {}

  void run(const KernelCall& call) const override {
    const Tensor &x = call.inputs[0], &rois = call.inputs[1], &y = call.outputs[0];
    const Shape &in = x.shape, &out = y.shape;
    if (out.elements() == 0) return;
    const int64_t channels = in[1];
    call.pool.run(out[0] * out[2], [&](int64_t task, int) {
      const int64_t oy = task % out[2];
      const float* roi = rois.as<const float>() + task / out[2] * 5;
      float* to = y.as<float>() + task * out[3] * channels;
      if (!(roi[0] >= 0 && roi[0] < static_cast<float>(in[0]))) {
        // Of no image: it must show.
        std::fill_n(to, out[3] * channels, std::numeric_limits<float>::quiet_NaN());
        return;
      }
      const float* image =
          x.as<const float>() + static_cast<int64_t>(roi[0]) * in[2] * in[3] * channels;
      const Span across(roi[1], roi[3], out[3], *this), down(roi[2], roi[4], out[2], *this);
      const float share = 1.f / static_cast<float>(across.samples * down.samples);
      for (int64_t ox = 0; ox < out[3]; ++ox, to += channels) {
        std::fill_n(to, channels, 0.f);
        for (int64_t sy = 0; sy < down.samples; ++sy) {
          const Pair rows(down.place(oy, sy), in[2]);
          for (int64_t sx = 0; sx < across.samples && rows.inside; ++sx) {
            const Pair columns(across.place(ox, sx), in[3]);
            if (columns.inside) add_sample(image, in[3], channels, rows, columns, share, to);
          }
        }
      }
    });
  }

 private:
  // One side of a region cut into `bins`, each with samples evenly inside.
  struct Span {
    float begin, bin;
    int64_t samples;
    Span(float from, float to, int64_t bins, const RoiAlign& op) {
      const float offset = op.aligned_ ? 0.5f : 0.f;
      begin = from * op.scale_ - offset;
      float length = to * op.scale_ - offset - begin;
      if (!op.aligned_) length = std::max(length, 1.f);
      bin = length / static_cast<float>(bins);
      // Regions come from data and may be of any size: bounded, and 1 for NaN.
      constexpr float kMaxSamples = 1024;
      const float wanted = std::ceil(bin);
      samples = op.sampling_ > 0 ? op.sampling_
                : wanted >= 1    ? static_cast<int64_t>(std::min(wanted, kMaxSamples))
                                 : 1;
    }
    float place(int64_t o, int64_t sample) const {
      return begin + static_cast<float>(o) * bin +
             (static_cast<float>(sample) + 0.5f) * bin / static_cast<float>(samples);
    }
  };

  // The two pixels around a place.
  struct Pair {
    bool inside;
    int64_t first = 0, second = 0;
    float weight = 0;  // of the second
    Pair(float at, int64_t size) : inside(at >= -1 && at <= static_cast<float>(size) && size > 0) {
      if (!inside) return;
      at = std::max(at, 0.f);
      first = std::min(static_cast<int64_t>(at), size - 1);
      second = std::min(first + 1, size - 1);
      weight = first == size - 1 ? 0.f : at - static_cast<float>(first);
    }
  };

  static void add_sample(const float* image, int64_t width, int64_t channels, const Pair& rows,
                         const Pair& columns, float share, float* to) {
    const auto pixel = [&](int64_t y, int64_t x) { return image + (y * width + x) * channels; };
    const float *a = pixel(rows.first, columns.first), *b = pixel(rows.first, columns.second);
    const float *c = pixel(rows.second, columns.first), *d = pixel(rows.second, columns.second);
    const float wy = rows.weight, wx = columns.weight;
    const float wa = (1 - wy) * (1 - wx) * share, wb = (1 - wy) * wx * share;
    const float wc = wy * (1 - wx) * share, wd = wy * wx * share;
    for (int64_t i = 0; i < channels; ++i) to[i] += wa * a[i] + wb * b[i] + wc * c[i] + wd * d[i];
  }

  float scale_;
  int64_t sampling_;
  bool aligned_;
};

constexpr AttributeInfo kAttributes[] = {{"size", 2, 2, 1, 1024, true, true},
                                         {"scale", 1, 1, 1e-6, 1e6, false},
                                         {"sampling", 1, 1, 0, 64},
                                         {"aligned", 1, 1, 0, 1}};

OpInfo roi_align() {
  OpInfo op;
  op.name = "roi_align";
  op.min_inputs = op.max_inputs = 2;
  op.layout = LayoutRule::kChannelsLast;
  op.attributes = kAttributes;
  op.infer = infer_roi_align;
  op.make = [](const KernelSpec& spec) -> Result<std::unique_ptr<Kernel>> {
    return std::unique_ptr<Kernel>(std::make_unique<RoiAlign>(spec.node));
  };
  return op;
}

}  // namespace

extern const OpInfo op_roi_align;
const OpInfo op_roi_align = roi_align();

}  // namespace paucal::edge
