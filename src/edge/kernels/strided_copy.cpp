#include "edge/kernels/strided_copy.h"

#include <algorithm>
#include <cstring>

namespace paucal::edge {
namespace {

constexpr int64_t kBytesPerTask = 1 << 16;

struct Dim {
  int64_t size, from, to;
};

// The job with its dimensions in the order of the target's memory, neighbours that are contiguous
// on both sides joined. The last two are rows and columns; those before are walked one by one.
struct Walk {
  std::array<Dim, Shape::kMaxRank + 2> dims{};
  size_t count = 0;

  explicit Walk(const StridedCopy& job) {
    for (int d = 0; d < job.shape.rank(); ++d) {
      const auto i = static_cast<size_t>(d);
      if (job.shape[d] != 1) dims[count++] = {job.shape[d], job.from_strides[i], job.to_strides[i]};
    }
    std::sort(dims.begin(), dims.begin() + static_cast<int64_t>(count),
              [](const Dim& a, const Dim& b) { return a.to > b.to; });
    size_t kept = 0;
    for (size_t i = 0; i < count; ++i) {
      const Dim& next = dims[i];
      if (kept > 0) {
        Dim& last = dims[kept - 1];
        if (last.from == next.from * next.size && last.to == next.to * next.size) {
          last = {last.size * next.size, next.from, next.to};
          continue;
        }
      }
      dims[kept++] = next;
    }
    count = kept;
    while (count < 2) {  // at least rows and columns
      std::copy_backward(dims.begin(), dims.begin() + static_cast<int64_t>(count),
                         dims.begin() + static_cast<int64_t>(count) + 1);
      dims[0] = {1, 0, 0};
      ++count;
    }
    // A transposition: make the rows those that are contiguous in the source, so that tiles pay.
    for (size_t i = 0; i + 2 < count; ++i)
      if (dims[i].from == 1 && dims[count - 1].from != 1)
        std::rotate(dims.begin() + static_cast<int64_t>(i),
                    dims.begin() + static_cast<int64_t>(i) + 1,
                    dims.begin() + static_cast<int64_t>(count) - 1);
  }
};

template <class T>
void copy_rows(const T* from, T* to, const Dim& rows, const Dim& columns) {
  if (columns.from == 1 && columns.to == 1) {
    for (int64_t r = 0; r < rows.size; ++r)
      std::memcpy(to + r * rows.to, from + r * rows.from,
                  static_cast<size_t>(columns.size) * sizeof(T));
    return;
  }
  constexpr int64_t kTile = 16;  // both sides of a tile stay in the first cache
  for (int64_t r0 = 0; r0 < rows.size; r0 += kTile)
    for (int64_t c0 = 0; c0 < columns.size; c0 += kTile) {
      const int64_t r1 = std::min(rows.size, r0 + kTile), c1 = std::min(columns.size, c0 + kTile);
      for (int64_t r = r0; r < r1; ++r)
        for (int64_t c = c0; c < c1; ++c)
          to[r * rows.to + c * columns.to] = from[r * rows.from + c * columns.from];
    }
}

template <class T>
void copy(const StridedCopy& job, Pool& pool) {
  const Walk walk(job);
  const Dim rows = walk.dims[walk.count - 2], columns = walk.dims[walk.count - 1];
  // Rows are cut into chunks, a multiple of the tile.
  const int64_t row_bytes = columns.size * static_cast<int64_t>(sizeof(T));
  const int64_t chunk = std::max<int64_t>(16, kBytesPerTask / std::max<int64_t>(1, row_bytes));
  const int64_t chunks = ceil_div(rows.size, chunk);
  int64_t outer = 1;
  for (size_t i = 0; i + 2 < walk.count; ++i) outer *= walk.dims[i].size;
  // Several small blocks a task: taking a task costs more than copying a few bytes.
  const int64_t blocks = outer * chunks;
  const int64_t block_bytes = std::min(rows.size, chunk) * row_bytes;
  const int64_t per_task =
      std::clamp<int64_t>(kBytesPerTask / std::max<int64_t>(1, block_bytes), 1, 4096);
  pool.run(ceil_div(blocks, per_task), [&](int64_t task, int) {
    for (int64_t b = task * per_task; b < std::min(blocks, (task + 1) * per_task); ++b) {
      const int64_t first = b % chunks * chunk;
      int64_t from = first * rows.from, to = first * rows.to, rest = b / chunks;
      for (size_t i = walk.count - 2; i-- > 0;) {
        const Dim& dim = walk.dims[i];
        from += rest % dim.size * dim.from;
        to += rest % dim.size * dim.to;
        rest /= dim.size;
      }
      const Dim part{std::min(chunk, rows.size - first), rows.from, rows.to};
      copy_rows(static_cast<const T*>(job.from) + from, static_cast<T*>(job.to) + to, part,
                columns);
    }
  });
}

}  // namespace

void strided_copy(const StridedCopy& job, Pool& pool) {
  if (job.shape.elements() <= 0) return;
  if (job.element == 1) copy<uint8_t>(job, pool);
  if (job.element == 4) copy<uint32_t>(job, pool);
  if (job.element == 8) copy<uint64_t>(job, pool);
}

}  // namespace paucal::edge
