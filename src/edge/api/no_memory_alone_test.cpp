// No failed allocation and no refused thread may end the program: each allocation of loading and
// predicting fails once. A program of its own, for it replaces operator new and pthread_create.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "base/random.h"
#include "base/test_refused_threads.h"
#include "edge/api/paucal_edge.h"
#include "edge/api/test_model.h"
#include "edge/machine/pool.h"
#include "edge/runtime/fuzz_model.h"

namespace {

// The allocation that fails: 1 is the next; 0 and below: none (any more).
std::atomic<int64_t> allocations_left{0};
std::atomic<bool> failed{false};

bool must_fail() {
  if (allocations_left.load(std::memory_order_relaxed) <= 0) return false;
  if (allocations_left.fetch_sub(1) != 1) return false;
  failed = true;
  return true;
}

void* allocate(size_t size, size_t alignment) {
  if (must_fail()) return nullptr;
  const size_t bytes = (std::max<size_t>(size, 1) + alignment - 1) / alignment * alignment;
  return std::aligned_alloc(alignment, bytes);
}

void* allocate_or_throw(size_t size, size_t alignment) {
  if (void* block = allocate(size, alignment)) return block;
  throw std::bad_alloc();
}

constexpr size_t kPlain = __STDCPP_DEFAULT_NEW_ALIGNMENT__;

}  // namespace

void* operator new(size_t size) {
  return allocate_or_throw(size, kPlain);
}
void* operator new[](size_t size) {
  return allocate_or_throw(size, kPlain);
}
void* operator new(size_t size, std::align_val_t alignment) {
  return allocate_or_throw(size, static_cast<size_t>(alignment));
}
// Of an arena.
void* operator new(size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return allocate(size, static_cast<size_t>(alignment));
}
// Never fails here: std::stable_sort asks for it and does without.
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size);
}
void operator delete(void* block) noexcept {
  std::free(block);
}
void operator delete[](void* block) noexcept {
  std::free(block);
}
void operator delete(void* block, size_t) noexcept {
  std::free(block);
}
void operator delete[](void* block, size_t) noexcept {
  std::free(block);
}
void operator delete(void* block, std::align_val_t) noexcept {
  std::free(block);
}
void operator delete(void* block, size_t, std::align_val_t) noexcept {
  std::free(block);
}

namespace paucal::edge {
namespace {

using paucal::test::threads_left;

template <class T, void (*kFree)(T*)>
struct Free {
  void operator()(T* handle) const { kFree(handle); }
};
template <class T, void (*kFree)(T*)>
using Handle = std::unique_ptr<T, Free<T, kFree>>;
using ModelHandle = Handle<paucal_edge_model, paucal_edge_model_free>;
using PredictorHandle = Handle<paucal_edge_predictor, paucal_edge_predictor_free>;
using ResultHandle = Handle<paucal_edge_result, paucal_edge_result_free>;

struct Attempt {
  ModelHandle model;
  PredictorHandle predictor;
  ResultHandle result;
  paucal_edge_status status{};

