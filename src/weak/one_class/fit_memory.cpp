#include "weak/one_class/fit_memory.h"

#include <torch/torch.h>

#include <numeric>

#include "base/error.h"
#include "models/memory.h"
#include "train/checkpoint.h"
#include "train/pooling.h"
#include "weak/one_class/coreset.h"
#include "weak/one_class/gaussian.h"
#include "weak/one_class/place_statistics.h"

namespace paucal::weak {
namespace {

constexpr int64_t kSample = 30'000;
constexpr double kKept = .1;
constexpr int64_t kFolds = 10;

// Room for `vectors` of `dims` around a copy of the backbone.
std::shared_ptr<models::Memory> around(const models::ImageModel& backbone,
                                       models::MemoryOptions memory_options) {
  models::ModelOptions options = backbone.options();
  options.memory = std::move(memory_options);
  auto memory =
      std::static_pointer_cast<models::Memory>(models::make_model(options, backbone.classes()));
  const torch::NoGradGuard no_grad;
  train::TensorMap theirs = train::tensors_of(backbone), ours = train::tensors_of(*memory);
  for (const auto& [name, tensor] : theirs) {
    const auto to = ours.find(name.starts_with("fc.") ? name : "backbone." + name);
    if (to != ours.end()) to->second.copy_(tensor);
  }
  memory->eval();
  return memory;
}

// [P, C] of the places that lie in the image.
at::Tensor places_of(models::Memory& memory, const edge::View& view) {
  const edge::Planes& canvas = view.canvas;
  const at::Tensor x = torch::from_blob(const_cast<float*>(canvas.values.data()),
                                        {1, canvas.channels, canvas.height, canvas.width});
  const at::Tensor features = memory.raw_features(x.contiguous(at::MemoryFormat::ChannelsLast));
  at::Tensor valid = torch::zeros({1, 1, canvas.height, canvas.width});
  valid.narrow(2, 0, view.valid_height).narrow(3, 0, view.valid_width).fill_(1);
  const at::Tensor cells = train::valid_cells(valid, features).flatten() > .5;
  return features[0].flatten(1).t().index({cells}).contiguous();
}

// Calls add(places, owner) for each canvas of each view.
template <class Add>
void look_at(const OkViews& views, models::Memory& looking, Add add) {
  for (int64_t number = 0; number < views.count; ++number) {
    for (const edge::View& view : views.canvases(number))
      add(places_of(looking, view), views.owner(number));
    if (views.advance) views.advance();
  }
}

std::shared_ptr<models::Memory> fit_gaussian(models::ImageModel& backbone, models::Memory& looking,
                                             const OkViews& views, models::MemoryOptions shape) {
  const auto& channels = looking.tap_channels();
  shape.kind = "gaussian";
  shape.vectors = static_cast<int>(kFolds);
  shape.dims = std::accumulate(channels.begin(), channels.end(), 0,
                               [](int sum, int64_t some) { return sum + static_cast<int>(some); });
  PlaceGaussian seen(shape.dims, kFolds);
  look_at(views, looking,
          [&](const at::Tensor& places, int64_t owner) { seen.add(places, owner); });
  std::vector<at::Tensor> whitenings;
  for (int64_t left_out = -1; left_out < kFolds; ++left_out) {
    const Whitening whitening = seen.whitening(left_out);
    whitenings.push_back(torch::cat({whitening.weight, whitening.bias.unsqueeze(1)}, 1));
  }
  const auto memory = around(backbone, shape);
  memory->remember(torch::stack(whitenings));
  return memory;
}

}  // namespace

std::shared_ptr<models::Memory> fit_memory(models::ImageModel& backbone, const OkViews& views,
                                           const OneClassOptions& options, const MemoryPlan& plan) {
  if (views.count == 0) fail("one_class", "no OK image to remember, expected at least one");
  const torch::NoGradGuard no_grad;
  const int neighbourhood = std::max(1, options.neighbourhood);
  if (neighbourhood % 2 == 0)
    fail("one_class", "neighbourhood {}, expected an odd number", neighbourhood);
  models::MemoryOptions shape{.vectors = 1,
                              .dims = 1,
                              .strides = options.strides,
                              .neighbourhood = neighbourhood,
                              .with_head = plan.with_head};
  const auto looking = around(backbone, shape);
  if (plan.gaussian) return fit_gaussian(backbone, *looking, views, shape);
  PlaceStatistics seen(looking->tap_channels(), kSample, views.count, plan.seed);
  look_at(views, *looking,
          [&](const at::Tensor& places, int64_t owner) { seen.add(places, owner); });
  const at::Tensor projection = seen.projection(options.dims);
  const at::Tensor sample =
      torch::nn::functional::normalize(torch::mm(seen.sampled(), projection.t()),
                                       torch::nn::functional::NormalizeFuncOptions().dim(1));
  const auto wanted = static_cast<int64_t>(kKept * static_cast<double>(seen.count()));
  const at::Tensor kept =
      torch::tensor(k_center(sample, std::clamp<int64_t>(wanted, 1, options.vectors)));
  shape.vectors = static_cast<int>(kept.size(0));
  shape.dims = static_cast<int>(projection.size(0));
  const auto memory = around(backbone, shape);
  memory->remember(projection, sample.index_select(0, kept), seen.owners().index_select(0, kept));
  return memory;
}

}  // namespace paucal::weak
