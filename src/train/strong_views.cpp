#include "train/strong_views.h"

#include <torch/torch.h>

#include <algorithm>

#include "train/draws.h"

namespace paucal::train {
namespace {

constexpr uint64_t kStrongStream = 0x73656c66;  // "self"
constexpr int kPatches = 2;
constexpr double kPatch = 0.2;  // longest side, as a share of the image's
constexpr double kNoise = 0.1, kContrast = 0.4, kBrightness = 0.4;  // in deviations of the input

}  // namespace

at::Tensor strong_views(const at::Tensor& images, const std::vector<int64_t>& places,
                        uint64_t seed) {
  const DrawKey key{seed, kStrongStream};
  const int64_t n = images.size(0), h = images.size(2), w = images.size(3);
  const at::Tensor draws = draw_rows(key, {{places, 0}}, {n, 2 + 4 * kPatches},
                                     [](Random& random, std::span<float> numbers) {
                                       for (float& number : numbers)
                                         number = static_cast<float>(random.uniform(-1, 1));
                                     });
  const at::Tensor noise =
      draw_rows(key, {{places, 1}}, images.sizes(), fill_normal).to(images.device());
  const auto per_image = [&](int64_t column) {
    return draws.select(1, column).view({n, 1, 1, 1}).to(images.device());
  };
  const at::Tensor mean = images.mean({2, 3}, true);
  at::Tensor views = mean + (images - mean) * (1 + kContrast * per_image(0)) +
                     kBrightness * per_image(1) + kNoise * noise;
  const auto draw = draws.accessor<float, 2>();
  for (int64_t i = 0; i < n; ++i)
    for (int p = 0; p < kPatches; ++p) {
      const auto unit = [&](int at) { return (draw[i][2 + 4 * p + at] + 1) / 2; };
      const auto side = [&](int at, int64_t length) {
        return std::clamp<int64_t>(static_cast<int64_t>(unit(at) * kPatch * length), 1, length);
      };
      const int64_t ph = side(0, h), pw = side(1, w);
      const auto y = static_cast<int64_t>(unit(2) * static_cast<float>(h - ph));
      const auto x = static_cast<int64_t>(unit(3) * static_cast<float>(w - pw));
      views[i].narrow(1, y, ph).narrow(2, x, pw).copy_(mean[i].expand({-1, ph, pw}));
    }
  return views;
}

}  // namespace paucal::train
