#pragma once
// Networks that compute in bfloat16, and answer in float. The training loop says when (InBf16);
// each function of a network that answers casts what it computes with (Autocast) and what it says
// (in_float). So losses, pooling and box targets, which stand outside networks, never see bfloat16,
// and neither do evaluation and export, which no InBf16 surrounds. Weights and the statistics of
// norms stay float: only what passes through a network is cast.

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

namespace paucal::models {

// While it lives, networks that this thread calls compute in bfloat16; not where `on` is false.
class InBf16 {
 public:
  explicit InBf16(bool on);
  ~InBf16();
  InBf16(const InBf16&) = delete;
  InBf16& operator=(const InBf16&) = delete;

 private:
  bool before_;
};

// Whether an InBf16 of this thread is on.
bool networks_in_bf16();

// libtorch's autocast to bfloat16 on `device`, where networks_in_bf16(); one within another does
// nothing. Layer norm, whose kernel takes no bfloat16 map with float weights in libtorch 1, is
// computed in float.
class Autocast {
 public:
  explicit Autocast(c10::DeviceType device);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  c10::DeviceType device_;
  bool on_, cached_ = false;
};

// A bfloat16 tensor as float; any other as it is, without an operation that a trace would hold.
at::Tensor in_float(const at::Tensor& tensor);

}  // namespace paucal::models
