#include "models/weight_check.h"

#include <ATen/ATen.h>

#include "base/error.h"
#include "base/sha256.h"
#include "base/shared_bytes.h"
#include "models/recognise.h"
#include "models/tensor_file.h"
#include "models/weight_format.h"

namespace paucal::models {
namespace {

bool is_learnt(const std::string& name, const at::Tensor& tensor) {
  return tensor.is_floating_point() && !name.ends_with("running_mean") &&
         !name.ends_with("running_var");
}

void recognise_network(const std::filesystem::path& path, WeightFacts& facts) {
  facts.network = "no published one that is known";
  try {
    const auto found = recognise_file(path, "auto");
    if (!found) return;
    facts.network = found->text();
    facts.prefix = found->prefix;
  } catch (const Error& error) {
    facts.network = error.message();
  }
}

}  // namespace

WeightFacts check_weights(const std::filesystem::path& path) {
  WeightFacts facts;
  {
    const SharedBytes map = value_or_throw(map_file(path));
    const std::span bytes(reinterpret_cast<const uint8_t*>(map.bytes.data()), map.bytes.size());
    facts.size = bytes.size();
    facts.sha256 = sha256_hex(bytes);
    if (const auto format = weight_format(bytes)) facts.format = format_name(*format);
  }
  facts.row = find_weight_sha256(facts.sha256);
  const TensorFile file = read_weights(path);
  facts.tensors = file.tensors.size();
  for (const auto& [name, tensor] : file.tensors) {
    ++facts.types[at::toString(tensor.scalar_type())];
    if (is_learnt(name, tensor)) facts.parameters += tensor.numel();
    if (tensor.is_floating_point() && !tensor.isfinite().all().item<bool>())
      facts.not_finite.push_back(name);
  }
  recognise_network(path, facts);
  return facts;
}

}  // namespace paucal::models
