#pragma once
// Translators of aten ops and our own, by kind. graph/op_spec.def says which name takes which, and
// the op of the graph that it becomes.

#include "trace/call.h"

namespace paucal::trace {

int plain(Call& call, std::string_view op);  // of one tensor and nothing else

// images.cpp
int conv2d(Call& call, std::string_view op);
int batch_norm(Call& call, std::string_view op);
int max_pool2d(Call& call, std::string_view op);
int avg_pool2d(Call& call, std::string_view op);
int adaptive_avg_pool2d(Call& call, std::string_view op);
int upsample(Call& call, std::string_view op);
int roi_align(Call& call, std::string_view op);        // models/roi_align.h
int propose_regions(Call& call, std::string_view op);  // models/proposals.h

// arithmetic.cpp
int same(Call& call, std::string_view op);  // dropout, contiguous, …: the first argument
// empty_like, zeros_like, ones_like, fill: one number, which arithmetic broadcasts. C++
// writes 1 - x as empty_like(x).fill_(1).sub_(x).
int filled(Call& call, std::string_view op);
int add(Call& call, std::string_view op);  // and sub
int rsub(Call& call, std::string_view op);
int mul(Call& call, std::string_view op);
int div(Call& call, std::string_view op);
int clamp(Call& call, std::string_view op);  // with one bound or both
int relu6(Call& call, std::string_view op);
int leaky_relu(Call& call, std::string_view op);
int gelu(Call& call, std::string_view op);
int softmax(Call& call, std::string_view op);
int mean(Call& call, std::string_view op);
int amax(Call& call, std::string_view op);

// shapes.cpp
int view(Call& call, std::string_view op);  // view, reshape, flatten, squeeze, unsqueeze, …
int permute(Call& call, std::string_view op);
int transpose(Call& call, std::string_view op);
int t(Call& call, std::string_view op);
int slice(Call& call, std::string_view op);
int select(Call& call, std::string_view op);
int cat(Call& call, std::string_view op);
int pad(Call& call, std::string_view op);
int expand(Call& call, std::string_view op);

// matrices.cpp
int addmm(Call& call, std::string_view op);
int matmul(Call& call, std::string_view op);  // matmul, mm, bmm
int linear(Call& call, std::string_view op);
int layer_norm(Call& call, std::string_view op);
int embedding(Call& call, std::string_view op);

}  // namespace paucal::trace
