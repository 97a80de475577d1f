#include "metrics/hungarian.h"

#include <cmath>
#include <limits>

#include "base/error.h"

namespace paucal::metrics {
namespace {

CostMatrix transposed(const CostMatrix& cost) {
  CostMatrix turned(cost.columns, cost.rows);
  for (size_t r = 0; r < cost.rows; ++r)
    for (size_t c = 0; c < cost.columns; ++c) turned.at(c, r) = cost.at(r, c);
  return turned;
}

// Rows and columns count from 1 here: row 0 and column 0 are the root of the search.
class Assignment {
 public:
  explicit Assignment(const CostMatrix& cost)
      : cost_(cost),
        row_potential_(cost.rows + 1, 0.0),
        column_potential_(cost.columns + 1, 0.0),
        row_of_(cost.columns + 1, 0) {}

  // Gives `row` a column, moving earlier rows along the cheapest alternating path.
  void add_row(size_t row) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    std::vector<double> distance(cost_.columns + 1, kInfinity);
    std::vector<size_t> previous(cost_.columns + 1, 0);
    std::vector<bool> reached(cost_.columns + 1, false);
    row_of_[0] = row;
    size_t column = 0;
    while (row_of_[column] != 0) {
      reached[column] = true;
      const size_t from = row_of_[column];
      size_t nearest = 0;
      double step = kInfinity;
      for (size_t c = 1; c <= cost_.columns; ++c) {
        if (reached[c]) continue;
        const double reduced =
            cost_.at(from - 1, c - 1) - row_potential_[from] - column_potential_[c];
        if (reduced < distance[c]) {
          distance[c] = reduced;
          previous[c] = column;
        }
        if (distance[c] < step) {
          step = distance[c];
          nearest = c;
        }
      }
      for (size_t c = 0; c <= cost_.columns; ++c) {
        if (reached[c]) {
          row_potential_[row_of_[c]] += step;
          column_potential_[c] -= step;
        } else {
          distance[c] -= step;
        }
      }
      column = nearest;
    }
    while (column != 0) {
      row_of_[column] = row_of_[previous[column]];
      column = previous[column];
    }
  }

  size_t row_of(size_t column) const { return row_of_[column]; }  // 0: free

 private:
  const CostMatrix& cost_;
  std::vector<double> row_potential_;
  std::vector<double> column_potential_;
  std::vector<size_t> row_of_;
};

}  // namespace

std::vector<int> assign(const CostMatrix& cost) {
  for (size_t i = 0; i < cost.values.size(); ++i)
    if (!std::isfinite(cost.values[i]))
      fail("hungarian", "cost [{}, {}] is {}, expected a finite number", i / cost.columns,
           i % cost.columns, cost.values[i]);

  // The search wants no more rows than columns.
  const bool turn = cost.rows > cost.columns;
  const CostMatrix wide = turn ? transposed(cost) : cost;
  Assignment assignment(wide);
  for (size_t row = 1; row <= wide.rows; ++row) assignment.add_row(row);

  std::vector<int> column_of(cost.rows, -1);
  for (size_t c = 1; c <= wide.columns; ++c) {
    const size_t r = assignment.row_of(c);
    if (r == 0) continue;
    if (turn)
      column_of[c - 1] = static_cast<int>(r - 1);
    else
      column_of[r - 1] = static_cast<int>(c - 1);
  }
  return column_of;
}

}  // namespace paucal::metrics
