// Convolution as an indirect matrix product: [pixels, kh·kw·C] × [kh·kw·C, O], where the left
// matrix is never written. A task is a block of output pixels times some weight panels; its block
// of the input stays in the second-level cache while the panels pass, each of which stays in the
// first while the block's tiles pass.
//
// With few input channels (the first layer) stretches of C floats would be all overhead: there the
// block's input lines are copied with their padding, so that a stretch is kw·C floats.

#include "edge/kernels/conv2d_gemm.h"

#include <algorithm>

#include "edge/kernels/conv2d_gemm_tile.h"
#include "edge/kernels/conv2d_parts.h"
#include "edge/machine/round.h"

namespace paucal::edge {

void gemm_portable(const GemmBlock& block) {
  multiply_block<kRowsOfSums>(block);
}

GemmKernel gemm_kernel(Isa isa) {
#if defined(__x86_64__)
  if (has_avx2(isa)) return gemm_avx2;
#endif
  (void)isa;
  return gemm_portable;
}

GemmPanels::GemmPanels(const Conv2d& conv)
    : channels_(conv.out_channels),
      depth_(conv.kernel_h * conv.kernel_w * conv.in_channels),
      low_(conv.low),
      high_(conv.high),
      weights_(static_cast<size_t>(depth_ * packed_columns(channels_))),
      bias_(static_cast<size_t>(packed_columns(channels_))) {
  const int64_t taps = conv.kernel_h * conv.kernel_w;
  for (int64_t o = 0; o < channels_; ++o) {
    const int64_t panel = o / kPanelColumns * kPanelColumns;
    const int64_t width = panel_width(channels_ - panel);
    for (int64_t c = 0; c < conv.in_channels; ++c)
      for (int64_t t = 0; t < taps; ++t)
        weights_.data()[panel * depth_ + (t * conv.in_channels + c) * width + o - panel] =
            conv.weight[static_cast<size_t>((o * conv.in_channels + c) * taps + t)];
    bias_.data()[o] = conv.bias[static_cast<size_t>(o)];
  }
}

int64_t GemmPanels::columns(int64_t panel) const {
  return std::min<int64_t>(kPanelColumns, channels_ - panel * kPanelColumns);
}

void GemmPanels::select(int64_t panel, GemmBlock& block) const {
  block.weights = weights_.data() + panel * kPanelColumns * depth_;
  block.next = panel + 1 < count() ? block.weights + kPanelColumns * depth_ : nullptr;
  block.bias = bias_.data() + panel * kPanelColumns;
  block.columns = static_cast<int>(columns(panel));
  block.low = low_, block.high = high_;
}

namespace {

constexpr int64_t kFewChannels = 16;
constexpr int64_t kBlockFloats = 1 << 16;  // of input: 256 KB, a quarter to half of a level-2 cache
constexpr double kTaskMacs = 1 << 18;      // about 5 µs: below, a barrier costs more than it gives

struct Blocking {
  int64_t pixels = 1;  // at most, of a block
  int64_t lines = 0;   // of the output, of a block of one image, where lines are copied; else 0
  int64_t blocks = 0;
  int64_t panel_groups = 1;
  size_t table_bytes = 0;  // scratch of a thread: row pointers, then copied lines
  size_t thread_bytes = 0;
};

class Conv2dGemm : public Kernel {
 public:
  Conv2dGemm(const Conv2d& conv, Isa isa)
      : conv_(conv),
        taps_(conv.kernel_h * conv.kernel_w),
        is_pointwise_(taps_ == 1 && conv.stride_h == 1 && conv.stride_w == 1 && conv.top == 0 &&
                      conv.left == 0 && conv.bottom == 0 && conv.right == 0),
        copies_lines_(conv.in_channels < kFewChannels && conv.kernel_w > 1 && conv.dilation_w == 1),
        panels_(conv),
        zeros_(static_cast<size_t>(conv.in_channels)),
        gemm_(gemm_kernel(isa)),
        path_(has_avx2(isa) ? "gemm avx2" : "gemm") {
    conv_.weight = {};
  }

