#pragma once
// bfloat16 autocast for the life of the object. One place for what changed between libtorch
// versions.

#include <ATen/autocast_mode.h>
#include <torch/version.h>

namespace paucal::train {

class Autocast {
 public:
  Autocast(c10::DeviceType device, bool on)
      : device_(device), on_(on), cached_(at::autocast::is_autocast_cache_enabled()) {
    if (!on_) return;
    // A cast weight that a pass without gradient left in the cache has no gradient: the pass that
    // learns must not get it.
    at::autocast::set_autocast_cache_enabled(false);
    set(true);
  }
  ~Autocast() {
    if (!on_) return;
    set(false);
    at::autocast::set_autocast_cache_enabled(cached_);
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  void set(bool on) const {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
    at::autocast::set_autocast_dtype(device_, at::kBFloat16);
    at::autocast::set_autocast_enabled(device_, on);
#else
    if (device_ == c10::kCUDA) {
      at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
      at::autocast::set_enabled(on);
    } else {
      at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
      at::autocast::set_cpu_enabled(on);
    }
#endif
  }

  c10::DeviceType device_;
  bool on_, cached_;
};

}  // namespace paucal::train
