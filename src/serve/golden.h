#pragma once
// Golden images: a folder of images and `expected.jsonl`, the lines that `predict` printed of them.
// A model that says something else of them is not the one that was meant, or not on this machine.

#include <filesystem>
#include <optional>

#include "base/json.h"
#include "edge/runtime/predictor.h"

namespace paucal::serve {

inline constexpr double kGoldenProbability = 1e-3, kGoldenPixels = 1, kGoldenIou = .9;

// What is not alike in two lines of predict, a phrase; nothing where verdict or class are equal,
// probabilities within kGoldenProbability, and the boxes as many and each where it was.
std::optional<std::string> golden_difference(const Json& expected, const Json& found);

// The number of images that agree, or what is wrong with the first that does not.
Result<int> check_golden(edge::Predictor& predictor, const std::filesystem::path& folder);

}  // namespace paucal::serve
