#pragma once
// A network whose features another one follows.

#include <memory>
#include <string>

#include "edge/pre/preprocess.h"
#include "models/image_model.h"

namespace paucal::pipeline {

struct Teacher {
  std::shared_ptr<models::ImageModel> network;  // in evaluation mode, on the CPU
  edge::PreprocessOptions input;                // how it reads views
};

// `source`: a run folder, a file of `paucal pretrain`, or published weights. Throws Error.
Teacher load_teacher(const std::string& source);

}  // namespace paucal::pipeline
