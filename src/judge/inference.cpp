#include "judge/inference.h"

#include <algorithm>
#include <deque>
#include <optional>

#include "base/error.h"
#include "base/host/progress.h"
#include "edge/post/coarse.h"
#include "edge/post/views.h"
#include "judge/run_network.h"

namespace paucal::judge {
namespace {

constexpr size_t kBatchImages = 64;
constexpr size_t kBatchPixels = size_t{1} << 22;  // 64 canvases of 256 × 256
constexpr size_t kWindow = 64;                    // images that wait for others of their size
constexpr size_t kWindowBytes = size_t{256} << 20;

// Hands predict_raw() what it asks for next, from batches that are run ahead.
class Queue {
 public:
  Queue(const TrainedModel& model, std::span<const edge::Fitted* const> images, bool with_features)
      : model_(model), with_features_(with_features) {
    for (const edge::Fitted* image : images) views_.emplace_back(model, *image);
    // The maximum of a batch is part of this map (weak/map/cam.h), so an image goes alone.
    if (model.map == "multilayer") most_ = 1;
  }

  NetworkSaid next() {
    if (said_.empty()) run_batch();
    NetworkSaid first = std::move(said_.front());
    said_.pop_front();
    return first;
  }

 private:
  std::optional<edge::View> next_view() {
    if (held_) return std::exchange(held_, std::nullopt);
    while (image_ < views_.size() && view_ == views_[image_].count()) {
      ++image_;
      view_ = 0;
    }
    if (image_ == views_.size()) return std::nullopt;
    return views_[image_].at(view_++);
  }

  void run_batch() {
    std::vector<edge::View> batch;
    size_t pixels = 0;
    while (auto view = next_view()) {
      const edge::Planes& canvas = view->canvas;
      const bool fits =
          batch.empty() ||
          (canvas.width == batch[0].canvas.width && canvas.height == batch[0].canvas.height &&
           batch.size() < most_ && pixels + canvas.plane() <= kBatchPixels);
      if (!fits) {
        held_ = std::move(view);
        break;
      }
      pixels += canvas.plane();
      batch.push_back(std::move(*view));
    }
    for (NetworkSaid& one : run_network(model_, batch, with_features_))
      said_.push_back(std::move(one));
  }

  const TrainedModel& model_;
  bool with_features_;
  size_t most_ = kBatchImages;
  std::vector<edge::Views> views_;
  size_t image_ = 0, view_ = 0;
  std::optional<edge::View> held_;
  std::deque<NetworkSaid> said_;
};

// The mean over the tiles, each as it is.
struct MeanFeatures {
  std::vector<float> sum;
  int count = 0;

  void add(const std::vector<float>& features) {
    if (features.empty()) return;
    sum.resize(features.size());
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += features[i];
    ++count;
  }
  std::vector<float> mean() && {
    for (float& value : sum) value /= static_cast<float>(count);
    return std::move(sum);
  }
};

// A look at a copy first: what comes next depends on what was said before.
Inferred look_coarsely(const TrainedModel& model, const edge::Fitted& image) {
  return {value_or_throw(
              edge::predict_raw(model, image,
                                [&](const edge::Planes& canvas) -> Result<edge::NetworkOutput> {
                                  const edge::View view{canvas, canvas.width, canvas.height, {}};
                                  return std::move(run_network(model, {&view, 1}, false)[0].output);
                                })),
          {}};
}

Inferred infer_one(const TrainedModel& model, const edge::Fitted& image, Queue& queue) {
  edge::ModelCard card = model;
  card.coarse.reset();  // the queue knows what is asked next
  MeanFeatures features;
  Inferred inferred;
  inferred.raw = value_or_throw(
      edge::predict_raw(card, image, [&](const edge::Planes&) -> Result<edge::NetworkOutput> {
        NetworkSaid said = queue.next();
        features.add(said.features);
        return std::move(said.output);
      }));
  inferred.features = std::move(features).mean();
  return inferred;
}

}  // namespace

Inference::Inference(const TrainedModel& model, bool with_features)
    : model_(model), with_features_(with_features) {}

RawPrediction Inference::image(const edge::Image& image) const {
  return fitted(value_or_throw(edge::checked_fit(image, model_.input)));
}

RawPrediction Inference::fitted(const edge::Fitted& fitted) const {
  const edge::Fitted* one = &fitted;
  return std::move(all({&one, 1}).front().raw);
}

std::vector<Inferred> Inference::all(std::span<const edge::Fitted* const> images) const {
  const auto size_of = [&](size_t i) { return edge::canvas_size(images[i]->image, model_.input); };
  std::vector<Inferred> result(images.size());
  std::vector<size_t> order;
  for (size_t i = 0; i < images.size(); ++i)
    if (!with_features_ && edge::looks_coarsely(model_, images[i]->image))
      result[i] = look_coarsely(model_, *images[i]);
    else
      order.push_back(i);
  std::ranges::stable_sort(order, {}, size_of);
  std::vector<const edge::Fitted*> sorted;
  for (const size_t i : order) sorted.push_back(images[i]);
  Queue queue(model_, sorted, with_features_);
  for (const size_t i : order) result[i] = infer_one(model_, *images[i], queue);
  return result;
}

void Inference::over(data::ImageCache& cache, const std::vector<int>& records,
                     const std::string& name, const Take& take) const {
  std::optional<Progress> progress;
  if (!name.empty()) progress.emplace(name, static_cast<int64_t>(records.size()));
  for (size_t first = 0; first < records.size();) {
    std::vector<std::shared_ptr<const edge::Fitted>> held;
    std::vector<const edge::Fitted*> images;
    size_t bytes = 0;
    while (first + held.size() < records.size() && held.size() < kWindow && bytes < kWindowBytes) {
      held.push_back(cache.get(records[first + held.size()]));
      images.push_back(held.back().get());
      bytes += images.back()->image.pixels.size() + 2 * images.back()->image.deep.size();
    }
    std::vector<Inferred> inferred = all(images);
    for (size_t i = 0; i < inferred.size(); ++i) take(first + i, std::move(inferred[i]));
    first += held.size();
    if (progress) progress->advance(static_cast<int64_t>(held.size()));
  }
}

}  // namespace paucal::judge
