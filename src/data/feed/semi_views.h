#pragma once
// What semi-supervised training sees: a stream of labelled images and one of unlabelled images,
// paired without end, each image in the views that a method asks for.

#include <cstdint>

#include "base/options.h"
#include "data/augment/policy.h"
#include "data/feed/batch.h"
#include "data/feed/image_cache.h"
#include "data/feed/sampler.h"
#include "data/feed/unlabelled_stream.h"

namespace paucal::data {

struct SemiViewOptions {
  WeakOptions weak;
  StrongOptions strong;

  template <class V>
  void visit(V& v) {
    v.group(weak, "weak", "the view that labels are guessed from");
    v.group(strong, "strong", "the view that they are taught on");
  }
};

// How many of each there are in a batch, of all processes together.
struct SemiShares {
  int labelled = 0;          // images a batch
  int unlabelled = 0;        // images a batch
  int weak = 0, strong = 0;  // views of each unlabelled image
  bool labelled_strong = false;
};

// The batches of a run: a pure function of (seed, number), of which this process makes its share.
// Thread-safe. Rows: the weak views, the labelled images, their strong views, the strong views; so
// that neighbours in memory are those that go through the network together.
class SemiViews {
 public:
  // All references must outlive this. Throws Error where there is no labelled training image.
  // `max_broken`: see batch().
  SemiViews(const Dataset& dataset, ImageCache& cache, const SemiViewOptions& options,
            const edge::PreprocessOptions& preprocess, const SemiShares& shares, uint64_t seed,
            double max_broken = 0.1, const Share& share = {});

  // An unlabelled image that cannot be read gives its place to the next one of the stream, which
  // the log says once. Throws Error where more than the share `max_broken` of them are like that,
  // and where images differ in size: views are joined and mixed.
  Batch batch(int64_t number) const;
  // Dataset's numbers, by the numbers of Batch::numbers.
  const std::vector<int>& labelled() const { return labelled_; }
  const UnlabelledSet& unlabelled() const { return unlabelled_.set(); }
  // Unlabelled images that could not be read so far.
  int64_t broken() const { return unlabelled_.broken(); }

 private:
  struct Rows;  // of a batch in the making
  Picked labelled_at(int64_t place) const;
  void add_view(View view, int nth, const std::vector<Picked>& picked, Rows& rows) const;

  const Dataset& dataset_;
  ImageCache& cache_;
  const SemiViewOptions& options_;
  const edge::PreprocessOptions& preprocess_;
  SemiShares shares_;
  uint64_t seed_;
  Share share_;
  std::vector<int> labelled_;
  NumberStream labelled_order_;
  UnlabelledStream unlabelled_;
};

}  // namespace paucal::data
