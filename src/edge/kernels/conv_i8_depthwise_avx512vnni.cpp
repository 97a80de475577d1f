// Depthwise convolution: 64 channels at a time, four rows of a column of taps in one product.

#include "edge/kernels/conv_i8_vnni.h"

namespace paucal::edge {
namespace {

// 64 channels in four registers, as unpacking leaves them: register i holds channels 4i … 4i + 3
// of every 16.
struct Quarters {
  __m512i part[4];
};

// Bytes of four rows beside each other in a lane, a lane for each channel.
inline Quarters interleave(__m512i a, __m512i b, __m512i c, __m512i d) {
  const __m512i ab_low = _mm512_unpacklo_epi8(a, b), ab_high = _mm512_unpackhi_epi8(a, b);
  const __m512i cd_low = _mm512_unpacklo_epi8(c, d), cd_high = _mm512_unpackhi_epi8(c, d);
  return {{_mm512_unpacklo_epi16(ab_low, cd_low), _mm512_unpackhi_epi16(ab_low, cd_low),
           _mm512_unpacklo_epi16(ab_high, cd_high), _mm512_unpackhi_epi16(ab_high, cd_high)}};
}

inline void add_column(const Quarters& x, const int8_t* weights, Quarters& sums) {
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i)
    sums.part[i] = _mm512_dpbusd_epi32(sums.part[i], x.part[i], load(weights + i * 64));
}

inline Quarters bias_of(const int32_t* bias) {
  return {{load(bias), load(bias + 16), load(bias + 32), load(bias + 48)}};
}

inline void finish(const Quarters& sums, const RequantiseI8& q, int64_t channel,
                   const uint8_t* residual, uint8_t* y, int64_t count) {
  Quarters words;
  const float* scale = q.scale + channel;
  if (residual) {
    const __m512i zero = _mm512_setzero_si512();
    const Quarters r = interleave(load_u8(residual, count), zero, zero, zero);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i)
      words.part[i] = requantise(sums.part[i], _mm512_loadu_ps(scale + i * 16), q, r.part[i]);
  } else {
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i)
      words.part[i] = requantise(sums.part[i], _mm512_loadu_ps(scale + i * 16), q);
  }
  store_u8(y, to_bytes(words.part[0], words.part[1], words.part[2], words.part[3], q), count);
}

// A row of pixels of one block of channels.
struct Line {
  const uint8_t* x;
  int64_t row, column, pixel;  // bytes from one tap, and one output, to the next
  const int8_t* weights;
  const uint8_t* residual;
  uint8_t* y;
  int64_t pixels, channel, count;
};

void any_kernel(const ConvI8& c, const Line& line) {
  const Quarters start = bias_of(c.requantise.bias + line.channel);
  for (int64_t i = 0; i < line.pixels; ++i) {
    Quarters sums = start;
    const int8_t* weights = line.weights;
    for (int64_t j = 0; j < c.kernel_w; ++j)
      for (int64_t row = 0; row < c.kernel_h; row += 4, weights += 256) {
        const uint8_t* from = line.x + i * line.pixel + j * line.column + row * line.row;
        // Where fewer than four rows are left, the weights of the others are 0.
        const int64_t last = c.kernel_h - row - 1;
        const __m512i a = load(from), b = load(from + (last > 1 ? 1 : last) * line.row),
                      d = load(from + (last > 2 ? 2 : last) * line.row),
                      e = load(from + (last > 3 ? 3 : last) * line.row);
        add_column(interleave(a, b, d, e), weights, sums);
      }
    const int64_t at = i * c.channels;
    finish(sums, c.requantise, line.channel, line.residual ? line.residual + at : nullptr,
           line.y + at, line.count);
  }
}

// 3×3 of stride 1: each column of inputs serves three outputs.
void rolling_3x3(const ConvI8& c, const Line& line) {
  const uint8_t* x = line.x;
  const auto next = [&]() {
    const __m512i last = load(x + 2 * line.row);
    const Quarters column = interleave(load(x), load(x + line.row), last, last);
    x += line.column;
    return column;
  };
  Quarters left = next(), middle = next();
  for (int64_t i = 0; i < line.pixels; ++i) {
    const Quarters right = next();
    Quarters sums = bias_of(c.requantise.bias + line.channel);
    add_column(left, line.weights, sums);
    add_column(middle, line.weights + 256, sums);
    add_column(right, line.weights + 512, sums);
    left = middle, middle = right;
    const int64_t at = i * c.channels;
    finish(sums, c.requantise, line.channel, line.residual ? line.residual + at : nullptr,
           line.y + at, line.count);
  }
}

}  // namespace

void conv_i8_depthwise_vnni(const ConvI8& c, const int8_t* weights, const ConvI8Call& call,
                            const ConvI8Part& part, uint8_t* strip) {
  const StripI8 s = strip_of(c, call.w, part.row, part.row_end);
  fill_strip(c, call, part.image, s, strip);
  const bool rolling = c.kernel_h == 3 && c.kernel_w == 3 && c.stride_w * c.dilation_w == 1;
  const int64_t row_bytes = s.width * c.channels;
  const int64_t block_bytes = depthwise_quads(c) * 256;
  for (int64_t b = part.panel; b < part.panel_end; ++b) {
    const int64_t channel = b * 64, left = c.channels - channel;
    for (int64_t row = part.row; row < part.row_end; ++row) {
      const int64_t at = (part.image * call.out_h + row) * call.out_w * c.outputs + channel;
      const Line line{.x = strip + (row - part.row) * c.stride_h * row_bytes + channel,
                      .row = c.dilation_h * row_bytes,
                      .column = c.dilation_w * c.channels,
                      .pixel = c.stride_w * c.channels,
                      .weights = weights + b * block_bytes,
                      .residual = call.residual ? call.residual + at : nullptr,
                      .y = call.y + at,
                      .pixels = call.out_w,
                      .channel = channel,
                      .count = left < 64 ? left : 64};
      rolling ? rolling_3x3(c, line) : any_kernel(c, line);
    }
  }
}

}  // namespace paucal::edge
