// A 1×1 convolution and the depthwise convolution that alone reads it, as in inverted residuals
// (Sandler et al., "MobileNetV2", 2018). Some of the inner channels at a time: their lines go to a
// ring that stays in the level-1 cache, and the depthwise filter reads them there, so that the
// inner value, the network's largest, is never in memory as a whole.

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "edge/kernels/conv2d_parts.h"
#include "edge/machine/round.h"

namespace paucal::edge {

extern const OpInfo op_conv2d;

namespace {

// As of conv2d; `inner_clamp` is the 1×1 convolution's, all else the depthwise one's.
constexpr AttributeInfo kAttributes[] = {
    {"stride", 2, 2, 1, 1 << 12},
    {"padding", 4, 4, 0, 1 << 12},
    {"clamp", 2, 2, -3.41e38, 3.41e38, false},
    {"inner_clamp", 2, 2, -3.41e38, 3.41e38, false},
};

constexpr int64_t kRingFloats = 8 << 10;  // 32 KB: about a level-1 cache
constexpr int64_t kFewLines = 6;          // output lines at a time for which more panels may share
constexpr int64_t kBandFloats = 1 << 16;  // of input: 256 KB, read again for each ring of channels
constexpr double kTaskMacs = 1 << 18;     // about 5 µs: below, a barrier costs more than it gives

// The two nodes of the op conv2d that this one stands for. Inputs: x, weight [H, C, 1, 1], weight
// [H, 1, kh, kw], bias? [H], bias? [H].
struct Parts {
  Node inner, depthwise;
};

Parts parts_of(const Node& node, int64_t channels) {
  constexpr int kNone = Node::kAbsent;
  Parts parts{{&op_conv2d, node.name, {node.input(0), node.input(1), node.input(3)}, {kNone}, {}},
              {&op_conv2d, node.name, {kNone, node.input(2), node.input(4)}, node.outputs, {}}};
  if (node.has("inner_clamp")) parts.inner.attributes["clamp"] = node.attributes.at("inner_clamp");
  parts.depthwise.attributes = node.attributes;
  parts.depthwise.attributes.erase("inner_clamp");
  parts.depthwise.attributes["groups"] = {static_cast<double>(channels)};
  return parts;
}

std::array<Signature, 3> inputs_of(std::span<const Signature> all, const Signature& x, size_t i) {
  return {x, all[1 + i], all.size() > 3 + i ? all[3 + i] : Signature{}};
}

Result<std::vector<Signature>> infer(const Node& node, std::span<const Signature> inputs) {
  const Shape &inner = inputs[1].shape, &outer = inputs[2].shape;
  if (inner.rank() != 4 || inner[2] != 1 || inner[3] != 1)
    return failure("pointwise_depthwise", "a first weight of {}, expected [H, C, 1, 1]",
                   inner.text());
  if (outer.rank() != 4 || outer[0] != inner[0] || outer[1] != 1)
    return failure("pointwise_depthwise", "a second weight of {}, expected [{}, 1, kh, kw]",
                   outer.text(), inner[0]);
  const Parts parts = parts_of(node, inner[0]);
  const auto between = op_conv2d.infer(parts.inner, inputs_of(inputs, inputs[0], 0));
  if (!between.ok()) return between;
  return op_conv2d.infer(parts.depthwise, inputs_of(inputs, (*between)[0], 1));
}

double flops(const Node& node, std::span<const Signature> inputs,
             std::span<const Signature> outputs) {
  const Shape& x = inputs[0].shape;
  const Parts parts = parts_of(node, inputs[1].shape[0]);
  const Signature between{Type::kF32, {x[0], inputs[1].shape[0], x[2], x[3]}};
  return op_conv2d.flops(parts.inner, inputs_of(inputs, inputs[0], 0), {&between, 1}) +
         op_conv2d.flops(parts.depthwise, inputs_of(inputs, between, 1), outputs);
}

struct Blocking {
  int64_t bands = 1;       // of output lines, of an image
  int64_t step = 1;        // output lines made before more of the inner lines
  int64_t ring_lines = 1;  // of the inner value
  int64_t panels = 1;      // that share the ring
  int64_t panel_groups = 1;
  int64_t tasks = 0;
  size_t table_bytes = 0;  // scratch of a thread: row pointers, then the ring
  size_t thread_bytes = 0;
};

class PointwiseDepthwise : public Kernel {
 public:
  PointwiseDepthwise(const Conv2d& inner, const Conv2d& depthwise, Isa isa)
      : panels_(inner),
        filter_(depthwise, isa),
        in_channels_(inner.in_channels),
        channels_(inner.out_channels),
        kernel_h_(depthwise.kernel_h),
        stride_(depthwise.stride_h),
        top_(depthwise.top),
        taps_(depthwise.kernel_h * depthwise.kernel_w),
        gemm_(gemm_kernel(isa)),
        path_(has_avx2(isa) ? "pointwise depthwise avx2" : "pointwise depthwise") {}

