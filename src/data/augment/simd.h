#pragma once
// PAUCAL_SIMD before a function: it is compiled for AVX-512, AVX2 and the baseline, and the loader
// picks. Only for integer loops: then every version gives the same pixels.

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_THREAD__)  // the thread sanitizer is not up yet when the loader picks
#define PAUCAL_SIMD __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define PAUCAL_SIMD
#endif
