// Channels lie last, so that the loops over them are vector instructions. The samples of a cell
// are separable: what they read of a column and of a row is summed first, so that samples between
// the same two cells cost one read, not two.

#include "models/roi_align.h"

#include <torch/library.h>
#include <torch/torch.h>

#include <algorithm>
#include <type_traits>
#include <vector>

#include "base/error.h"

namespace paucal::models {
namespace {

constexpr int64_t kBlock = 32;  // channels whose sums stay in registers

struct Tap {
  int64_t place = 0;  // row or column
  float weight = 0;
};

// What the cells of a region read along one axis.
class Axis {
 public:
  // From `begin` to `end` in cells of the map, which has `length` of them.
  void place(float begin, float end, int64_t length, const RoiAlignShape& shape) {
    taps_.clear();
    starts_.assign(1, 0);
    const float bin = (end - begin) / static_cast<float>(shape.size);
    const float step = 1.f / static_cast<float>(shape.sampling);
    for (int cell = 0; cell < shape.size; ++cell) {
      for (int sample = 0; sample < shape.sampling; ++sample)
        add_sample(
            begin + (static_cast<float>(cell) + (static_cast<float>(sample) + .5f) * step) * bin,
            length, step);
      starts_.push_back(taps_.size());
    }
  }

  const Tap* begin(int64_t cell) const { return taps_.data() + starts_[cell]; }
  const Tap* end(int64_t cell) const { return taps_.data() + starts_[cell + 1]; }

 private:
  void add_sample(float at, int64_t length, float share) {
    if (!(at >= -1 && at <= static_cast<float>(length))) return;  // also NaN
    at = std::max(at, 0.f);
    const int64_t first = std::min(static_cast<int64_t>(at), length - 1);
    const float second = first == length - 1 ? 0.f : at - static_cast<float>(first);
    add(first, (1 - second) * share);
    if (second > 0) add(first + 1, second * share);
  }
  void add(int64_t place, float weight) {
    for (size_t i = starts_.back(); i < taps_.size(); ++i)
      if (taps_[i].place == place) {
        taps_[i].weight += weight;
        return;
      }
    taps_.push_back({place, weight});
  }

  std::vector<Tap> taps_;
  std::vector<size_t> starts_;
};

// The regions, and the map that they lie on.
struct Job {
  RoiAlignShape shape;
  const float* rois = nullptr;  // [R, 5]
  int64_t height = 0, width = 0, channels = 0;

  int64_t cells() const { return int64_t{shape.size} * shape.size; }
  int64_t image_of(int64_t roi) const { return static_cast<int64_t>(rois[roi * 5]); }
  int64_t image_floats() const { return height * width * channels; }
};

class Region {
 public:
  explicit Region(const Job& job) : job_(job) {}

  void place(int64_t roi) {
    const float* box = job_.rois + roi * 5;
    const auto scale = static_cast<float>(job_.shape.scale);
    across_.place(box[1] * scale - .5f, box[3] * scale - .5f, job_.width, job_.shape);
    down_.place(box[2] * scale - .5f, box[4] * scale - .5f, job_.height, job_.shape);
  }

  // visit(offset of the place's first channel, weight) of what a cell reads.
  template <class Visit>
  void each_tap(int64_t cell, const Visit& visit) const {
    const int64_t y = cell / job_.shape.size, x = cell % job_.shape.size;
    for (const Tap* row = down_.begin(y); row != down_.end(y); ++row)
      for (const Tap* column = across_.begin(x); column != across_.end(x); ++column)
        visit((row->place * job_.width + column->place) * job_.channels,
              row->weight * column->weight);
  }

  // image [h, w, C] → out [C, cells], both from the channel on that they point at.
  template <int64_t kChannels>
  void read(const float* image, float* out) const {
    const int64_t cells = job_.cells();
    for (int64_t cell = 0; cell < cells; ++cell) {
      float sums[kChannels] = {};
      each_tap(cell, [&](int64_t offset, float weight) {
        const float* from = image + offset;
        for (int64_t c = 0; c < kChannels; ++c) sums[c] += weight * from[c];
      });
      for (int64_t c = 0; c < kChannels; ++c) out[c * cells + cell] = sums[c];
    }
  }

  // gradient [C, cells], added to image [h, w, C].
  template <int64_t kChannels>
  void add(const float* gradient, float* image) const {
    const int64_t cells = job_.cells();
    for (int64_t cell = 0; cell < cells; ++cell) {
      float values[kChannels];
      for (int64_t c = 0; c < kChannels; ++c) values[c] = gradient[c * cells + cell];
      each_tap(cell, [&](int64_t offset, float weight) {
        float* to = image + offset;
        for (int64_t c = 0; c < kChannels; ++c) to[c] += weight * values[c];
      });
    }
  }

