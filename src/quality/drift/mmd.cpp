#include "quality/drift/mmd.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "quality/special.h"

namespace paucal::quality {
namespace {

constexpr std::string_view kMmdPlace = "mmd test";
constexpr size_t kMostRows = 4000, kSampledDistances = 1000;
constexpr uint64_t kShuffles = 0x6d6d'6473;  // "mmds"

void check_rows(const Rows& a, const Rows& b, size_t least) {
  if (a.width == 0 || a.width != b.width)
    fail(kMmdPlace, "rows of {} and {} numbers, expected as many", a.width, b.width);
  for (const Rows* rows : {&a, &b}) {
    if (rows->values.size() % rows->width || rows->count() < least)
      fail(kMmdPlace, "{} numbers in rows of {}, expected whole rows, at least {}",
           rows->values.size(), rows->width, least);
    for (const float v : rows->values)
      if (!std::isfinite(v)) fail(kMmdPlace, "value {}, expected a finite one", v);
  }
}

double squared_distance(const float* a, const float* b, size_t width) {
  double sum = 0;
  for (size_t i = 0; i < width; ++i) {
    const double d = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += d * d;
  }
  return sum;
}

// σ² from squared distances; all rows equal: any number does.
double median_of(std::vector<double> squares) {
  const auto middle = squares.begin() + static_cast<std::ptrdiff_t>(squares.size() / 2);
  std::ranges::nth_element(squares, middle);
  return *middle > 0 ? *middle : 1;
}

}  // namespace

MmdTest mmd_test(const Rows& baseline, const Rows& now, const MmdOptions& options) {
  if (options.block < 1 || options.permutations < 1)
    fail(kMmdPlace, "blocks of {}, {} shuffles, expected at least 1", options.block,
         options.permutations);
  const auto block = static_cast<size_t>(options.block);
  check_rows(baseline, now, 3 * block);
  // Rows beyond the last whole block are left out.
  const size_t blocks_a = baseline.count() / block, blocks = blocks_a + now.count() / block;
  const size_t rows = blocks * block, width = baseline.width;
  if (rows > kMostRows) fail(kMmdPlace, "{} rows, expected at most {}", rows, kMostRows);
  const auto row = [&](size_t i) {
    return i < blocks_a * block ? baseline.values.data() + i * width
                                : now.values.data() + (i - blocks_a * block) * width;
  };

  std::vector<double> squares;
  squares.reserve(rows * (rows - 1) / 2);
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < i; ++j) squares.push_back(squared_distance(row(i), row(j), width));
  const double sigma2 = median_of(squares);
  // Sums of the kernel between blocks: a shuffle then costs blocks², not rows².
  std::vector<double> sums(blocks * blocks, 0);
  size_t pair = 0;
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < i; ++j) {
      const double k = std::exp(-squares[pair++] / (2 * sigma2));
      sums[i / block * blocks + j / block] += k;
      sums[j / block * blocks + i / block] += k;
    }

  const auto n = static_cast<double>(blocks_a * block), m = static_cast<double>(rows) - n;
  const auto statistic = [&](const std::vector<size_t>& order) {
    double within_a = 0, within_b = 0, between = 0;
    for (size_t i = 0; i < blocks; ++i)
      for (size_t j = 0; j < blocks; ++j) {
        const double s = sums[order[i] * blocks + order[j]];
        const bool first = i < blocks_a, second = j < blocks_a;
        (first != second ? between : first ? within_a : within_b) += s;
      }
    return within_a / (n * (n - 1)) + within_b / (m * (m - 1)) - between / (n * m);
  };
  std::vector<size_t> order(blocks);
  std::iota(order.begin(), order.end(), size_t{0});
  MmdTest test;
  test.bandwidth = std::sqrt(sigma2);
  test.mmd2 = statistic(order);
  Random random(options.seed, kShuffles);
  int as_large = 1;
  for (int p = 0; p < options.permutations; ++p) {
    random.shuffle(order);
    as_large += statistic(order) >= test.mmd2 - 1e-12;
  }
  test.p_value = static_cast<double>(as_large) / (options.permutations + 1);
  return test;
}

MmdTest mmd_linear_test(const Rows& baseline, const Rows& now, double bandwidth) {
  check_rows(baseline, now, 4);
  const size_t width = baseline.width, pairs = std::min(baseline.count(), now.count()) / 2;
  const auto x = [&](size_t i) { return baseline.values.data() + i * width; };
  const auto y = [&](size_t i) { return now.values.data() + i * width; };
  if (bandwidth <= 0) {
    std::vector<double> squares;
    for (size_t i = 0; i < std::min(2 * pairs, kSampledDistances); ++i)
      squares.push_back(squared_distance(x(i), y(2 * pairs - 1 - i), width));
    bandwidth = std::sqrt(median_of(squares));
  }
  const auto k = [&](const float* a, const float* b) {
    return std::exp(-squared_distance(a, b, width) / (2 * bandwidth * bandwidth));
  };
  double sum = 0, sum2 = 0;
  for (size_t i = 0; i < pairs; ++i) {
    const size_t a = 2 * i, b = a + 1;
    const double h = k(x(a), x(b)) + k(y(a), y(b)) - k(x(a), y(b)) - k(x(b), y(a));
    sum += h;
    sum2 += h * h;
  }
  const auto n = static_cast<double>(pairs);
  MmdTest test;
  test.bandwidth = bandwidth;
  test.mmd2 = sum / n;
  const double variance = (sum2 / n - test.mmd2 * test.mmd2) / (n - 1);
  test.p_value = variance > 0 ? normal_cdf(-test.mmd2 / std::sqrt(variance)) : 1;
  return test;
}

}  // namespace paucal::quality
