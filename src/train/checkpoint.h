#pragma once
// Everything a killed run needs to go on as if it had never been killed, in one safetensors file,
// written atomically: weights, EMA, optimiser, method state, what the last look over the images
// saw, step.

#include <ATen/core/Tensor.h>
#include <torch/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include "base/json.h"
#include "train/tensor_map.h"

namespace torch::nn {
class Module;
}

namespace paucal::train {

struct Checkpoint {
  Json header;        // step, best score, fingerprint of the run, …
  TensorMap tensors;  // "model.layer1.0.conv1.weight", "optimiser.…", …

  // Adds `part` under "prefix."; the tensors of one prefix, with the prefix taken off.
  void put(const std::string& prefix, const TensorMap& part);
  TensorMap take(const std::string& prefix) const;
};

void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);
// Nothing where there is no file; throws Error where it is damaged.
std::optional<Checkpoint> read_checkpoint(const std::filesystem::path& path);

// Parameters and buffers by name: the live tensors. load_tensors copies into them and throws Error
// that names every tensor that is missing, left over, or of another shape.
TensorMap tensors_of(const torch::nn::Module& module);
void load_tensors(torch::nn::Module& module, const TensorMap& tensors);

}  // namespace paucal::train
