#include "data/augment/mix.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace paucal::data {
namespace {

void check_sizes(const char* place, size_t a, size_t b, size_t out) {
  if (a != b || a != out) fail(place, "lengths {}, {} and {}, expected equal ones", a, b, out);
}

}  // namespace

double mix_lambda(double alpha, bool at_least_half, Random& random) {
  const double lambda = alpha > 0 ? random.beta(alpha, alpha) : 1;
  return at_least_half ? std::max(lambda, 1 - lambda) : lambda;
}

void mixup(std::span<const float> a, std::span<const float> b, double lambda,
           std::span<float> out) {
  check_sizes("mixup", a.size(), b.size(), out.size());
  const auto first = static_cast<float>(lambda), second = static_cast<float>(1 - lambda);
  for (size_t i = 0; i < out.size(); ++i) out[i] = first * a[i] + second * b[i];
}

CutMixBox cutmix_box(int width, int height, double alpha, Random& random) {
  const double side = std::sqrt(1 - mix_lambda(alpha, false, random));
  const int w = static_cast<int>(width * side), h = static_cast<int>(height * side);
  const int x = static_cast<int>(random.below(width)), y = static_cast<int>(random.below(height));
  CutMixBox box;
  box.x0 = std::clamp(x - w / 2, 0, width);
  box.y0 = std::clamp(y - h / 2, 0, height);
  box.x1 = std::clamp(x - w / 2 + w, 0, width);
  box.y1 = std::clamp(y - h / 2 + h, 0, height);
  const double hidden = static_cast<double>(box.x1 - box.x0) * (box.y1 - box.y0);
  box.lambda = 1 - hidden / (static_cast<double>(width) * height);
  return box;
}

void cutmix(std::span<const float> a, std::span<const float> b, int width, int height,
            const CutMixBox& box, std::span<float> out) {
  check_sizes("cutmix", a.size(), b.size(), out.size());
  const size_t plane = static_cast<size_t>(width) * height;
  if (plane == 0 || a.size() % plane != 0)
    fail("cutmix", "{} values, expected whole planes of {}x{}", a.size(), width, height);
  if (box.x0 < 0 || box.y0 < 0 || box.x1 > width || box.y1 > height)
    fail("cutmix", "box ({}, {}, {}, {}), expected within {}x{}", box.x0, box.y0, box.x1, box.y1,
         width, height);
  if (out.data() != a.data()) std::ranges::copy(a, out.begin());
  for (size_t start = 0; start < a.size(); start += plane)
    for (int y = box.y0; y < box.y1; ++y)
      for (int x = box.x0; x < box.x1; ++x) {
        const size_t i = start + static_cast<size_t>(y) * width + x;
        out[i] = b[i];
      }
}

}  // namespace paucal::data