  size_t scratch_bytes(std::span<const Signature> inputs, std::span<const Signature> outputs,
                       int threads) const override {
    const auto blocking = block(conv_size(inputs[0].shape, outputs[0].shape), threads);
    return blocking.thread_bytes * static_cast<size_t>(threads);
  }

  void run(const KernelCall& call) const override {
    const ConvSize size = conv_size(call.inputs[0].shape, call.outputs[0].shape);
    const Blocking blocking = block(size, call.pool.threads());
    const int64_t panels = panels_.count();
    const float* residual = call.inputs.size() > 3 && !call.inputs[3].is_absent()
                                ? call.inputs[3].as<const float>()
                                : nullptr;
    call.pool.run(blocking.blocks * blocking.panel_groups, [&](int64_t task, int thread) {
      std::byte* scratch = call.scratch + blocking.thread_bytes * static_cast<size_t>(thread);
      auto* table = reinterpret_cast<const float**>(scratch);
      const int64_t index = task / blocking.panel_groups, group = task % blocking.panel_groups;
      GemmBlock part;
      int64_t first = index * blocking.pixels;
      if (copies_lines_) {
        auto* lines = reinterpret_cast<float*>(scratch + blocking.table_bytes);
        const int64_t in_image = ceil_div(size.out_h, blocking.lines);
        const int64_t oy = index % in_image * blocking.lines;
        first = (index / in_image * size.out_h + oy) * size.out_w;
        part.count = std::min(blocking.lines, size.out_h - oy) * size.out_w;
        copy_lines(size, call.inputs[0].as<const float>(), first, part.count / size.out_w, lines);
        point_at_lines(size, lines, part.count, table);
      } else {
        part.count = std::min(blocking.pixels, size.pixels() - first);
        point_at_pixels(size, call.inputs[0].as<const float>(), first, part.count, table);
      }
      part.rows = table;
      part.offset = 0;
      part.runs = copies_lines_ ? conv_.kernel_h : taps_;
      part.run_length = panels_.depth() / part.runs;
      part.stride = conv_.out_channels;
      for (int64_t p = panels * group / blocking.panel_groups;
           p < panels * (group + 1) / blocking.panel_groups; ++p) {
        const int64_t at = first * conv_.out_channels + p * kPanelColumns;
        panels_.select(p, part);
        part.out = call.outputs[0].as<float>() + at;
        part.residual = residual ? residual + at : nullptr;
        gemm_(part);
      }
    });
  }

  std::string_view path() const override { return path_; }

 private:
  Blocking block(const ConvSize& size, int threads) const {
    Blocking result;
    const int64_t runs = copies_lines_ ? conv_.kernel_h : taps_;
    const int64_t floats = conv_.in_channels * conv_.stride_h * conv_.stride_w;
    result.pixels = std::clamp<int64_t>(kBlockFloats / floats, 8 * kTileRows, 40 * kTileRows) /
                    kTileRows * kTileRows;
    size_t line_bytes = 0;
    if (copies_lines_) {
      result.lines = std::clamp<int64_t>(result.pixels / std::max<int64_t>(1, size.out_w), 1,
                                         std::max<int64_t>(1, size.out_h));
      result.pixels = result.lines * size.out_w;
      result.blocks = size.batch * ceil_div(size.out_h, result.lines);
      line_bytes = static_cast<size_t>(copied_lines(result.lines) * line_floats(size)) * 4;
    } else {
      result.blocks = ceil_div(size.pixels(), result.pixels);
    }
    const int64_t tiles = ceil_div(result.pixels, kTileRows);
    result.table_bytes = aligned(static_cast<size_t>(tiles * runs * kTileRows) * sizeof(float*));
    result.thread_bytes = aligned(result.table_bytes + line_bytes);

    // Some four tasks a thread, so that one that starts late still takes its share.
    const double macs = static_cast<double>(size.pixels()) * static_cast<double>(panels_.depth()) *
                        static_cast<double>(conv_.out_channels);
    const auto wanted = static_cast<int64_t>(std::min(4. * threads, macs / kTaskMacs));
    if (threads > 1 && result.blocks > 0 && result.blocks < wanted)
      result.panel_groups =
          std::min(ceil_div(wanted, result.blocks), ceil_div(conv_.out_channels, kPanelColumns));
    return result;
  }

