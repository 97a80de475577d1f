// Convolution as a matrix product without im2col: rows of the product are found by pointers into
// the input or its padded strip, and 6 pixels × 64 channels of sums stay in registers.

#include "edge/kernels/conv_i8_vnni.h"

namespace paucal::edge {
namespace {

constexpr int64_t kPixels = 6;  // 24 sums, 4 weights and 1 input: 29 of 32 registers

struct Block {
  const int8_t* weights;
  const int64_t* taps;
  int64_t tap_count, quads;
  int64_t place;  // in scale and bias
  int64_t count;  // channels
};

// Four neighbouring channels of one pixel in every lane.
inline __m512i broadcast_quad(const uint8_t* p) {
  int32_t quad;
  std::memcpy(&quad, p, sizeof(quad));
  return _mm512_set1_epi32(quad);
}

// Sixteen sums of four products each. Left to the intrinsic, GCC copies every sum twice and stores
// half of them in every round.
inline void add_products(__m512i& sums, __m512i x, __m512i weights) {
  asm("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(x), "v"(weights));
}

// Panels × 16 sums of one pixel.
template <int Panels>
inline void finish(const __m512i (&acc)[Panels], const RequantiseI8& q, const Block& block,
                   const uint8_t* residual, uint8_t* y) {
  __m512i words[4];
#pragma GCC unroll 4
  for (int p = 0; p < 4; ++p) words[p] = _mm512_setzero_si512();
  const float* scale = q.scale + block.place;
  if (residual) {
    const __m512i r = load_u8(residual, block.count);
#pragma GCC unroll 4
    for (int p = 0; p < Panels; ++p) {
      // The constant must be one for the compiler, hence no p in it.
      const __m128i part = p == 0   ? _mm512_castsi512_si128(r)
                           : p == 1 ? _mm512_extracti32x4_epi32(r, 1)
                           : p == 2 ? _mm512_extracti32x4_epi32(r, 2)
                                    : _mm512_extracti32x4_epi32(r, 3);
      words[p] = requantise(acc[p], _mm512_loadu_ps(scale + p * 16), q, _mm512_cvtepu8_epi32(part));
    }
  } else {
#pragma GCC unroll 4
    for (int p = 0; p < Panels; ++p)
      words[p] = requantise(acc[p], _mm512_loadu_ps(scale + p * 16), q);
  }
  // Packing works in 128-bit parts: put fours of channels back in order.
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const __m512i bytes = to_bytes(words[0], words[1], words[2], words[3], q);
  store_u8(y, _mm512_permutexvar_epi32(order, bytes), block.count);
}

template <int Panels, int R>
void tile(const ConvI8& c, const Block& block, const uint8_t* const* pixels,
          const uint8_t* residual, uint8_t* y) {
  __m512i acc[R][Panels];
#pragma GCC unroll 6
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int p = 0; p < Panels; ++p) acc[r][p] = load(c.requantise.bias + block.place + p * 16);
  const int8_t* weights = block.weights;
  for (int64_t t = 0; t < block.tap_count; ++t) {
    const uint8_t* rows[R];
#pragma GCC unroll 6
    for (int r = 0; r < R; ++r) rows[r] = pixels[r] + block.taps[t];
    for (int64_t k = 0; k < block.quads; ++k, weights += Panels * 64) {
      __m512i w[Panels];
#pragma GCC unroll 4
      for (int p = 0; p < Panels; ++p) w[p] = load(weights + p * 64);
#pragma GCC unroll 6
      for (int r = 0; r < R; ++r) {
        const __m512i x = broadcast_quad(rows[r] + k * 4);
#pragma GCC unroll 4
        for (int p = 0; p < Panels; ++p) add_products(acc[r][p], x, w[p]);
      }
    }
  }
#pragma GCC unroll 6
  for (int r = 0; r < R; ++r)
    finish<Panels>(acc[r], c.requantise, block, residual ? residual + r * c.outputs : nullptr,
                   y + r * c.outputs);
}

using Tile = void (*)(const ConvI8&, const Block&, const uint8_t* const*, const uint8_t*, uint8_t*);

// By panels and pixels, less one each.
constexpr Tile kTiles[4][kPixels] = {
    {tile<1, 1>, tile<1, 2>, tile<1, 3>, tile<1, 4>, tile<1, 5>, tile<1, 6>},
    {tile<2, 1>, tile<2, 2>, tile<2, 3>, tile<2, 4>, tile<2, 5>, tile<2, 6>},
    {tile<3, 1>, tile<3, 2>, tile<3, 3>, tile<3, 4>, tile<3, 5>, tile<3, 6>},
    {tile<4, 1>, tile<4, 2>, tile<4, 3>, tile<4, 4>, tile<4, 5>, tile<4, 6>},
};

}  // namespace

void conv_i8_direct_vnni(const ConvI8& c, const int8_t* weights, const ConvI8Call& call,
                         const ConvI8Part& part, uint8_t* strip, int64_t* taps) {
  const StripI8 s = strip_of(c, call.w, part.row, part.row_end);
  const uint8_t* input = strip;
  if (reads_in_place(c))
    input = call.x + (part.image * call.h + s.first_row) * call.w * c.channels;
  else
    fill_strip(c, call, part.image, s, strip);
  const RunsI8 runs = runs_of(c);
  const int64_t quads = (runs.length + 3) / 4, per_row = runs.taps / c.kernel_h;
  for (int64_t t = 0; t < runs.taps; ++t)
    taps[t] = (t / per_row * c.dilation_h * s.width + t % per_row * c.dilation_w) * c.channels;

  const int64_t pixels = (part.row_end - part.row) * call.out_w;
  const int64_t first_pixel = (part.image * call.out_h + part.row) * call.out_w;
  for (int64_t b = part.panel; b < part.panel_end; ++b) {
    const BlockI8 at_block = block_of(c, b);
    const Block block{weights + at_block.panel * runs.taps * quads * 64,
                      taps,
                      runs.taps,
                      quads,
                      at_block.panel * kPanel,
                      at_block.outputs};
    const Tile* tiles = kTiles[at_block.panels - 1];
    const uint8_t* base = input + at_block.group * group_channels(c);
    int64_t row = 0, column = 0;
    for (int64_t m = 0; m < pixels; m += kPixels) {
      const uint8_t* rows[kPixels];
      const int64_t count = pixels - m < kPixels ? pixels - m : kPixels;
      for (int64_t r = 0; r < count; ++r) {
        rows[r] = base + (row * c.stride_h * s.width + column * c.stride_w) * c.channels;
        if (++column == call.out_w) column = 0, ++row;
      }
      const int64_t at = (first_pixel + m) * c.outputs + at_block.output;
      tiles[count - 1](c, block, rows, call.residual ? call.residual + at : nullptr, call.y + at);
    }
  }
}

}  // namespace paucal::edge
