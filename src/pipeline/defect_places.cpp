#include "pipeline/defect_places.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/log.h"
#include "pipeline/predict.h"

namespace paucal::pipeline {
namespace {

constexpr int kMost = 4;      // of one image
constexpr float kLikely = 0;  // logit of a place that is a defect rather than not

// The cells that are highest, each at least `apart` cells from those before it in x or y.
std::vector<std::array<int, 2>> peaks(edge::Map map, int apart) {
  std::vector<std::array<int, 2>> found;
  while (found.size() < kMost) {
    const auto highest = std::ranges::max_element(map.values);
    if (!found.empty() && !(*highest > kLikely)) break;
    const auto cell = static_cast<int>(highest - map.values.begin());
    const int x = cell % map.width, y = cell / map.width;
    found.push_back({x, y});
    for (int v = std::max(0, y - apart); v <= std::min(map.height - 1, y + apart); ++v)
      for (int u = std::max(0, x - apart); u <= std::min(map.width - 1, x + apart); ++u)
        map.at(u, v) = -INFINITY;
  }
  return found;
}

}  // namespace

at::Tensor find_defect_places(const TrainedModel& model, const data::Dataset& dataset,
                              data::ImageCache& cache) {
  std::vector<float> rows;
  int64_t images = 0;
  for (const int number : dataset.indices(data::Split::kTrain)) {
    const data::Record& record = dataset.at(number);
    if (dataset.is_ok(record) || !record.given.empty()) continue;
    const auto fitted = cache.get(number);
    if (!edge::in_tiles(fitted->image, model.input)) continue;
    ++images;
    const RawPrediction raw = predict_fitted(model, *fitted);
    const auto apart = static_cast<int>(model.input.tile / (2 * raw.stride_x));
    for (const auto& [x, y] : peaks(raw.maps[0], apart)) {
      rows.push_back(static_cast<float>(number));
      rows.push_back(static_cast<float>((x + .5) * raw.stride_x));
      rows.push_back(static_cast<float>((y + .5) * raw.stride_y));
    }
  }
  log::info("train: looked for defects in all tiles of {} NG images, {} places taken", images,
            rows.size() / 3);
  return torch::tensor(rows, at::kFloat).reshape({-1, 3});
}

std::vector<std::vector<data::Place>> places_by_record(const at::Tensor& places, size_t records) {
  std::vector<std::vector<data::Place>> by_record(records);
  for (int64_t i = 0; i < places.size(0); ++i) {
    const auto row = places[i];
    const auto number = row[0].item<float>();
    if (!(number >= 0 && number < static_cast<float>(records)))
      fail("train", "a place of image {}, expected 0 to {}", number, records - 1);
    by_record[static_cast<size_t>(number)].push_back({row[1].item<float>(), row[2].item<float>()});
  }
  return by_record;
}

}  // namespace paucal::pipeline