  // Whatever is missing still.
  void go_on(const Bytes& file, const paucal_edge_image& image) {
    if (!model) model.reset(paucal_edge_load(file.data(), file.size(), &status));
    if (model && !predictor) predictor.reset(paucal_edge_predictor_new(model.get(), 3, &status));
    if (predictor && !result) result.reset(paucal_edge_predict(predictor.get(), &image, &status));
  }
  std::string json() const { return paucal_edge_result_json(result.get()); }
};

// What is missing after a failure is made by the same objects, and is the same.
void fail_each_allocation(const ModelFile& model) {
  const Bytes file = write_model(model);
  Image pixels(40, 24, 1, 30);
  for (int i = 0; i < 8; ++i) pixels.at(9 + i % 4, 7 + i / 4) = 250;
  const paucal_edge_image image{pixels.pixels.data(), 40, 24, 40, PAUCAL_EDGE_GREY8};
  Attempt whole;
  whole.go_on(file, image);
  ASSERT_TRUE(whole.result) << whole.status.message;
  int64_t n = 1;
  for (;; ++n) {
    Attempt run;
    failed = false;
    allocations_left = n;
    run.go_on(file, image);
    allocations_left = 0;
    if (!failed) {
      ASSERT_TRUE(run.result);
      break;
    }
    ASSERT_FALSE(run.result) << n;
    ASSERT_EQ(run.status.code, PAUCAL_EDGE_NO_MEMORY) << n << ": " << run.status.message;
    run.go_on(file, image);
    ASSERT_TRUE(run.result) << n << ": " << run.status.message;
    ASSERT_EQ(run.json(), whole.json()) << n;
  }
  EXPECT_GT(n, 100);
}

TEST(NoMemory, OfASmallModelIsAnErrorAndNothingMore) {
  fail_each_allocation(bright_spot_model());
}

TEST(NoMemory, OfModelsOfAllKindsIsAnErrorAndNothingMore) {
  for (int i = 0; i < 6; ++i) {
    Random random(8, 0, i);
    fail_each_allocation(fuzz::ModelMaker([&](size_t n) {
                           return static_cast<size_t>(random.below(static_cast<int64_t>(n)));
                         }).consistent());
  }
}

// Another size of image makes another plan; the session keeps those that it has.
TEST(NoMemory, LeavesAPredictorAsItWas) {
  const Bytes file = write_model(bright_spot_model());
  const Image small(16, 12, 1, 200), large(48, 32, 1, 200);
  const auto view = [](const Image& i) {
    return paucal_edge_image{i.pixels.data(), i.width, i.height, static_cast<size_t>(i.width),
                             PAUCAL_EDGE_GREY8};
  };
  for (int64_t n = 1;; ++n) {
    Attempt run;
    run.go_on(file, view(small));
    ASSERT_TRUE(run.result);
    const paucal_edge_image image = view(large);
    failed = false;
    allocations_left = n;
    const ResultHandle second(paucal_edge_predict(run.predictor.get(), &image, &run.status));
    allocations_left = 0;
    if (!failed) break;
    ASSERT_EQ(run.status.code, PAUCAL_EDGE_NO_MEMORY) << n;
    const std::string before = run.json();
    run.result.reset();
    run.go_on(file, view(small));
    ASSERT_EQ(run.json(), before);
    const ResultHandle again(paucal_edge_predict(run.predictor.get(), &image, &run.status));
    ASSERT_TRUE(again) << n;
  }
}

TEST(NoThreads, FewerDoTheSame) {
  const Bytes file = write_model(bright_spot_model());
  const Image pixels(16, 12, 1, 200);
  const paucal_edge_image image{pixels.pixels.data(), 16, 12, 16, PAUCAL_EDGE_GREY8};
  Attempt whole;
  whole.go_on(file, image);
  ASSERT_TRUE(whole.result);
  for (const int threads : {0, 1, 2}) {
    Attempt run;
    threads_left = threads;
    run.go_on(file, image);
    threads_left = -1;
    ASSERT_TRUE(run.result) << run.status.message;
    EXPECT_EQ(run.json(), whole.json());
  }
}

TEST(NoThreads, ThePoolTellsHowManyItGot) {
  for (const int threads : {0, 1, 3}) {
    threads_left = threads;
    Pool pool(8);
    threads_left = -1;
    EXPECT_EQ(pool.threads(), threads + 1);
    std::atomic<int> sum = 0;
    pool.run(100, [&](int64_t task, int) { sum += static_cast<int>(task); });
    EXPECT_EQ(sum, 4950);
  }
}

TEST(NoMemory, ThePoolPassesItOnFromAnyThread) {
  Pool pool(4);
  for (int round = 0; round < 200; ++round) {
    failed = false;
    allocations_left = 1 + round % 64;
    const auto run = [&] {
      pool.run(64, [](int64_t, int) { ::operator delete(::operator new(8)); });
    };
    EXPECT_THROW(run(), std::bad_alloc);
    allocations_left = 0;
  }
}

}  // namespace
}  // namespace paucal::edge
