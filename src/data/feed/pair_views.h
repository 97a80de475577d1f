#pragma once
// Two views of one part of an image, and places that show the same in both: what features are
// learnt from without any label. On some of the second views a defect is pasted.

#include <optional>

#include "base/options.h"
#include "data/augment/inspection.h"
#include "data/augment/paste.h"
#include "data/feed/batch.h"
#include "data/feed/image_cache.h"
#include "data/feed/sampler.h"

namespace paucal::data {

struct PairViewOptions {
  int side = 192;
  int places = 64;
  double pasted = 0.5;
  InspectionAugmentOptions augment;
  PasteOptions paste;

  template <class V>
  void visit(V& v) {
    v(side, "side", "pixels of the square part that two views show, in network pixels",
      Range{32, 4096});
    v(places, "places", "places that are compared in the two views of an image", Range{4, 4096});
    v(pasted, "pasted", "share of second views with a pasted defect", Range{0, 1});
    v.group(augment, "augment", "what each view goes through");
    v.group(paste, "paste", "synthetic defects");
  }
};

// One place as two views show it, in pixels of the network's input.
struct PlacePair {
  float first[2] = {}, second[2] = {};  // x, y
};

struct PairBatch {
  Batch views;  // [2N]: the first views, then the second ones, of the images in the same order
  Batch other;  // the same as another network reads them; empty unless asked for
  std::vector<PlacePair> same;  // [N, places]: in neither view a defect
  // [N, defect_places]: a defect in the second view alone. `is_defect` [N]: 1 where there is one;
  // elsewhere these places mean nothing.
  std::vector<PlacePair> defects;
  std::vector<float> is_defect;

  int images() const { return views.count / 2; }
};

// Batches are a pure function of (seed, number). Thread-safe.
class PairViews {
 public:
  // Of the images with these numbers of the data set. `other`: how a second network reads the same
  // views. All references must outlive this. Throws Error where there is no image.
  PairViews(const std::vector<int>& numbers, ImageCache& cache, const PairViewOptions& options,
            const edge::PreprocessOptions& preprocess, int batch_size, uint64_t seed,
            std::optional<edge::PreprocessOptions> other = {});

  PairBatch batch(int64_t number) const;
  int64_t steps_per_epoch() const { return sampler_.steps_per_epoch(); }
  int defect_places() const { return options_.places / 4; }

 private:
  struct Pair;  // in the making
  Pair draw(int number, Random& random) const;
  void paste(Pair& pair, Random& random) const;
  void draw_places(const Pair& pair, Random& random, PairBatch& batch) const;
  // Its geometry: its pixels → those of the fitted image.
  edge::Fitted window(const edge::Fitted& fitted, Random& random) const;

  const std::vector<int>& numbers_;
  ImageCache& cache_;
  const PairViewOptions& options_;
  const edge::PreprocessOptions& preprocess_;
  std::optional<edge::PreprocessOptions> other_;
  uint64_t seed_;
  Sampler sampler_;
};

}  // namespace paucal::data
