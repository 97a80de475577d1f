#include "data/feed/batch.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace paucal::data {
namespace {

int round_up(int value, int multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// Copies one plane and repeats its last column and row into the padding.
void place(const float* from, int width, int height, float* to, int to_width, int to_height) {
  for (int y = 0; y < to_height; ++y) {
    float* row = to + static_cast<size_t>(y) * to_width;
    if (y < height) {
      std::memcpy(row, from + static_cast<size_t>(y) * width, sizeof(float) * width);
      std::fill(row + width, row + to_width, row[width - 1]);
    } else {
      std::memcpy(row, row - to_width, sizeof(float) * to_width);
    }
  }
}

}  // namespace

Batch collate(std::vector<Sample> samples, int64_t step, int multiple) {
  if (samples.empty()) fail("collate", "step {}: 0 samples, expected at least 1", step);
  Batch batch;
  batch.step = step;
  batch.count = static_cast<int>(samples.size());
  batch.channels = samples[0].channels;
  for (const auto& sample : samples) {
    batch.width = std::max(batch.width, sample.width);
    batch.height = std::max(batch.height, sample.height);
  }
  batch.width = round_up(batch.width, multiple);
  batch.height = round_up(batch.height, multiple);

  const size_t plane = static_cast<size_t>(batch.width) * batch.height;
  batch.images.resize(plane * batch.channels * batch.count);
  batch.masks.assign(plane * batch.count, 0.f);
  for (size_t n = 0; n < samples.size(); ++n) {
    Sample& sample = samples[n];
    if (sample.channels != batch.channels)
      fail("collate", "record {}: {} channels, expected {}", sample.record, sample.channels,
           batch.channels);
    const size_t own = static_cast<size_t>(sample.width) * sample.height;
    for (int c = 0; c < batch.channels; ++c)
      place(sample.image.data() + own * c, sample.width, sample.height,
            batch.images.data() + plane * (n * batch.channels + c), batch.width, batch.height);
    for (int y = 0; !sample.mask.empty() && y < sample.height; ++y)
      std::copy_n(sample.mask.data() + static_cast<size_t>(y) * sample.width, sample.width,
                  batch.masks.data() + plane * n + static_cast<size_t>(y) * batch.width);
    batch.pasted.push_back(sample.mask.empty() ? 0 : 1);
    batch.supervision.push_back(sample.supervision);
    batch.targets.push_back(std::move(sample.targets));
    batch.valid_width.push_back(sample.width);
    batch.valid_height.push_back(sample.height);
    batch.labels.push_back(sample.label);
    batch.records.push_back(sample.record);
    batch.places.push_back(sample.place);
    batch.geometries.push_back(sample.geometry);
  }
  return batch;
}

}  // namespace paucal::data
