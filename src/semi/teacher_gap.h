#pragma once
// How far apart the network in training and its moving average are, in what they say.

#include <ATen/core/Tensor.h>

namespace paucal::models {
class ImageModel;
}

namespace paucal::semi {

struct TeacherGap {
  at::Tensor distance;      // scalar: mean total variation distance of the predictions, 0 … 1
  at::Tensor disagreement;  // scalar: share of views that they call differently
};

// Both look in evaluation mode and without gradient: no dropout is drawn and no running statistic
// moves, so that training goes on as if nobody had looked. views: [N, C, H, W]; the first 64 count.
TeacherGap teacher_gap(models::ImageModel& model, models::ImageModel& average,
                       const at::Tensor& views);

}  // namespace paucal::semi
