#pragma once
// A first convolution that was trained on RGB of one mean and std, for an input of another: other
// numbers, grey, or with further channels.

#include <ATen/core/Tensor.h>

#include "edge/pre/preprocess.h"
#include "models/published.h"

namespace paucal::models {

struct AdaptedInput {
  at::Tensor weight;  // [O, C, k, k], double
  at::Tensor shift;   // [O]: what the published convolution adds at each place beside that
};

// `weight` [O, 3, k, k] reads (v − m_c) / s_c; the result [O, channels, k, k] reads
// (v − m'_c) / s'_c of `input`, or one grey value: W'_c = W_c · s'_c / s_c (grey: their sum), and
// Σ_c Σ W_c · (m'_c − m_c) / s_c at each place. Exact but in the padded rim, where means differ. Of
// an image normalised by its own moments s' is the spread of ImageNet's photos, and m' is m.
// Channels behind the colours start at 0.
AdaptedInput adapt_input(const at::Tensor& weight, const Arithmetic& published,
                         const edge::PreprocessOptions& input, int64_t channels);

// Mean and std of a grey image in place of those of three channels.
double grey_of(const std::vector<double>& channels);

}  // namespace paucal::models
