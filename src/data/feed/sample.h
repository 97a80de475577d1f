#pragma once
// The last step of every view: an augmented image becomes what the network reads.

#include "data/feed/batch.h"
#include "edge/pre/preprocess.h"

namespace paucal::data {

// `geometry`: pixels of `image` → pixels of the fitted image. `of_whole`: where it is a part of
// one.
inline Sample to_sample(const edge::Image& image, const edge::Geometry& geometry,
                        const edge::PreprocessOptions& options,
                        const std::optional<edge::ImageMoments>& of_whole = {}) {
  Sample sample;
  sample.channels = edge::network_channels(options);
  sample.width = image.width;
  sample.height = image.height;
  sample.geometry = geometry;
  sample.image.resize(static_cast<size_t>(sample.channels) * image.width * image.height);
  edge::normalise_to(image, options, image.width, image.height, sample.image.data(), of_whole);
  return sample;
}

}  // namespace paucal::data
