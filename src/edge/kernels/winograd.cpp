// 3×3 convolutions by F(4×4, 3×3) or F(2×2, 3×3). Tiles pass in groups: the transformed input of a
// group stays in the second-level cache while the weight panels pass; of a panel, 36 (or 16) matrix
// products and the output transform follow one another, so that what lies between never leaves the
// cache.

#include "edge/kernels/winograd.h"

#include <algorithm>
#include <limits>

#include "edge/kernels/conv2d.h"
#include "edge/kernels/conv2d_gemm.h"
#include "edge/kernels/winograd_transform.h"
#include "edge/machine/round.h"

namespace paucal::edge {

void winograd_input_portable(const WinogradInput& tile) {
  winograd_input(tile);
}

void winograd_output_portable(const WinogradOutput& tile) {
  winograd_output(tile);
}

namespace {

// Measured: with 16 channels at 56² 1.6 times as fast as the direct product.
constexpr int64_t kMinChannels = 16;
// Filters whose 36 points a pair of channels (here 38 MB) come from memory at every run; with 16
// points they take less than half. Measured, 512 channels at 7²: F(2×2) 1.5 ms, F(4×4) 2.0, the
// direct product 2.2; 256 channels at 14²: 1.1, 0.9, 2.0.
constexpr int64_t kHeavyFilters = 512 * 512;
constexpr int64_t kGroupFloats = 1 << 17;  // of transformed input: 512 KB

// Evaluates a filter at the points and carries their denominators.
constexpr double a = kWinogradA, b = kWinogradB, a2 = .5, b2 = 2;
constexpr double na = 2 * a2 * (a2 - b2), nb = 2 * b2 * (b2 - a2);
constexpr float kG4[6][3] = {{1, 0, 0},  // over A²B² = 1
                             {1 / na, a / na, a2 / na},
                             {1 / na, -a / na, a2 / na},
                             {1 / nb, b / nb, b2 / nb},
                             {1 / nb, -b / nb, b2 / nb},
                             {0, 0, 1}};
constexpr float kG2[4][3] = {{1, 0, 0}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}};

constexpr int kLanes = kPanelColumns;
using Lanes = float[kLanes];

// Row of G · what `in` holds, for 8 or 16 filters.
inline void combine(const float* row, const Lanes* in, int step, int64_t width,
                    float* __restrict out) {
  for (int64_t first = 0; first < width; first += 8)
    for (int64_t l = first; l < first + 8; ++l)
      out[l] = row[0] * in[0][l] + row[1] * in[step][l] + row[2] * in[2 * step][l];
}

// G g Gᵀ of a panel of 3×3 filters at once, so that loading a model stays quick. In: [9] lanes.
// Out: points, `stride` floats apart, `width` lanes each.
void transform_filters(const float (*matrix)[3], int patch, const Lanes* g, int64_t width,
                       float* out, int64_t stride) {
  Lanes half[kMaxPatch * 3];
  for (int i = 0; i < patch; ++i)
    for (int x = 0; x < 3; ++x) combine(matrix[i], g + x, 3, width, half[3 * i + x]);
  for (int i = 0; i < patch; ++i)
    for (int j = 0; j < patch; ++j)
      combine(matrix[j], half + 3 * i, 1, width, out + (i * patch + j) * stride);
}

// Tiles of an image batch, and how they are grouped.
struct Tiling {
  int64_t down = 0, across = 0, count = 0;
  int64_t group = 1;  // tiles, a multiple of the product's rows
  int64_t groups = 0;
  bool split = false;  // too few groups for the threads: they share each group
};

class Winograd : public Kernel {
 public:
  Winograd(const Conv2d& conv, int tile, Isa isa)
      : conv_(conv),
        tile_(tile),
        patch_(tile + 2),
        points_(patch_ * patch_),
        panels_(ceil_div(conv.out_channels, kPanelColumns)),
        panel_floats_(points_ * conv.in_channels * kPanelColumns),
        weights_(
            static_cast<size_t>(points_ * conv.in_channels * packed_columns(conv.out_channels))),
        zeros_(static_cast<size_t>(std::max<int64_t>(conv.in_channels, kPanelColumns))) {
    const int64_t filter = conv.in_channels * 9;  // numbers of one output channel
    for (int64_t panel = 0; panel < panels_; ++panel) {
      const int64_t first = panel * kPanelColumns, width = width_of(panel);
      const int64_t used = std::min(conv.out_channels - first, width);
      Lanes filters[9] = {};
      for (int64_t c = 0; c < conv.in_channels; ++c) {
        for (int64_t l = 0; l < used; ++l)
          for (int i = 0; i < 9; ++i)
            filters[i][l] = conv.weight[static_cast<size_t>((first + l) * filter + c * 9 + i)];
        transform_filters(tile == 4 ? kG4 : kG2, patch_, filters, width,
                          weights_.data() + panel * panel_floats_ + c * width,
                          conv.in_channels * width);
      }
    }
    conv_.weight = {};
    path_ = tile == 4 ? "winograd4" : "winograd2";
#if defined(__x86_64__)
    if (has_avx2(isa)) {
      gemm_ = gemm_avx2, input_ = winograd_input_avx2, output_ = winograd_output_avx2;
      path_ = tile == 4 ? "winograd4 avx2" : "winograd2 avx2";
    }
#endif
    (void)isa;
  }

