// Where the system starts no further thread, the work is done by those that there are. A program of
// its own, for it replaces pthread_create.
#include <gtest/gtest.h>

#include <atomic>

#include "base/host/threads.h"
#include "base/test_refused_threads.h"

namespace paucal {
namespace {

using test::threads_left;

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