  size_t scratch_bytes(std::span<const Signature> inputs, std::span<const Signature> outputs,
                       int threads) const override {
    const auto blocking = block(conv_size(inputs[0].shape, outputs[0].shape), threads);
    return blocking.thread_bytes * static_cast<size_t>(threads);
  }

  void run(const KernelCall& call) const override {
    const ConvSize size = conv_size(call.inputs[0].shape, call.outputs[0].shape);
    const Blocking blocking = block(size, call.pool.threads());
    call.pool.run(blocking.tasks, [&](int64_t task, int thread) {
      std::byte* scratch = call.scratch + blocking.thread_bytes * static_cast<size_t>(thread);
      const int64_t group = task % blocking.panel_groups, at = task / blocking.panel_groups;
      const int64_t n = at / blocking.bands, band = at % blocking.bands;
      const float* image =
          call.inputs[0].as<const float>() + n * size.in_h * size.in_w * in_channels_;
      auto* table = reinterpret_cast<const float**>(scratch);
      for (int64_t p = 0; p < blocking.ring_lines * size.in_w; ++p)
        table[p] = image + p * in_channels_;
      const Band lines{.table = table,
                       .ring = reinterpret_cast<float*>(scratch + blocking.table_bytes),
                       .out = call.outputs[0].as<float>() + n * size.out_h * size.out_w * channels_,
                       .begin = size.out_h * band / blocking.bands,
                       .end = size.out_h * (band + 1) / blocking.bands};
      const int64_t last = panels_.count() * (group + 1) / blocking.panel_groups;
      int64_t first = panels_.count() * group / blocking.panel_groups;
      for (; first < last; first += blocking.panels)
        run_panels(size, blocking, lines, first, std::min(last, first + blocking.panels));
    });
  }

  std::string_view path() const override { return path_; }

 private:
  struct Band {
    const float* const* table;  // the pixels of as many lines as the ring has
    float* ring;
    float* out;          // of the image
    int64_t begin, end;  // output lines
  };

  // Panels first … last - 1 of a band.
  void run_panels(const ConvSize& size, const Blocking& blocking, const Band& band, int64_t first,
                  int64_t last) const {
    const int64_t channel = first * kPanelColumns;
    const int64_t channels = std::min(last * kPanelColumns, channels_) - channel;
    const int64_t line = size.in_w * channels;
    GemmBlock part{};
    part.rows = band.table;
    part.runs = 1, part.run_length = in_channels_;
    part.stride = channels;
    DepthwiseTask task{.in = band.ring,
                       .ring_lines = blocking.ring_lines,
                       .in_pixel = channels,
                       .in_h = size.in_h,
                       .in_w = size.in_w,
                       .out_w = size.out_w,
                       .channel = channel,
                       .channels = channels,
                       .y = band.begin,
                       .residual = nullptr,
                       .out = nullptr};
    int64_t made = 0;  // inner lines: those before it that are still needed lie in the ring
    while (task.y < band.end) {
      const int64_t end = std::min(task.y + blocking.step, band.end);
      made = std::max(made, task.y * stride_ - top_);
      const int64_t needed = std::min(size.in_h, (end - 1) * stride_ - top_ + kernel_h_);
      while (made < needed) {
        const int64_t place = made % blocking.ring_lines;
        const int64_t lines = std::min(needed - made, blocking.ring_lines - place);
        part.offset = made * size.in_w * in_channels_;
        part.count = lines * size.in_w;
        for (int64_t p = first; p < last; ++p) {
          panels_.select(p, part);
          part.out = band.ring + place * line + (p - first) * kPanelColumns;
          gemm_(part);
        }
        made += lines;
      }
      for (; task.y < end; ++task.y) {
        task.out = band.out + task.y * size.out_w * channels_ + channel;
        filter_.run(task);
      }
    }
  }

