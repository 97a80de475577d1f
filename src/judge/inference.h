#pragma once
// The one way to run a trained network over images: several at once where their canvases are of
// one size, the tiles of a large image among themselves. Every other step is shared with the edge
// (edge/post/interpret.h). A batch changes results by the rounding of its sums alone.

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "data/feed/image_cache.h"
#include "judge/raw_source.h"
#include "judge/trained_model.h"

namespace paucal::judge {

// One image, as the network sees it.
struct Inferred {
  RawPrediction raw;
  std::vector<float> features;  // what the head read, mean over the places; where asked for
};

// Thread-safe for distinct models. Throws Error where the network cannot take an image.
class Inference {
 public:
  // `model` must outlive it; its network is on any device, in evaluation mode.
  explicit Inference(const TrainedModel& model, bool with_features = false);

  RawPrediction image(const edge::Image& image) const;
  RawPrediction fitted(const edge::Fitted& fitted) const;  // training keeps such
  std::vector<Inferred> all(std::span<const edge::Fitted* const> images) const;

  // Over records of a set, in their order; `number` counts from 0. Never more images in memory
  // than 64. `name`: of the progress bar; empty: none.
  using Take = std::function<void(size_t number, Inferred inferred)>;
  void over(data::ImageCache& cache, const std::vector<int>& records, const std::string& name,
            const Take& take) const;

 private:
  const TrainedModel& model_;
  bool with_features_;
};

}  // namespace paucal::judge
