#pragma once
// What a model answers: one row an output. N images; K the most boxes of one of them; C classes;
// h × w cells of the heat map. Rows of fewer than K boxes end in zeros.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "edge/post/card.h"

namespace paucal::serve {

enum class OutputKind {
  kNg,             // [N] the verdict; of inspection
  kProbability,    // [N] of NG, or of the class
  kLabel,          // [N] name: of the class, of the kind of defect, or OK
  kProbabilities,  // [N, C]; of classification
  kNumBoxes,       // [N]
  kBoxes,          // [N, K, 4] x0, y0, x1, y1: half-open, original pixels
  kScores,         // [N, K]
  kBoxLabels,      // [N, K] index of the class
  kJson,           // [N] the line of `predict`
  kHeat,           // [N, h, w] only where it is named: it would be most of every answer
};

struct OutputRow {
  OutputKind kind;
  std::string_view name, datatype;  // as in the protocol: BOOL, FP32, …
  bool inspection, classification;  // of which tasks
  bool only_if_named;
};

// In the order of an answer.
std::vector<const OutputRow*> outputs_of(const edge::ModelCard& card);
// Null: that model has none of this name.
const OutputRow* find_output(const edge::ModelCard& card, std::string_view name);
// As metadata tell it; -1 varies.
std::vector<std::int64_t> shape_of(const OutputRow& row, const edge::ModelCard& card);

inline constexpr std::string_view kInputName = "image";

}  // namespace paucal::serve
