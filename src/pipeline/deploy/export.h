#pragma once
// A trained run → one model file for the edge.

#include <filesystem>
#include <string>
#include <vector>

#include "edge/format/model_file.h"
#include "graph/passes.h"
#include "judge/trained_model.h"

namespace paucal::pipeline {

struct ExportOptions {
  std::vector<std::string> skip;  // passes that are left out, to see what they bring
};

struct Exported {
  edge::ModelFile model;                  // after the passes, with the run's card
  edge::Graph traced;                     // before them: what ONNX gets
  std::vector<graph::PassReport> passes;  // in the order in which they ran
};

// Throws Error: ops that the edge lacks, unknown passes, heat maps that need gradients (only "cam"
// is a function of one forward pass).
Exported export_model(const judge::TrainedModel& model, const ExportOptions& options = {});

// Up to `count` test images of a run, spread evenly over predictions.jsonl; none where the run was
// not located yet. Images that have moved are named all the same.
std::vector<std::string> test_images(const std::filesystem::path& run, size_t count);

}  // namespace paucal::pipeline
