#pragma once
// Lets the system refuse further threads: replaces pthread_create. For a program that includes it
// in one file (*_alone_test.cpp).

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>

namespace paucal::test {

// Threads that may still be started; negative: any number.
inline std::atomic<int> threads_left{-1};

}  // namespace paucal::test

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*start)(void*), void* argument) {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto real = reinterpret_cast<Create>(::dlsym(RTLD_NEXT, "pthread_create"));
  using paucal::test::threads_left;
  if (threads_left == 0) return EAGAIN;
  if (threads_left > 0) --threads_left;
  return real(thread, attributes, start, argument);
}