  int64_t copied_lines(int64_t out_lines) const {
    return (out_lines - 1) * conv_.stride_h + (conv_.kernel_h - 1) * conv_.dilation_h + 1;
  }
  int64_t line_floats(const ConvSize& size) const {
    return (size.in_w + conv_.left + conv_.right) * conv_.in_channels;
  }

  // The input lines that `count` output lines from pixel `first` see, padded.
  void copy_lines(const ConvSize& size, const float* in, int64_t first, int64_t count,
                  float* out) const {
    const int64_t n = first / size.out_w / size.out_h, oy = first / size.out_w % size.out_h;
    const int64_t width = size.in_w * size.in_c, padded = line_floats(size);
    for (int64_t i = 0; i < copied_lines(count); ++i, out += padded) {
      const int64_t y = oy * conv_.stride_h - conv_.top + i;
      if (y < 0 || y >= size.in_h) {
        std::fill_n(out, padded, 0.f);
        continue;
      }
      std::fill_n(out, conv_.left * size.in_c, 0.f);
      std::copy_n(in + (n * size.in_h + y) * width, width, out + conv_.left * size.in_c);
      std::fill_n(out + conv_.left * size.in_c + width, conv_.right * size.in_c, 0.f);
    }
  }

  void point_at_lines(const ConvSize& size, const float* lines, int64_t count,
                      const float** table) const {
    const int64_t padded = line_floats(size), step = conv_.stride_w * size.in_c;
    const float* start = lines;
    for (int64_t p = 0, ox = 0; p < count; ++p, start += step) {
      if (ox++ == size.out_w) {  // on to the next line
        ox = 1;
        start += conv_.stride_h * padded - size.out_w * step;
      }
      const float** row = table + p / kTileRows * kTileRows * conv_.kernel_h + p % kTileRows;
      for (int64_t ky = 0; ky < conv_.kernel_h; ++ky)
        row[ky * kTileRows] = start + ky * conv_.dilation_h * padded;
    }
  }

  void point_at_pixels(const ConvSize& size, const float* in, int64_t first, int64_t count,
                       const float** table) const {
    if (is_pointwise_) {
      for (int64_t p = 0; p < count; ++p) table[p] = in + (first + p) * size.in_c;
      return;
    }
    int64_t ox = first % size.out_w, oy = first / size.out_w % size.out_h;
    int64_t n = first / size.out_w / size.out_h;
    for (int64_t p = 0; p < count; ++p) {
      const float* image = in + n * size.in_h * size.in_w * size.in_c;
      const float** row = table + p / kTileRows * kTileRows * taps_ + p % kTileRows;
      for (int64_t ky = 0; ky < conv_.kernel_h; ++ky) {
        const int64_t y = oy * conv_.stride_h - conv_.top + ky * conv_.dilation_h;
        for (int64_t kx = 0; kx < conv_.kernel_w; ++kx, row += kTileRows) {
          const int64_t x = ox * conv_.stride_w - conv_.left + kx * conv_.dilation_w;
          const bool inside = y >= 0 && y < size.in_h && x >= 0 && x < size.in_w;
          *row = inside ? image + (y * size.in_w + x) * size.in_c : zeros_.data();
        }
      }
      if (++ox < size.out_w) continue;
      ox = 0;
      if (++oy < size.out_h) continue;
      oy = 0, ++n;
    }
  }

  Conv2d conv_;
  int64_t taps_;
  bool is_pointwise_, copies_lines_;
  GemmPanels panels_;
  AlignedFloats zeros_;
  GemmKernel gemm_;
  std::string_view path_;
};

}  // namespace

std::unique_ptr<Kernel> make_conv2d_gemm(const Conv2d& conv, Isa isa) {
  return std::make_unique<Conv2dGemm>(conv, isa);
}

}  // namespace paucal::edge
