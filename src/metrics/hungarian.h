#pragma once
// The assignment problem: who goes with whom at the least total cost.

#include <cstddef>
#include <vector>

namespace paucal::metrics {

// A matrix of costs, row by row; every value finite.
struct CostMatrix {
  size_t rows = 0;
  size_t columns = 0;
  std::vector<double> values;  // [rows * columns]

  CostMatrix(size_t rows, size_t columns, double value = 0)
      : rows(rows), columns(columns), values(rows * columns, value) {}
  double& at(size_t row, size_t column) { return values[row * columns + column]; }
  double at(size_t row, size_t column) const { return values[row * columns + column]; }
};

// For each row its column, or -1 (only where there are more rows than columns); each column at
// most once; min(rows, columns) pairs of least total cost. O(n² m) by shortest augmenting paths
// with potentials (Kuhn 1955, Munkres 1957; in the form of Jonker and Volgenant 1987). Throws
// Error if a cost is not finite.
std::vector<int> assign(const CostMatrix& cost);

}  // namespace paucal::metrics
