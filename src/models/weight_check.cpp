#include "models/weight_check.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/shared_bytes.h"
#include "http/sha256.h"
#include "models/tensor_file.h"
#include "models/weight_format.h"

namespace paucal::models {
namespace {

// What training programs put around a network's own names.
constexpr std::array<std::string_view, 9> kShownWrappers = {
    "module",  "_orig_mod", "state_dict", "state_dict_ema", "model_ema", "model",
    "teacher", "backbone",  "ema"};

std::string wrapper_of(const std::string& name) {
  size_t end = 0;
  for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
    const std::string_view part(name.data() + end, dot - end);
    if (std::ranges::find(kShownWrappers, part) == kShownWrappers.end()) break;
    end = dot + 1;
  }
  return name.substr(0, end == 0 ? 0 : end - 1);
}

bool is_learnt(const std::string& name, const at::Tensor& tensor) {
  return tensor.is_floating_point() && !name.ends_with("running_mean") &&
         !name.ends_with("running_var");
}

}  // namespace

WeightFacts check_weights(const std::filesystem::path& path) {
  WeightFacts facts;
  {
    const SharedBytes map = value_or_throw(map_file(path));
    const std::span bytes(reinterpret_cast<const uint8_t*>(map.bytes.data()), map.bytes.size());
    facts.size = bytes.size();
    facts.sha256 = http::sha256_hex(bytes);
    if (const auto format = weight_format(bytes)) facts.format = format_name(*format);
  }
  facts.row = find_weight_sha256(facts.sha256);
  const TensorFile file = read_weights(path);
  facts.tensors = file.tensors.size();
  for (const auto& [name, tensor] : file.tensors) {
    ++facts.types[at::toString(tensor.scalar_type())];
    ++facts.groups[wrapper_of(name)];
    if (is_learnt(name, tensor)) facts.parameters += tensor.numel();
    if (tensor.is_floating_point() && !tensor.isfinite().all().item<bool>())
      facts.not_finite.push_back(name);
  }
  return facts;
}

}  // namespace paucal::models
