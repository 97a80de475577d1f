// Where the system starts no further thread, the work is done by those that there are. A program of
// its own, for it replaces pthread_create.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>

#include "base/host/threads.h"

namespace {
std::atomic<int> threads_left{-1};  // negative: any number
}

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*start)(void*), void* argument) {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto real = reinterpret_cast<Create>(::dlsym(RTLD_NEXT, "pthread_create"));
  if (threads_left == 0) return EAGAIN;
  if (threads_left > 0) --threads_left;
  return real(thread, attributes, start, argument);
}

namespace paucal {
namespace {

TEST(ThreadPoolAlone, WorksWithTheThreadsThatItGot) {
  for (const int threads : {0, 1, 3}) {
    std::atomic<int> sum = 0;
    {
      threads_left = threads;
      ThreadPool pool(8);
      threads_left = -1;
      EXPECT_EQ(pool.size(), threads);
      for (int i = 0; i < 100; ++i) pool.submit([&sum, i] { sum += i; });
    }
    EXPECT_EQ(sum, 4950);
  }
}

TEST(ThreadPoolAlone, ALoopRunsWithoutThreads) {
  std::atomic<int64_t> sum = 0;
  threads_left = 0;
  parallel_for(100, 4, [&](int64_t i) { sum += i; });
  threads_left = -1;
  EXPECT_EQ(sum, 4950);
}

}  // namespace
}  // namespace paucal