  size_t scratch_bytes(std::span<const Signature> inputs, std::span<const Signature> outputs,
                       int threads) const override {
    const Tiling tiling = tile(conv_size(inputs[0].shape, outputs[0].shape), threads);
    return (patch_floats(tiling) + product_floats(tiling)) * sizeof(float) *
           static_cast<size_t>(threads);
  }

  void run(const KernelCall& call) const override {
    const ConvSize size = conv_size(call.inputs[0].shape, call.outputs[0].shape);
    const Tiling tiling = tile(size, call.pool.threads());
    auto* patches = reinterpret_cast<float*>(call.scratch);
    auto* products = patches + patch_floats(tiling) * static_cast<size_t>(call.pool.threads());
    const auto product = [&](int thread) {
      return products + product_floats(tiling) * static_cast<size_t>(thread);
    };
    if (!tiling.split) {
      call.pool.run(tiling.groups, [&](int64_t group, int thread) {
        float* own = patches + patch_floats(tiling) * static_cast<size_t>(thread);
        const int64_t first = group * tiling.group;
        const int64_t count = std::min(tiling.group, tiling.count - first);
        for (int64_t t = 0; t < count; ++t) transform(call, size, tiling, first + t, t, own);
        for (int64_t panel = 0; panel < panels_; ++panel)
          multiply(call, size, tiling, first, count, panel, own, product(thread));
      });
      return;
    }
    for (int64_t first = 0; first < tiling.count; first += tiling.group) {
      const int64_t count = std::min(tiling.group, tiling.count - first);
      call.pool.run(count,
                    [&](int64_t t, int) { transform(call, size, tiling, first + t, t, patches); });
      call.pool.run(panels_, [&](int64_t panel, int thread) {
        multiply(call, size, tiling, first, count, panel, patches, product(thread));
      });
    }
  }

  std::string_view path() const override {
    return path_;
  }

 private:
  int64_t width_of(int64_t panel) const {
    return panel_width(conv_.out_channels - panel * kPanelColumns);
  }

  Tiling tile(const ConvSize& size, int threads) const {
    Tiling tiling;
    tiling.down = ceil_div(size.out_h, tile_);
    tiling.across = ceil_div(size.out_w, tile_);
    tiling.count = size.batch * tiling.down * tiling.across;
    const int64_t fit = kGroupFloats / (points_ * conv_.in_channels);
    tiling.group = std::clamp<int64_t>(fit / kTileRows, 3, 8) * kTileRows;
    tiling.groups = ceil_div(tiling.count, tiling.group);
    tiling.split = threads > 1 && tiling.groups < 2 * threads;
    return tiling;
  }

  // Scratch of a thread: [points][group][C], and products [points][group][16].
  size_t patch_floats(const Tiling& tiling) const {
    return static_cast<size_t>(points_ * tiling.group * conv_.in_channels);
  }
  size_t product_floats(const Tiling& tiling) const {
    return static_cast<size_t>(points_ * tiling.group * kPanelColumns);
  }