  Blocking block(const ConvSize& size, int threads) const {
    Blocking result;
    // As many panels as fit with a few lines; then as many lines as fit.
    const int64_t line = std::max<int64_t>(1, size.in_w * kPanelColumns);
    const int64_t few = std::min(kernel_h_ + kFewLines * stride_, std::max<int64_t>(1, size.in_h));
    result.panels = std::clamp<int64_t>(kRingFloats / (line * few), 1, panels_.count());
    result.step =
        std::max<int64_t>(0, kRingFloats / (line * result.panels) - kernel_h_) / stride_ + 1;
    result.step = std::clamp<int64_t>(result.step, 1, std::max<int64_t>(1, size.out_h));
    result.ring_lines =
        std::max<int64_t>(1, std::min((result.step - 1) * stride_ + kernel_h_, size.in_h));
    result.bands =
        std::clamp<int64_t>((size.in_h * size.in_w * in_channels_ + kBandFloats / 2) / kBandFloats,
                            1, std::max<int64_t>(1, size.out_h / 8));
    const int64_t pixels = result.ring_lines * size.in_w;
    result.table_bytes = aligned(static_cast<size_t>(pixels) * sizeof(float*));
    result.thread_bytes =
        result.table_bytes +
        static_cast<size_t>(pixels * result.panels * kPanelColumns) * sizeof(float);

    // Some four tasks a thread, so that one that starts late still takes its share.
    const double macs = static_cast<double>(channels_) *
                        (static_cast<double>(size.batch * size.in_h * size.in_w) *
                             static_cast<double>(in_channels_) +
                         static_cast<double>(size.pixels()) * static_cast<double>(taps_));
    const auto wanted = static_cast<int64_t>(std::min(4. * threads, macs / kTaskMacs));
    const int64_t bands = size.batch * result.bands;
    if (threads > 1 && bands > 0 && bands < wanted)
      result.panel_groups = std::min(ceil_div(wanted, bands), panels_.count());
    result.tasks = bands * result.panel_groups;
    return result;
  }

  GemmPanels panels_;
  DepthwiseFilter filter_;
  int64_t in_channels_, channels_, kernel_h_, stride_, top_, taps_;
  GemmKernel gemm_;
  std::string_view path_;
};

Result<std::unique_ptr<Kernel>> make(const KernelSpec& spec) {
  const Graph& graph = spec.graph;
  const Parts parts = parts_of(spec.node, graph.value(spec.node.inputs[1]).shape[0]);
  const auto inner = conv2d_of(graph, parts.inner);
  if (!inner.ok()) return inner.failure();
  const auto depthwise = conv2d_of(graph, parts.depthwise);
  if (!depthwise.ok()) return depthwise.failure();
  return std::unique_ptr<Kernel>(
      std::make_unique<PointwiseDepthwise>(*inner, *depthwise, spec.isa));
}

}  // namespace

extern const OpInfo op_pointwise_depthwise;
const OpInfo op_pointwise_depthwise = {.name = "pointwise_depthwise",
                                       .min_inputs = 3,
                                       .max_inputs = 5,
                                       .outputs = 1,
                                       .layout = LayoutRule::kChannelsLast,
                                       .image_wise = true,
                                       .attributes = kAttributes,
                                       .infer = infer,
                                       .make = make,
                                       .flops = flops};

}  // namespace paucal::edge
