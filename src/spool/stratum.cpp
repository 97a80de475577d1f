#include "spool/stratum.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cmath>

namespace paucal::spool {
namespace {

// By how much the likeliest class is ahead of the next.
double lead(const edge::Prediction& prediction) {
  double next = 0;
  for (size_t i = 0; i < prediction.class_probabilities.size(); ++i)
    if (static_cast<int>(i) != prediction.label)
      next = std::max(next, prediction.class_probabilities[i]);
  return prediction.probability - next;
}

}  // namespace

std::string_view name_of(Stratum stratum) {
  switch (stratum) {
    case Stratum::kNg:
      return "ng";
    case Stratum::kDoubtful:
      return "doubtful";
    case Stratum::kOk:
      break;
  }
  return "ok";
}

Stratum stratum_of(const SpoolOptions& options, const edge::ModelCard& card,
                   const edge::Prediction& prediction) {
  if (prediction.ng) return Stratum::kNg;
  const double distance = card.task == edge::Task::kInspection
                              ? std::abs(prediction.probability - card.calibration.threshold)
                              : lead(prediction);
  return distance < options.doubtful_within ? Stratum::kDoubtful : Stratum::kOk;
}

double inclusion_probability(const SpoolOptions& options, Stratum stratum) {
  switch (stratum) {
    case Stratum::kNg:
      return options.keep_ng;
    case Stratum::kDoubtful:
      return options.keep_doubtful;
    case Stratum::kOk:
      break;
  }
  return options.keep_ok;
}

bool is_drawn(std::string_view image, std::uint64_t seed, double probability) {
  const std::uint64_t hash = XXH3_64bits_withSeed(image.data(), image.size(), seed);
  return static_cast<double>(hash >> 11) * 0x1p-53 < probability;  // [0, 1), 53 bits
}

}  // namespace paucal::spool
