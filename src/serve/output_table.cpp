#include "serve/output_table.h"

namespace paucal::serve {
namespace {

constexpr OutputRow kOutputs[] = {
    {OutputKind::kNg, "ng", "BOOL", true, false, false},
    {OutputKind::kProbability, "probability", "FP32", true, true, false},
    {OutputKind::kLabel, "label", "BYTES", true, true, false},
    {OutputKind::kProbabilities, "probabilities", "FP32", false, true, false},
    {OutputKind::kNumBoxes, "num_boxes", "INT32", true, true, false},
    {OutputKind::kBoxes, "boxes", "FP32", true, true, false},
    {OutputKind::kScores, "scores", "FP32", true, true, false},
    {OutputKind::kBoxLabels, "box_labels", "INT32", true, true, false},
    {OutputKind::kJson, "json", "BYTES", true, true, false},
    {OutputKind::kHeat, "heat", "FP32", true, true, true}};

}  // namespace

std::vector<const OutputRow*> outputs_of(const edge::ModelCard& card) {
  std::vector<const OutputRow*> rows;
  const bool inspection = card.task == edge::Task::kInspection;
  for (const OutputRow& row : kOutputs)
    if (inspection ? row.inspection : row.classification) rows.push_back(&row);
  return rows;
}

const OutputRow* find_output(const edge::ModelCard& card, std::string_view name) {
  for (const OutputRow* row : outputs_of(card))
    if (row->name == name) return row;
  return nullptr;
}

std::vector<std::int64_t> shape_of(const OutputRow& row, const edge::ModelCard& card) {
  switch (row.kind) {
    case OutputKind::kProbabilities:
      return {-1, static_cast<std::int64_t>(card.classes.size())};
    case OutputKind::kBoxes:
      return {-1, -1, 4};
    case OutputKind::kScores:
    case OutputKind::kBoxLabels:
      return {-1, -1};
    case OutputKind::kHeat:
      return {-1, -1, -1};
    default:
      return {-1};
  }
}

}  // namespace paucal::serve
