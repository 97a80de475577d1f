#pragma once
// Inputs on which a method's losses can be worked out by hand: a linear network, and views drawn so
// that some samples are predicted with confidence and others are not.

#include <torch/torch.h>

#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/random.h"
#include "semi/method.h"

namespace paucal::semi {

// logits = views · weightᵀ; features = views. With the unit matrix, views are the logits.
class LinearNetwork : public torch::nn::Module, public Network {
 public:
  explicit LinearNetwork(const at::Tensor& weight)
      : weight_(register_parameter("weight", weight.detach().clone())) {}
  Outputs forward(const at::Tensor& views) override { return {views.matmul(weight_.t()), views}; }
  torch::nn::Module& module() override { return *this; }

 private:
  at::Tensor weight_;
};

// The defaults of a method, and "key=value" on top of them.
inline AnyOptions options_with(const MethodInfo& info,
                               const std::vector<std::string>& assignments) {
  AnyOptions options = info.options();
  Options fields;
  OptionVisitor visitor(fields, "");
  options.visit(visitor);
  for (const std::string& assignment : assignments) fields.assign(assignment);
  return options;
}

using Row = std::vector<double>;
using Rows = std::vector<Row>;

inline at::Tensor tensor_of(const Rows& rows) {
  std::vector<float> values;
  for (const Row& row : rows)
    for (const double value : row) values.push_back(static_cast<float>(value));
  return torch::tensor(values).view({static_cast<int64_t>(rows.size()), -1});
}

inline std::vector<int64_t> places_from(int64_t first, int64_t count) {
  std::vector<int64_t> places(static_cast<size_t>(count));
  std::iota(places.begin(), places.end(), first);
  return places;
}

inline double part_of(const Losses& losses, std::string_view name) {
  for (const auto& [part, value] : losses.parts)
    if (part == name) return value.item<double>();
  throw std::out_of_range(std::string(name));
}

}  // namespace paucal::semi
