// What our networks compute with the weights of others: reads images, writes what each stage gives.
//   bench_backbones WEIGHTS IMAGES.safetensors OUT.safetensors [SOURCE [GREY]]
// IMAGES: `x` [N, 3, H, W] float, RGB, white being 1. SOURCE: of model.weights_source. GREY, any
// word: the network reads the first channel alone. Prints one JSON object, or `error` in it.
// bench/backbones.py compares.

#include <fmt/format.h>
#include <torch/torch.h>

#include "base/error.h"
#include "base/json.h"
#include "models/adapt_input.h"
#include "models/load_start.h"
#include "models/safetensors.h"

namespace {

using namespace paucal;

at::Tensor per_channel(const std::vector<double>& values) {
  return torch::tensor(values, at::kFloat).view({1, -1, 1, 1});
}

Json compute(const std::vector<std::string>& arguments) {
  const at::NoGradGuard no_grad;
  const std::string source = arguments.size() > 3 ? arguments[3] : "auto";
  const bool grey = arguments.size() > 4;
  const auto found = models::recognise_file(arguments[0], source);
  if (!found) fail("bench", "'{}': no published network", arguments[0]);
  edge::PreprocessOptions input;
  input.normalise = edge::Normalise::kFixed;
  input.channels = grey ? 1 : 3;
  input.mean = found->arithmetic.mean;
  input.std = found->arithmetic.std;
  if (grey) {
    input.mean = {models::grey_of(input.mean)};
    input.std = {models::grey_of(input.std)};
  }
  models::ModelOptions options;
  options.arch = found->arch;
  options.channels = input.channels;
  options.bn_eps = found->arithmetic.bn_eps;
  options.padding = found->arithmetic.padding;
  const auto model = models::make_model(options, 1);
  options.weights = arguments[0];
  options.weights_source = source;
  const models::StartReport report = models::load_start(*model, options, input);
  model->eval();
  at::Tensor x = models::read_safetensors(arguments[1]).tensors.at("x");
  if (grey) x = x.slice(1, 0, 1);
  x = (x - per_channel(input.mean)) / per_channel(input.std);
  models::TensorFile out;
  const auto stages = model->stages(x);
  for (size_t i = 0; i < stages.size(); ++i)
    out.tensors[fmt::format("s{}", 4 << i)] = stages[i].contiguous();
  models::write_safetensors(arguments[2], out);
  return {{"network", found->text()}, {"tensors", report.loaded.loaded.size()}};
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  Json result;
  try {
    if (arguments.size() < 3) fail("bench", "expected WEIGHTS IMAGES OUT [SOURCE [GREY]]");
    result = compute(arguments);
  } catch (const std::exception& error) {
    result["error"] = error.what();
  }
  fmt::print("{}\n", result.dump());
  return result.contains("error") ? 1 : 0;
}
