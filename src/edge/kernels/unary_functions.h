#pragma once
// The element-wise functions, compiled once for each instruction set: see unary.cpp and
// unary_avx2.cpp, each of which includes this. Nothing here is shared between them.

#include "edge/kernels/math.h"

namespace paucal::edge {

enum class Unary {
  kClamp,  // to [low, high]
  kSigmoid,
  kTanh,
  kSilu,
  kHardSwish,
  kHardSigmoid,
  kGelu,
  kGeluTanh,
  kExp,
  kLog,
  kSqrt,
  kNeg,
};

// One function over `count` elements; in may equal out. low and high: of kClamp alone.
struct UnaryCall {
  Unary function;
  const float* in;
  float* out;
  int64_t count;
  float low, high;
};

namespace {

// By way of a block of its own: in place, compilers would otherwise not dare to use vectors.
template <class Function>
void each(const UnaryCall& call, const Function& f) {
  constexpr int64_t kBlock = 32;
  const float* in = call.in;
  float* out = call.out;
  int64_t i = 0;
  for (; i + kBlock <= call.count; i += kBlock) {
    float block[kBlock];
    for (int64_t k = 0; k < kBlock; ++k) block[k] = f(in[i + k]);
    for (int64_t k = 0; k < kBlock; ++k) out[i + k] = block[k];
  }
  for (; i < call.count; ++i) out[i] = f(in[i]);
}

[[maybe_unused]] void apply_unary(const UnaryCall& call) {
  const float low = call.low, high = call.high;
  switch (call.function) {
    case Unary::kClamp:
      return each(call, [low, high](float x) { return bounded(x, low, high); });
    case Unary::kSigmoid:
      return each(call, [](float x) { return fast_sigmoid(x); });
    case Unary::kTanh:
      return each(call, [](float x) { return fast_tanh(x); });
    case Unary::kSilu:
      return each(call, [](float x) { return x * fast_sigmoid(x); });
    case Unary::kHardSwish:
      return each(call, [](float x) { return x * bounded(x + 3.f, 0.f, 6.f) * (1.f / 6); });
    case Unary::kHardSigmoid:
      return each(call, [](float x) { return bounded(x + 3.f, 0.f, 6.f) * (1.f / 6); });
    case Unary::kGelu:
      return each(call, [](float x) { return 0.5f * x * (1.f + fast_erf(x * 0.70710678f)); });
    case Unary::kGeluTanh:
      return each(call, [](float x) {
        return 0.5f * x * (1.f + fast_tanh(0.79788456f * (x + 0.044715f * x * x * x)));
      });
    case Unary::kExp:
      return each(call, [](float x) { return fast_exp(x); });
    case Unary::kLog:
      return each(call, [](float x) { return ::logf(x); });
    case Unary::kSqrt:
      return each(call, [](float x) { return ::sqrtf(x); });
    case Unary::kNeg:
      return each(call, [](float x) { return -x; });
  }
}

}  // namespace

#if defined(__x86_64__)
void unary_avx2(const UnaryCall& call);
#endif

}  // namespace paucal::edge
