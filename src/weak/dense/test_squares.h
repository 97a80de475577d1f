#pragma once
// For tests of detectors: small bright squares on noise, and what is known of them.

#include "base/random.h"
#include "weak/dense/test_dense.h"

namespace paucal::weak::test {

inline constexpr int kSide = 48;
inline constexpr int64_t kNg = 0, kOk = 1;

enum class Known { kBoxes, kTags, kPoints };

inline edge::Box draw_box(Random& random) {
  const auto w = static_cast<float>(random.between(6, 14));
  const auto h = static_cast<float>(random.between(6, 14));
  const auto x = static_cast<float>(random.between(1, kSide - 1 - static_cast<int64_t>(w)));
  const auto y = static_cast<float>(random.between(1, kSide - 1 - static_cast<int64_t>(h)));
  return {x, y, x + w, y + h};
}

inline at::Tensor inside(const at::Tensor& plane, const edge::Box& box) {
  return plane.narrow(0, static_cast<int64_t>(box.y0), static_cast<int64_t>(box.height()))
      .narrow(1, static_cast<int64_t>(box.x0), static_cast<int64_t>(box.width()));
}

struct Squares {
  train::TensorBatch batch;
  std::vector<edge::Box> boxes;  // of the first images; the others are OK
};

// Bright squares on noise; the last quarter of the images is OK, and where only labels are known
// another quarter is OK with a square pasted in.
inline Squares squares(int64_t n, Known known, Random& random) {
  Squares set{blank_batch(n, kSide), {}};
  train::TensorBatch& batch = set.batch;
  for (int64_t i = 0; i < n; ++i) {
    const at::Tensor plane = batch.images[i][0];
    for (float* p = plane.data_ptr<float>(); p < plane.data_ptr<float>() + kSide * kSide; ++p)
      *p = static_cast<float>(.5 * random.normal());
    const edge::Box box = draw_box(random);
    const auto at = static_cast<size_t>(i);
    batch.labels[i] = kOk;
    if (i >= n - n / 4) continue;
    inside(plane, box).add_(2);
    const bool pasted = known == Known::kTags && i >= n - n / 2;
    if (!pasted) {
      batch.labels[i] = kNg;
      set.boxes.push_back(box);
    }
    if (pasted || known == Known::kBoxes) {
      batch.supervision[at] = data::Supervision::kBoxes;
      batch.targets[at] = {{box}};
    } else if (known == Known::kPoints) {
      const float x = (box.x0 + box.x1) / 2, y = (box.y0 + box.y1) / 2;
      batch.supervision[at] = data::Supervision::kPoints;
      batch.targets[at] = {{{x, y, x, y}}};
    } else {
      batch.supervision[at] = data::Supervision::kTag;
    }
    if (!pasted) continue;
    batch.pasted[i] = true;
    inside(batch.masks[i][0], box).fill_(1);
  }
  return set;
}

}  // namespace paucal::weak::test
