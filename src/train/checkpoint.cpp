#include "train/checkpoint.h"

#include <torch/torch.h>

#include "base/error.h"
#include "base/json_text.h"
#include "models/safetensors.h"

namespace paucal::train {

void Checkpoint::put(const std::string& prefix, const TensorMap& part) {
  for (const auto& [name, tensor] : part)
    tensors[prefix + "." + name] = tensor.detach().to(at::kCPU).contiguous();
}

TensorMap Checkpoint::take(const std::string& prefix) const {
  TensorMap part;
  for (const auto& [name, tensor] : tensors)
    if (name.starts_with(prefix + ".")) part[name.substr(prefix.size() + 1)] = tensor;
  return part;
}

void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  models::TensorFile file;
  file.tensors = checkpoint.tensors;
  file.metadata["paucal.checkpoint"] = dump_json(checkpoint.header);
  models::write_safetensors(path, file);
}

std::optional<Checkpoint> read_checkpoint(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) return std::nullopt;
  models::TensorFile file = models::read_safetensors(path);
  const auto header = file.metadata.find("paucal.checkpoint");
  if (header == file.metadata.end())
    fail("checkpoint", "'{}': no 'paucal.checkpoint' entry, expected a Paucal checkpoint",
         path.string());
  try {
    return Checkpoint{value_or_throw(parse_json(header->second, path.string())),
                      std::move(file.tensors)};
  } catch (const Json::exception& error) {
    fail("checkpoint", "'{}': damaged header: {}", path.string(), error.what());
  }
}

TensorMap tensors_of(const torch::nn::Module& module) {
  TensorMap tensors;
  for (const auto& item : module.named_parameters()) tensors[item.key()] = item.value();
  for (const auto& item : module.named_buffers()) tensors[item.key()] = item.value();
  return tensors;
}

void load_tensors(torch::nn::Module& module, const TensorMap& tensors) {
  copy_state("checkpoint", tensors, tensors_of(module));
}

}  // namespace paucal::train
