#include "edge/machine/pool.h"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>
#include <string>

namespace paucal::edge {
namespace {

TEST(Pool, RunsEveryTaskOnce) {
  for (const int threads : {1, 2, 5}) {
    Pool pool(threads);
    for (int round = 0; round < 2000; ++round) {
      std::vector<std::atomic<int>> hits(static_cast<size_t>(round % 17));
      pool.run(static_cast<int64_t>(hits.size()), [&](int64_t task, int thread) {
        EXPECT_LT(thread, threads);
        ++hits[static_cast<size_t>(task)];
      });
      for (const auto& hit : hits) ASSERT_EQ(hit, 1);
    }
  }
}

TEST(Pool, WakesAfterSleeping) {
  Pool pool(2);
  for (int round = 0; round < 5; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::atomic<int> sum = 0;
    pool.run(100, [&](int64_t task, int) { sum += static_cast<int>(task); });
    EXPECT_EQ(sum, 4950);
  }
}

TEST(Pool, RethrowsTheFirstExceptionAfterAllHaveLeft) {
  for (const int threads : {1, 2, 5}) {
    Pool pool(threads);
    for (int round = 0; round < 500; ++round) {
      std::atomic<int> inside = 0;
      const auto throws = [&] {
        pool.run(40, [&](int64_t task, int) {
          ++inside;
          const bool bad = task == round % 40;
          --inside;
          if (bad) throw std::runtime_error("task " + std::to_string(task));
        });
      };
      try {
        throws();
        ADD_FAILURE() << "expected an exception";
      } catch (const std::runtime_error& error) {
        EXPECT_EQ(error.what(), "task " + std::to_string(round % 40));
      }
      EXPECT_EQ(inside, 0);
      std::atomic<int> sum = 0;  // the next job is whole
      pool.run(100, [&](int64_t task, int) { sum += static_cast<int>(task); });
      ASSERT_EQ(sum, 4950);
    }
  }
}

TEST(Pool, KeepsOneExceptionWhereAllThrow) {
  Pool pool(4);
  for (int round = 0; round < 500; ++round)
    EXPECT_THROW(pool.run(64, [](int64_t, int) { throw std::bad_alloc(); }), std::bad_alloc);
}

}  // namespace
}  // namespace paucal::edge
