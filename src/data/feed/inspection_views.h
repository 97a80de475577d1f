#pragma once
// What training on OK / NG labels sees: OK images, NG images, and OK images with pasted defects.

#include <cstdint>

#include "base/options.h"
#include "data/augment/inspection.h"
#include "data/augment/paste.h"
#include "data/feed/batch.h"
#include "data/feed/image_cache.h"
#include "data/feed/partners.h"
#include "data/feed/sampler.h"
#include "data/feed/unlabelled_stream.h"
#include "data/feed/window.h"

namespace paucal::data {

struct ViewOptions {
  edge::Align align = edge::Align::kNone;
  double ng = 0.375;
  double pasted = 0.25;
  double pairs = 0;
  double mixup = 0;
  int looks = 3;
  InspectionAugmentOptions augment;
  PasteOptions paste;

  template <class V>
  void visit(V& v) {
    v(align, "align",
      "brings a part that lies anywhere on an even ground into one pose first, in the model too: "
      "pca: by its main axis; template: in the rotation that fits a typical OK image best; none: "
      "as it lies",
      OneOf{{edge::kAlignNames.begin(), edge::kAlignNames.end()}});
    v(ng, "ng", "share of NG images in a batch, however rare they are", Range{0, 1});
    v(pasted, "pasted", "share of OK images with a pasted defect in a batch", Range{0, 1});
    v(pairs, "pairs",
      "share of NG images in a batch that have an OK image of the same group (data.group) beside "
      "them, or one nearby in the order of file names: what differs is not the sitting",
      Range{0, 1});
    v(mixup, "mixup",
      "alpha of the Beta distribution by which an image is mixed with an OK one of its size, "
      "itself "
      "at least by half (Zhang et al., ICLR 2018); what it shows stays what it shows; 0: left out",
      Range{0, 10});
    v(looks, "looks",
      "how often, evenly over training, all tiles of large NG images (input.tile) are searched for "
      "the defects that views then show; until the first time pasted ones stand in",
      Range{1, 1000});
    v.group(augment, "augment", "what an image goes through before training sees it");
    v.group(paste, "paste", "synthetic defects pasted on OK images");
  }
};

// The batches of a run: a pure function of (seed, number) and of what show() was told. Thread-safe,
// but for show(). Large images are seen in tiles (input.tile): an OK image shows any of its tiles,
// an NG one a tile with something that is known of it.
class InspectionViews {
 public:
  // Trains on the records of Split::kTrain. All references must outlive this. Throws Error where
  // there is no OK image, or no NG image and none is pasted.
  InspectionViews(const Dataset& dataset, ImageCache& cache, const ViewOptions& options,
                  const edge::PreprocessOptions& preprocess, int batch_size, uint64_t seed,
                  const Share& share = {});

  // The rows of the share.
  Batch batch(int64_t number) const;
  std::vector<Sample> samples(int64_t number) const;
  int64_t steps_per_epoch() const { return sampler_.steps_per_epoch(); }
  // Any image of the data set as the network sees it, without a label; of a large one any tile.
  Sample view_of(const Picked& image, Random& random) const;
  // Where defects of large NG images are thought to be: of each record, or empty.
  void show(std::vector<std::vector<Place>> places) { places_ = std::move(places); }

 private:
  Sample draw_sample(int record, bool pasted, Random& random) const;
  int draw_ok(Random& random) const;
  int partner_of(const Sampler::Row& row, const std::vector<Sampler::Row>& batch) const;
  void mix_with_ok(edge::Image& image, Random& random) const;
  std::optional<Place> draw_defect(int record, const edge::Geometry& fitted, Random& random) const;
  Sampler make_sampler(int batch_size) const;
  void add_supervision(Sample& sample, const std::vector<uint8_t>& mask, const edge::Fitted& fitted,
                       const edge::Geometry& view) const;

  const Dataset& dataset_;
  ImageCache& cache_;
  const ViewOptions& options_;
  const edge::PreprocessOptions& preprocess_;
  uint64_t seed_;
  Share share_;
  std::vector<int> ok_, ng_;
  Partners partners_;
  std::vector<std::vector<Place>> places_;
  int pasted_per_batch_ = 0;
  Sampler sampler_;
};

// Batches of whole images, each class as often as it is: plain classification.
class ClassificationViews {
 public:
  ClassificationViews(const Dataset& dataset, ImageCache& cache,
                      const InspectionAugmentOptions& augment,
                      const edge::PreprocessOptions& preprocess, int batch_size, uint64_t seed,
                      const Share& share = {});
  Batch batch(int64_t number) const;
  int64_t steps_per_epoch() const { return sampler_.steps_per_epoch(); }

 private:
  const Dataset& dataset_;
  ImageCache& cache_;
  const InspectionAugmentOptions& augment_;
  const edge::PreprocessOptions& preprocess_;
  uint64_t seed_;
  Share share_;
  Sampler sampler_;
};

}  // namespace paucal::data
