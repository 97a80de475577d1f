#pragma once
// From scores to probabilities that mean what they say, fitted on held-out examples. All throw
// Error: sizes that differ, no examples, numbers that are not finite.

#include <cstdint>
#include <span>

#include "edge/post/card.h"

namespace paucal::metrics {

using edge::PlattScale;

// Platt (1999), by Newton's method with line search as in Lin, Lin and Weng (2007). The targets
// are smoothed, (N+ + 1) / (N+ + 2) and 1 / (N- + 2), so the fit is finite where the classes can
// be told apart perfectly, and where one is missing.
PlattScale fit_platt(std::span<const double> scores, std::span<const uint8_t> positive);

// The temperature T of softmax(logits / T) with the least cross-entropy (Guo et al., 2017), within
// [.05, 20]: it has no least value where every example is right. Logits are [N, classes].
double fit_temperature(std::span<const double> logits, int classes, std::span<const int> truth);

}  // namespace paucal::metrics
