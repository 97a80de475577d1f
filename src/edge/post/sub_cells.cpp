#include "edge/post/sub_cells.h"

#include <cmath>

namespace paucal::edge {

Planes spread_cells(const Planes& cells, int r) {
  Planes map{cells.channels / (r * r), cells.height * r, cells.width * r, {}};
  map.values.resize(map.plane() * static_cast<size_t>(map.channels));
  const float* in = cells.values.data();
  for (int k = 0; k < map.channels; ++k)
    for (int i = 0; i < r; ++i)
      for (int j = 0; j < r; ++j)
        for (int y = 0; y < cells.height; ++y) {
          float* row = map.values.data() + k * map.plane() +
                       static_cast<size_t>(r * y + i) * static_cast<size_t>(map.width);
          for (int x = 0; x < cells.width; ++x) row[r * x + j] = *in++;
        }
  return map;
}

Planes cell_peaks(const Planes& map, int r) {
  Planes cells{map.channels, map.height / r, map.width / r, {}};
  cells.values.resize(cells.plane() * static_cast<size_t>(cells.channels), -INFINITY);
  for (int k = 0; k < cells.channels; ++k)
    for (int y = 0; y < r * cells.height; ++y) {
      const float* row = map.values.data() + k * map.plane() +
                         static_cast<size_t>(y) * static_cast<size_t>(map.width);
      float* peaks = cells.values.data() + k * cells.plane() +
                     static_cast<size_t>(y / r) * static_cast<size_t>(cells.width);
      for (int x = 0; x < r * cells.width; ++x)
        // What is no number stays: it must be seen.
        if (!std::isnan(peaks[x / r]) && !(row[x] <= peaks[x / r])) peaks[x / r] = row[x];
    }
  return cells;
}

}  // namespace paucal::edge
