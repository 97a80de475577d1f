#include "quality/drift/chi2.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.h"
#include "quality/special.h"

namespace paucal::quality {

Chi2Test chi2_test(std::span<const int64_t> a, std::span<const int64_t> b) {
  if (a.size() != b.size())
    fail("chi2 test", "rows of {} and {} counts, expected as many", a.size(), b.size());
  double n = 0, m = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] < 0 || b[i] < 0) fail("chi2 test", "a count below 0 in bin {}, expected 0 or more", i);
    n += static_cast<double>(a[i]);
    m += static_cast<double>(b[i]);
  }
  if (n == 0 || m == 0) fail("chi2 test", "{} and {} items, expected at least 1 each", n, m);

  constexpr double kLeast = 5;
  const double needed = kLeast * (n + m) / std::min(n, m);  // in both rows together
  std::vector<std::pair<double, double>> bins;
  std::pair<double, double> open{0, 0};
  for (size_t i = 0; i < a.size(); ++i) {
    open.first += static_cast<double>(a[i]);
    open.second += static_cast<double>(b[i]);
    if (open.first + open.second < needed) continue;
    bins.push_back(open);
    open = {0, 0};
  }
  if (!bins.empty()) {
    bins.back().first += open.first;
    bins.back().second += open.second;
  }
  Chi2Test test;
  test.degrees = std::max(0, static_cast<int>(bins.size()) - 1);
  if (test.degrees == 0) return test;
  for (const auto& [x, y] : bins) {
    const double of_a = (x + y) * n / (n + m), of_b = (x + y) * m / (n + m);
    test.statistic += (x - of_a) * (x - of_a) / of_a + (y - of_b) * (y - of_b) / of_b;
  }
  test.p_value = chi_square_tail(test.statistic, test.degrees);
  return test;
}

}  // namespace paucal::quality
