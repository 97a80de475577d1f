#pragma once
// Features of regions, cut out without rounding (He et al., "Mask R-CNN", ICCV 2017, section 3),
// as torchvision computes them with aligned=true.

#include <ATen/core/Tensor.h>

namespace paucal::models {

struct RoiAlignShape {
  int size = 7;      // cells of the output, each way
  double scale = 1;  // feature cells a pixel of the rois: 1 / stride
  int sampling = 2;  // samples of a cell, each way; at least 1
};

// features [N, C, h, w], rois [R, 5] (image, x0, y0, x1, y1) in pixels → [R, C, size, size],
// differentiable with respect to features. CPU: parallel over regions, the same bits for any number
// of threads, forward and backward. Throws Error on other shapes and on images outside 0 … N-1.
at::Tensor roi_align(const at::Tensor& features, const at::Tensor& rois,
                     const RoiAlignShape& shape);

}  // namespace paucal::models
