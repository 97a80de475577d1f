#include "base/host/threads.h"

#include <gtest/gtest.h>

#include <atomic>

#include "base/error.h"

namespace paucal {
namespace {

TEST(ParallelFor, CallsEachIndexOnce) {
  for (const int threads : {-1, 0, 1, 3, 64}) {
    std::vector<std::atomic<int>> calls(50);
    parallel_for(50, threads, [&](int64_t i) { ++calls[i]; });
    for (const auto& n : calls) EXPECT_EQ(n, 1);
  }
  parallel_for(0, 4, [](int64_t) { FAIL(); });
  parallel_for(-5, 4, [](int64_t) { FAIL(); });
}

TEST(ParallelFor, RethrowsTheLowestFailingIndex) {
  for (const int threads : {1, 4}) {
    for (int round = 0; round < 20; ++round) {
      std::atomic<int> calls{0};
      try {
        parallel_for(40, threads, [&](int64_t i) {
          ++calls;
          if (i % 10 == 7) fail("test", "{}", i);
        });
        FAIL();
      } catch (const Error& error) {
        EXPECT_EQ(error.message(), "7");
      }
      EXPECT_EQ(calls, 40);  // the others are not left half done
    }
  }
}

TEST(ThreadPool, FinishesWhatWasSubmitted) {
  std::atomic<int> done{0};
  {
    ThreadPool pool(3);
    EXPECT_EQ(pool.size(), 3);
    for (int i = 0; i < 100; ++i) pool.submit([&] { ++done; });
  }
  EXPECT_EQ(done, 100);
}

TEST(ThreadPool, WithoutThreadsRunsAtOnce) {
  ThreadPool pool(0);
  const auto caller = std::this_thread::get_id();
  std::thread::id ran;
  pool.submit([&] { ran = std::this_thread::get_id(); });
  EXPECT_EQ(ran, caller);
}

TEST(Threads, CountsProcessors) {
  EXPECT_GE(processor_count(), 1);
}

}  // namespace
}  // namespace paucal
