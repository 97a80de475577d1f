#include "models/adapt_input.h"

#include <ATen/ATen.h>
#include <ATen/ops/zeros.h>

#include <numeric>

namespace paucal::models {
namespace {

// Of ImageNet's photos, in shares of white: what an image's own spread stands for.
constexpr double kPhotoSpread = .226;

double channel_of(const std::vector<double>& values, size_t channel) {
  return values.size() == 1 ? values[0] : values.at(channel);
}

}  // namespace

double grey_of(const std::vector<double>& channels) {
  return std::accumulate(channels.begin(), channels.end(), 0.) /
         static_cast<double>(channels.size());
}

AdaptedInput adapt_input(const at::Tensor& weight, const Arithmetic& published,
                         const edge::PreprocessOptions& input, int64_t channels) {
  const at::Tensor source = weight.to(at::kDouble);
  const bool fixed = input.normalise == edge::Normalise::kFixed, grey = input.channels == 1;
  AdaptedInput adapted;
  adapted.weight =
      at::zeros({source.size(0), channels, source.size(2), source.size(3)}, source.options());
  adapted.shift = at::zeros({source.size(0)}, source.options());
  for (int64_t c = 0; c < source.size(1); ++c) {
    const auto i = static_cast<size_t>(c);
    const at::Tensor one = source.select(1, c);
    const double std = fixed ? channel_of(input.std, i) : kPhotoSpread;
    const double mean = fixed ? channel_of(input.mean, i) : published.mean[i];
    adapted.weight.select(1, grey ? 0 : c).add_(one, std / published.std[i]);
    adapted.shift.add_(one.sum({1, 2}), (mean - published.mean[i]) / published.std[i]);
  }
  return adapted;
}

}  // namespace paucal::models
