#include "train/tensor_memory.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cstring>
#include <thread>

namespace paucal::train {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

TEST(TensorMemory, HandsOutAgainWhatCameBack) {
  TensorMemory memory;
  void* const first = memory.take(3 * kMiB);
  std::memset(first, 1, 3 * kMiB);
  EXPECT_TRUE(memory.give_back(first));
  EXPECT_FALSE(memory.give_back(first));  // not twice
  EXPECT_EQ(memory.take(3 * kMiB - 5), first);
  void* const second = memory.take(3 * kMiB);
  EXPECT_NE(second, first);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(second) % 64, 0);
  int stranger = 0;
  EXPECT_FALSE(memory.give_back(&stranger));
  memory.give_back(first);
  memory.give_back(second);
}

TEST(TensorMemory, LosesLittleToRounding) {
  TensorMemory memory;
  for (size_t bytes = kMiB; bytes < 100 * kMiB; bytes += bytes / 7 + 12345) {
    void* const block = memory.take(bytes);
    EXPECT_GE(memory.figures().in_use, bytes);
    EXPECT_LE(memory.figures().in_use, bytes + bytes / 15);
    std::memset(block, 1, bytes);
    memory.give_back(block);
    EXPECT_EQ(memory.figures().in_use, 0);
  }
}

TEST(TensorMemory, HoldsLittleMoreThanWasInUseAtOnce) {
  TensorMemory memory;
  for (size_t size = 1; size <= 40; ++size) memory.give_back(memory.take(size * kMiB));
  const auto figures = memory.figures();
  EXPECT_EQ(figures.in_use, 0);
  EXPECT_EQ(figures.most_in_use, 40 * kMiB);
  EXPECT_LE(figures.held, 50 * kMiB);
}

TEST(TensorMemory, ServesManyThreads) {
  TensorMemory memory;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&memory, t] {
      for (int i = 0; i < 200; ++i) {
        const size_t bytes = kMiB * static_cast<size_t>(1 + (i + t) % 3);
        auto* const block = static_cast<char*>(memory.take(bytes));
        std::memset(block, t, 4096);
        block[bytes - 1] = static_cast<char>(t);
        EXPECT_EQ(block[17], t);
        EXPECT_EQ(block[bytes - 1], t);
        memory.give_back(block);
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(memory.figures().in_use, 0);
  EXPECT_LE(memory.figures().held, 15 * kMiB);
}

TEST(TensorMemory, ServesTensors) {
  use_tensor_memory();
  const at::Tensor before = torch::zeros({1 << 19});
  const void* const place = before.data_ptr();
  EXPECT_EQ(before.sum().item<float>(), 0);
  at::Tensor large = torch::ones({1 << 20});
  const void* const kept = large.data_ptr();
  large.reset();
  large = torch::full({1 << 20}, 2.f);
  EXPECT_EQ(large.data_ptr(), kept);
  EXPECT_EQ(large.sum().item<float>(), 2 << 20);
  EXPECT_EQ(before.data_ptr(), place);
  EXPECT_EQ(torch::ones({3}).sum().item<float>(), 3);
  EXPECT_EQ(torch::empty({0}).numel(), 0);
  EXPECT_EQ(torch::arange(300000).resize_({600000}).slice(0, 0, 300000)[299999].item<int64_t>(),
            299999);
}

}  // namespace
}  // namespace paucal::train
