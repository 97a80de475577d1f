#pragma once
// Brings libtorch up well: compute threads, the allocator, the BLAS, the device. Debian's libtorch
// comes up with one thread, and on the reference BLAS it is 40 times slower.

#include <c10/core/Device.h>

#include <string>

#include "base/json.h"

namespace paucal::train {

// First thing in main(). `threads` 0: OMP_NUM_THREADS where set, else every usable processor.
// How OpenMP's threads wait can't be set here: libgomp reads it when it is loaded, so the program
// must have it in its environment before. GOMP_SPINCOUNT=10000 costs an idle machine nothing, and
// beside busy processes a third less time than the default (bench_train --busy).
// Keeps large blocks in the process: page faults cost 10-25 % of a training step otherwise.
// Logs what it set.
void init_runtime(int threads = 0);

// "auto" takes CUDA where there is a device; "cuda" without one is an Error.
c10::Device pick_device(const std::string& name);

// Versions, BLAS, threads and how they wait, device: for the report.
Json runtime_info();

}  // namespace paucal::train
