#include "models/autocast.h"

#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/layer_norm.h>
#include <torch/library.h>
#include <torch/version.h>

namespace paucal::models {
namespace {

thread_local bool bf16_wanted = false;

bool is_autocast(c10::DeviceType device) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
  return at::autocast::is_autocast_enabled(device);
#else
  return device == c10::kCUDA ? at::autocast::is_enabled() : at::autocast::is_cpu_enabled();
#endif
}

void set_autocast(c10::DeviceType device, bool on) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
  at::autocast::set_autocast_dtype(device, at::kBFloat16);
  at::autocast::set_autocast_enabled(device, on);
#else
  if (device == c10::kCUDA) {
    at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
    at::autocast::set_enabled(on);
  } else {
    at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
    at::autocast::set_cpu_enabled(on);
  }
#endif
}

#if TORCH_VERSION_MAJOR < 2
at::Tensor layer_norm_in_float(const at::Tensor& x, at::IntArrayRef shape,
                               const c10::optional<at::Tensor>& weight,
                               const c10::optional<at::Tensor>& bias, double eps, bool cudnn) {
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::DispatchKey::AutocastCPU);
  return at::layer_norm(in_float(x), shape, weight, bias, eps, cudnn);
}

// On CUDA libtorch itself casts to float.
void add_layer_norm() {
  static const torch::Library library = [] {
    torch::Library made(torch::Library::IMPL, "aten", c10::DispatchKey::AutocastCPU, __FILE__,
                        __LINE__);
    made.impl("layer_norm", &layer_norm_in_float);
    return made;
  }();
}
#else
void add_layer_norm() {}
#endif

}  // namespace

InBf16::InBf16(bool on) : before_(bf16_wanted) {
  bf16_wanted = on;
}
InBf16::~InBf16() {
  bf16_wanted = before_;
}

bool networks_in_bf16() {
  return bf16_wanted;
}

Autocast::Autocast(c10::DeviceType device)
    : device_(device), on_(bf16_wanted && !is_autocast(device)) {
  if (!on_) return;
  add_layer_norm();
  // A cast weight that a pass without gradient left in the cache has no gradient: the pass that
  // learns must not get it.
  cached_ = at::autocast::is_autocast_cache_enabled();
  at::autocast::set_autocast_cache_enabled(false);
  set_autocast(device, true);
}

Autocast::~Autocast() {
  if (!on_) return;
  set_autocast(device_, false);
  at::autocast::set_autocast_cache_enabled(cached_);
}

at::Tensor in_float(const at::Tensor& tensor) {
  return tensor.scalar_type() == at::kBFloat16 ? tensor.to(at::kFloat) : tensor;
}

}  // namespace paucal::models
