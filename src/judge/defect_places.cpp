#include "judge/defect_places.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/error.h"
#include "base/evenly.h"
#include "base/host/log.h"
#include "judge/inference.h"
#include "metrics/share.h"

namespace paucal::judge {
namespace {

constexpr int kMost = 4;            // of one image
constexpr double kCommonOk = 0.95;  // share of OK images that are nowhere as hot

struct Peak {
  int x = 0, y = 0;
  float logit = 0;
};

// The cells that are highest, each more than `apart` cells from those before it in x or y.
std::vector<Peak> peaks(edge::Map map, int apart) {
  std::vector<Peak> found;
  while (found.size() < kMost) {
    const auto highest = std::ranges::max_element(map.values);
    if (!std::isfinite(*highest)) break;
    const auto cell = static_cast<int>(highest - map.values.begin());
    const int x = cell % map.width, y = cell / map.width;
    found.push_back({x, y, *highest});
    for (int v = std::max(0, y - apart); v <= std::min(map.height - 1, y + apart); ++v)
      for (int u = std::max(0, x - apart); u <= std::min(map.width - 1, x + apart); ++u)
        map.at(u, v) = -INFINITY;
  }
  return found;
}

// The training images that matter, and what the network sees in them.
class Search {
 public:
  Search(const TrainedModel& model, const data::Dataset& dataset, data::ImageCache& cache)
      : model_(model), cache_(cache) {
    for (const int number : dataset.indices(data::Split::kTrain)) {
      const data::Record& record = dataset.at(number);
      const bool ok = dataset.is_ok(record);
      if (!ok && !record.given.empty()) continue;
      if (edge::in_tiles(cache.get(number)->image, model.input)) (ok ? ok_ : ng_).push_back(number);
    }
  }

  at::Tensor places() const {
    const float bound = highest_of_ok();
    std::vector<float> rows;
    look(ng_, [&](int number, const RawPrediction& raw) {
      const auto apart = static_cast<int>(model_.input.tile / (2 * raw.stride_x));
      const std::vector<Peak> found = peaks(raw.maps[0], apart);
      for (size_t i = 0; i < found.size(); ++i) {
        if (i > 0 && found[i].logit <= bound) break;
        rows.push_back(static_cast<float>(number));
        rows.push_back(static_cast<float>((found[i].x + .5) * raw.stride_x));
        rows.push_back(static_cast<float>((found[i].y + .5) * raw.stride_y));
      }
    });
    if (!ng_.empty())
      log::info("train: looked for defects in all tiles of {} NG images: {} places", ng_.size(),
                rows.size() / 3);
    return torch::tensor(rows, at::kFloat).reshape({std::ssize(rows) / 3, 3});
  }

 private:
  void look(const std::vector<int>& numbers,
            const std::function<void(int, const RawPrediction&)>& take) const {
    Inference(model_).over(cache_, numbers, "",
                           [&](size_t i, const Inferred& seen) { take(numbers[i], seen.raw); });
  }

  // What few OK images reach anywhere; as many of them are asked as there are NG ones.
  float highest_of_ok() const {
    std::vector<float> highest;
    look(evenly(ok_, ng_.size()), [&](int, const RawPrediction& raw) {
      highest.push_back(std::ranges::max(raw.maps[0].values));
    });
    if (highest.empty()) return INFINITY;
    return static_cast<float>(metrics::lower_quantile(std::move(highest), kCommonOk));
  }

  const TrainedModel& model_;
  data::ImageCache& cache_;
  std::vector<int> ok_, ng_;
};

}  // namespace

at::Tensor find_defect_places(const TrainedModel& model, const data::Dataset& dataset,
                              data::ImageCache& cache) {
  return Search(model, dataset, cache).places();
}

std::vector<std::vector<data::Place>> places_by_record(const at::Tensor& places, size_t records) {
  if (places.dim() != 2 || places.size(1) != 3 || places.scalar_type() != at::kFloat)
    fail("train", "places of defects: {} {}, expected float [n, 3]", toString(places.scalar_type()),
         fmt::join(places.sizes(), "×"));
  constexpr float kMostPixels = 1e6;  // of a side
  const auto within = [](float value, float end) { return value >= 0 && value < end; };
  std::vector<std::vector<data::Place>> by_record(records);
  const auto rows = places.accessor<float, 2>();
  for (int64_t i = 0; i < places.size(0); ++i) {
    const float number = rows[i][0], x = rows[i][1], y = rows[i][2];
    if (!within(number, static_cast<float>(records)) || !within(x, kMostPixels) ||
        !within(y, kMostPixels))
      fail("train", "a place ({}, {}) in image {} of {}, expected one in an image", x, y, number,
           records);
    by_record[static_cast<size_t>(number)].push_back({x, y});
  }
  return by_record;
}

}  // namespace paucal::judge
