#pragma once
// State as named tensors: what checkpoints hold, whoever it belongs to.

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <string_view>

namespace paucal::train {

using TensorMap = std::map<std::string, at::Tensor>;

// Copies `from` into the tensors of `into`, in place. Throws Error with `place` before anything is
// changed, if a name is missing or unknown, or a shape or type differs; all of them are named.
void copy_state(std::string_view place, const TensorMap& from, const TensorMap& into);

}  // namespace paucal::train
