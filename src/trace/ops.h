#pragma once
// Translators of aten ops, by kind; the table that names them is in translate.cpp.

#include "trace/call.h"

namespace paucal::trace {

// images.cpp
int convolution(Call& call);  // _convolution
int conv2d(Call& call);       // conv2d
int batch_norm(Call& call);
int max_pool2d(Call& call);
int avg_pool2d(Call& call);
int adaptive_avg_pool2d(Call& call);
int upsample_nearest2d(Call& call);
int upsample_bilinear2d(Call& call);
int roi_align(Call& call);        // models/roi_align.h
int propose_regions(Call& call);  // models/proposals.h

// arithmetic.cpp
int same(Call& call);  // dropout, contiguous, …: the first argument
// empty_like, zeros_like, ones_like, full_like, fill: one number, which arithmetic broadcasts. C++
// writes 1 - x as empty_like(x).fill_(1).sub_(x).
int filled(Call& call);
int add(Call& call);
int sub(Call& call);
int rsub(Call& call);
int mul(Call& call);
int div(Call& call);
int clamp(Call& call);
int clamp_min(Call& call);
int clamp_max(Call& call);
int relu6(Call& call);
int leaky_relu(Call& call);
int gelu(Call& call);
int softmax(Call& call);
int log_softmax(Call& call);
int mean(Call& call);
int amax(Call& call);

// shapes.cpp
int view(Call& call);  // view, reshape, flatten, squeeze, unsqueeze, …
int permute(Call& call);
int transpose(Call& call);
int t(Call& call);
int slice(Call& call);
int select(Call& call);
int cat(Call& call);
int pad(Call& call);
int expand(Call& call);

// matrices.cpp
int addmm(Call& call);
int matmul(Call& call);  // matmul, mm, bmm
int linear(Call& call);
int layer_norm(Call& call);
int embedding(Call& call);

}  // namespace paucal::trace
