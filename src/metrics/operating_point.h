#pragma once
// From scores to decisions: an image is called NG where score >= threshold. Overkill is the share
// of OK images called NG, escape the share of NG images called OK.

#include <cstdint>
#include <span>
#include <string>

namespace paucal::metrics {

// What a threshold does on a set of images.
struct OperatingPoint {
  double threshold = 0;
  int64_t ok = 0;  // how many images are OK, and how many of them are called NG
  int64_t overkills = 0;
  int64_t ng = 0;  // how many images are NG, and how many of them are called OK
  int64_t escapes = 0;

  double overkill() const;  // NaN without OK images
  double escape() const;    // NaN without NG images
  double accuracy() const;
};

// Throws Error: sizes that differ, NaN scores.
OperatingPoint operating_point(std::span<const double> scores, std::span<const uint8_t> is_ng,
                               double threshold);

// The share that the user can bear.
struct Limit {
  enum class Of { kEscape, kOverkill };
  Of of = Of::kEscape;
  double share = 0.05;
};

struct ChosenThreshold {
  OperatingPoint point;
  // Empty where all is well; else one sentence on what the threshold is worth: no images of a
  // class, everything called NG (or OK), too few images to tell.
  std::string warning;
};

// The threshold that keeps the limit at the lowest other rate, and then at the lowest limited
// rate. Meant for held-out images, never the training or the test set. The rates only change at
// the scores, so a threshold lies half way between two neighbouring distinct scores; at the ends
// it is the lowest score (all NG), or just above the highest (all OK). Equal scores stay together.
// Throws Error: no images, sizes that differ, scores that are not finite, a share outside [0, 1].
ChosenThreshold choose_threshold(std::span<const double> scores, std::span<const uint8_t> is_ng,
                                 const Limit& limit);

// The threshold of highest accuracy; among equals, that of fewest escapes. Throws as above.
OperatingPoint best_accuracy_threshold(std::span<const double> scores,
                                       std::span<const uint8_t> is_ng);

}  // namespace paucal::metrics
