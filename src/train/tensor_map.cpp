#include "train/tensor_map.h"

#include <ATen/ATen.h>
#include <c10/util/StringUtil.h>

#include <vector>

#include "base/error.h"

namespace paucal::train {
namespace {

std::string form(const at::Tensor& tensor) {
  return fmt::format("{} [{}]", c10::toString(tensor.scalar_type()),
                     fmt::join(tensor.sizes().begin(), tensor.sizes().end(), ", "));
}

}  // namespace

void copy_state(std::string_view place, const TensorMap& from, const TensorMap& into) {
  std::vector<std::string> problems;
  for (const auto& [name, target] : into) {
    const auto found = from.find(name);
    if (found == from.end() || !found->second.defined()) {
      problems.push_back(fmt::format("'{}' is missing", name));
    } else if (found->second.scalar_type() != target.scalar_type() ||
               found->second.sizes() != target.sizes()) {
      problems.push_back(
          fmt::format("'{}' is {}, expected {}", name, form(found->second), form(target)));
    }
  }
  for (const auto& [name, tensor] : from)
    if (!into.contains(name)) problems.push_back(fmt::format("'{}' is not known here", name));
  if (!problems.empty())
    fail(place, "state does not fit: {}", fmt::join(problems.begin(), problems.end(), "; "));

  const at::NoGradGuard no_grad;
  for (const auto& [name, target] : into) target.copy_(from.at(name));
}

}  // namespace paucal::train
