#include "train/runtime.h"

#include <dlfcn.h>
#include <malloc.h>
#include <omp.h>
#include <torch/torch.h>
#include <torch/version.h>

#include <cstdlib>

#include "base/error.h"
#include "base/host/log.h"
#include "base/host/threads.h"
#include "train/tensor_memory.h"

namespace paucal::train {
namespace {

// OpenBLAS says so itself; every other BLAS in Debian lacks this symbol.
std::string blas_name() {
  using Config = char* (*)();
  const auto config = reinterpret_cast<Config>(dlsym(RTLD_DEFAULT, "openblas_get_config"));
  return config ? config() : "unknown";
}

// How OpenMP's threads wait between parallel regions, as the environment has it.
std::string openmp_wait() {
  for (const char* name : {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"})
    if (const char* value = std::getenv(name)) return fmt::format("{}={}", name, value);
  return "default";
}

}  // namespace

void init_runtime(int threads) {
  use_tensor_memory();
  mallopt(M_MMAP_THRESHOLD, 1 << 30);  // for what oneDNN takes by itself
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  if (threads == 0)
    threads = std::getenv("OMP_NUM_THREADS") ? omp_get_max_threads() : processor_count();
  at::set_num_threads(threads);
  at::init_num_threads();
  at::set_num_threads(threads);
  const std::string blas = blas_name();
  log::debug("libtorch {}, {} compute threads (wait: {}), BLAS {}", TORCH_VERSION,
             at::get_num_threads(), openmp_wait(), blas);
  if (blas == "unknown")
    log::warn(
        "no OpenBLAS found: matrix products may run about 40 times slower; "
        "install libopenblas0-openmp");
}

c10::Device pick_device(const std::string& name) {
  if (name == "cpu" || (name == "auto" && !torch::cuda::is_available())) return {c10::kCPU};
  if (!torch::cuda::is_available())
    fail("device", "train.device={}: this libtorch sees no CUDA device, expected cpu or auto",
         name);
  return {c10::kCUDA, 0};
}

Json runtime_info() {
  return {{"libtorch", TORCH_VERSION},
          {"blas", blas_name()},
          {"compute_threads", at::get_num_threads()},
          {"openmp_wait", openmp_wait()},
          {"cuda", torch::cuda::is_available()}};
}

}  // namespace paucal::train