 private:
  const Job& job_;
  Axis across_, down_;
};

// Channels `begin` to `end` in the widest blocks that fit: run(width as a type, first channel).
template <class Run>
void in_blocks(int64_t begin, int64_t end, const Run& run) {
  for (; end - begin >= kBlock; begin += kBlock)
    run(std::integral_constant<int64_t, kBlock>(), begin);
  for (; end - begin >= 8; begin += 8) run(std::integral_constant<int64_t, 8>(), begin);
  for (; begin < end; ++begin) run(std::integral_constant<int64_t, 1>(), begin);
}

at::Tensor forward_of(const at::Tensor& features, const at::Tensor& rois,
                      const RoiAlignShape& shape) {
  const at::Tensor in = features.contiguous(at::MemoryFormat::ChannelsLast);
  const Job job{shape, rois.data_ptr<float>(), in.size(2), in.size(3), in.size(1)};
  at::Tensor out =
      torch::empty({rois.size(0), job.channels, shape.size, shape.size}, features.options());
  const float* from = in.data_ptr<float>();
  float* to = out.data_ptr<float>();
  at::parallel_for(0, rois.size(0), 1, [&](int64_t begin, int64_t end) {
    Region region(job);
    for (int64_t r = begin; r < end; ++r) {
      region.place(r);
      const float* image = from + job.image_of(r) * job.image_floats();
      float* cells = to + r * job.channels * job.cells();
      in_blocks(0, job.channels, [&](auto width, int64_t c) {
        region.template read<width.value>(image + c, cells + c * job.cells());
      });
    }
  });
  return out;
}

at::Tensor backward_of(const at::Tensor& gradient, const at::Tensor& rois,
                       const std::vector<int64_t>& sizes, const RoiAlignShape& shape) {
  const Job job{shape, rois.data_ptr<float>(), sizes[2], sizes[3], sizes[1]};
  at::Tensor to = torch::empty(sizes, gradient.options(), at::MemoryFormat::ChannelsLast).zero_();
  const float* from = gradient.data_ptr<float>();
  float* features = to.data_ptr<float>();
  // By channels, so that no two threads add to one place, and sums keep their order.
  const int64_t blocks = (job.channels + kBlock - 1) / kBlock;
  at::parallel_for(0, blocks, 1, [&](int64_t begin, int64_t end) {
    Region region(job);
    for (int64_t r = 0; r < rois.size(0); ++r) {
      region.place(r);
      float* image = features + job.image_of(r) * job.image_floats();
      const float* cells = from + r * job.channels * job.cells();
      in_blocks(begin * kBlock, std::min(end * kBlock, job.channels), [&](auto width, int64_t c) {
        region.template add<width.value>(cells + c * job.cells(), image + c);
      });
    }
  });
  return to;
}

class RoiAlign : public torch::autograd::Function<RoiAlign> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& features,
                            const at::Tensor& rois, int64_t size, double scale, int64_t sampling) {
    context->save_for_backward({rois});
    context->saved_data["sizes"] = features.sizes().vec();
    context->saved_data["format"] = static_cast<int64_t>(features.suggest_memory_format());
    context->saved_data["size"] = size;
    context->saved_data["scale"] = scale;
    context->saved_data["sampling"] = sampling;
    return forward_of(features, rois, {static_cast<int>(size), scale, static_cast<int>(sampling)});
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    auto& saved = context->saved_data;
    const at::Tensor gradient = backward_of(
        gradients[0].contiguous(), context->get_saved_variables()[0], saved["sizes"].toIntVector(),
        {static_cast<int>(saved["size"].toInt()), saved["scale"].toDouble(),
         static_cast<int>(saved["sampling"].toInt())});
    // As the features lie, for what computed them works in that layout.
    const auto format = static_cast<at::MemoryFormat>(saved["format"].toInt());
    return {gradient.contiguous(format), {}, {}, {}, {}};
  }
};

void check(const at::Tensor& features, const at::Tensor& rois, const RoiAlignShape& shape) {
  if (features.dim() != 4 || rois.dim() != 2 || rois.size(1) != 5)
    fail("roi_align", "features [{}] and rois [{}], expected [N, C, h, w] and [R, 5]",
         fmt::join(features.sizes(), ", "), fmt::join(rois.sizes(), ", "));
  if (shape.size < 1 || shape.sampling < 1)
    fail("roi_align", "size {} and sampling {}, expected at least 1", shape.size, shape.sampling);
  if (rois.size(0) == 0) return;
  if (features.numel() == 0)
    fail("roi_align", "features [{}], expected some", fmt::join(features.sizes(), ", "));
  const at::Tensor images = rois.select(1, 0);
  const auto first = images.min().item<float>(), last = images.max().item<float>();
  if (!(first >= 0 && last < static_cast<float>(features.size(0))))  // also NaN
    fail("roi_align", "a region of image {} to {}, expected 0 to {}", first, last,
         features.size(0) - 1);
}

at::Tensor checked(const at::Tensor& features, const at::Tensor& rois, int64_t size, double scale,
                   int64_t sampling) {
  const RoiAlignShape shape{static_cast<int>(size), scale, static_cast<int>(sampling)};
  const at::Tensor in = features.to(at::kCPU, at::kFloat);
  const at::Tensor boxes = rois.detach().to(at::kCPU, at::kFloat).contiguous();
  check(in, boxes, shape);
  return RoiAlign::apply(in, boxes, size, scale, sampling).to(features.device());
}

// By name, so that libtorch's tracer sees one op (trace/images.cpp) and not what it is made of.
TORCH_LIBRARY_FRAGMENT(paucal, library) {
  library.def(
      "roi_align(Tensor features, Tensor rois, int size, float scale, int sampling) -> Tensor",
      checked);
}

}  // namespace

at::Tensor roi_align(const at::Tensor& features, const at::Tensor& rois,
                     const RoiAlignShape& shape) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("paucal::roi_align", "")
                             .typed<decltype(checked)>();
  return op.call(features, rois, shape.size, shape.scale, shape.sampling);
}

}  // namespace paucal::models
