#include "train/draws.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <algorithm>

#include "base/error.h"

namespace paucal::train {
namespace {

constexpr int64_t kGrain = 16384;  // numbers worth a thread

}  // namespace

at::Tensor draw_rows(const DrawKey& key, const std::vector<DrawnRows>& views, at::IntArrayRef sizes,
                     const FillRow& fill) {
  std::vector<Random> generators;
  for (const auto& [places, view] : views)
    for (const int64_t place : places)
      generators.push_back(random_at(key.seed, key.stream, place, view));
  const int64_t rows = sizes[0];
  if (std::ssize(generators) != rows)
    fail("draws", "{} places for {} rows of a batch, expected one for each", generators.size(),
         rows);
  const at::Tensor numbers = torch::empty(sizes);
  if (rows == 0) return numbers;
  const int64_t each = numbers.numel() / rows;
  float* const out = numbers.data_ptr<float>();
  const int64_t grain = std::max<int64_t>(1, kGrain / std::max<int64_t>(1, each));
  at::parallel_for(0, rows, grain, [&](int64_t first, int64_t end) {
    for (int64_t row = first; row < end; ++row)
      fill(generators[static_cast<size_t>(row)], {out + row * each, static_cast<size_t>(each)});
  });
  return numbers;
}

void fill_normal(Random& random, std::span<float> numbers) {
  for (float& number : numbers) number = static_cast<float>(random.normal());
}

}  // namespace paucal::train