  // Tile number `tile` becomes row `row` of the left sides.
  void transform(const KernelCall& call, const ConvSize& size, const Tiling& tiling, int64_t tile,
                 int64_t row, float* patches) const {
    const int64_t across = tile % tiling.across, down = tile / tiling.across % tiling.down;
    const int64_t n = tile / tiling.across / tiling.down;
    const float* image = call.inputs[0].as<const float>() + n * size.in_h * size.in_w * size.in_c;
    WinogradInput patch;
    patch.patch = patch_;
    for (int i = 0; i < points_; ++i) {
      const int64_t y = down * tile_ - conv_.top + i / patch_;
      const int64_t x = across * tile_ - conv_.left + i % patch_;
      const bool inside = y >= 0 && y < size.in_h && x >= 0 && x < size.in_w;
      patch.pixels[i] = inside ? image + (y * size.in_w + x) * size.in_c : zeros_.data();
    }
    patch.channels = size.in_c;
    patch.stride = tiling.group * size.in_c;
    patch.out = patches + row * size.in_c;
    input_(patch);
  }

  // One panel of output channels of a group of tiles.
  void multiply(const KernelCall& call, const ConvSize& size, const Tiling& tiling, int64_t first,
                int64_t count, int64_t panel, const float* patches, float* products) const {
    const float* rows[8 * kTileRows];
    for (int64_t t = 0; t < count; ++t) rows[t] = patches + t * size.in_c;
    const int64_t width = width_of(panel), column = panel * kPanelColumns;
    const float* weights = weights_.data() + panel * panel_floats_;
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    for (int64_t i = 0; i < points_; ++i)
      gemm_({.rows = rows,
             .offset = i * tiling.group * size.in_c,
             .runs = 1,
             .run_length = size.in_c,
             .count = count,
             .weights = weights + i * size.in_c * width,
             .next = i + 1 < points_ || panel + 1 < panels_ ? weights + (i + 1) * size.in_c * width
                                                            : nullptr,
             .bias = zeros_.data(),
             .columns = static_cast<int>(width),
             .out = products + i * tiling.group * kPanelColumns,
             .stride = kPanelColumns,
             .residual = nullptr,
             .low = -kInfinity,
             .high = kInfinity});

    const float* residual = call.inputs.size() > 3 && !call.inputs[3].is_absent()
                                ? call.inputs[3].as<const float>()
                                : nullptr;
    for (int64_t t = 0; t < count; ++t) {
      const int64_t tile = first + t;
      const int64_t x = tile % tiling.across * tile_;
      const int64_t y = tile / tiling.across % tiling.down * tile_;
      const int64_t n = tile / tiling.across / tiling.down;
      const int64_t at = ((n * size.out_h + y) * size.out_w + x) * size.out_c + column;
      output_({.patch = patch_,
               .in = products + t * kPanelColumns,
               .stride = tiling.group * kPanelColumns,
               .columns = static_cast<int>(width),
               .bias = conv_.bias.data() + column,
               .out = call.outputs[0].as<float>() + at,
               .residual = residual ? residual + at : nullptr,
               .row = size.out_w * size.out_c,
               .pixel = size.out_c,
               .height = static_cast<int>(std::min<int64_t>(tile_, size.out_h - y)),
               .width = static_cast<int>(std::min<int64_t>(tile_, size.out_w - x)),
               .low = conv_.low,
               .high = conv_.high});
    }
  }

  Conv2d conv_;
  int tile_, patch_, points_;  // 4, 6, 36 or 2, 4, 16
  int64_t panels_;
  int64_t panel_floats_;  // [points][C][16], of every panel but a narrow last one
  AlignedFloats weights_, zeros_;
  GemmKernel gemm_ = gemm_portable;
  void (*input_)(const WinogradInput&) = winograd_input_portable;
  void (*output_)(const WinogradOutput&) = winograd_output_portable;
  std::string_view path_;
};

}  // namespace

int winograd_tile(const Conv2d& conv) {
  const bool fits = conv.groups == 1 && conv.kernel_h == 3 && conv.kernel_w == 3 &&
                    conv.stride_h == 1 && conv.stride_w == 1 && conv.dilation_h == 1 &&
                    conv.dilation_w == 1 && conv.in_channels % 8 == 0 && conv.out_channels % 8 == 0;
  if (!fits || conv.in_channels < kMinChannels || conv.out_channels < kMinChannels) return 0;
  return conv.in_channels * conv.out_channels < kHeavyFilters ? 4 : 2;
}

std::unique_ptr<Kernel> make_winograd(const Conv2d& conv, int tile, Isa isa) {
  return std::make_unique<Winograd>(conv, tile, isa);
}

}  // namespace paucal::edge
