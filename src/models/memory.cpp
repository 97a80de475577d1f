#include "models/memory.h"

#include <torch/torch.h>

#include <numeric>

#include "base/error.h"
#include "models/layers.h"

namespace paucal::models {
namespace {

constexpr int64_t kProbeSide = 64;  // of the image that tells a network's strides and channels
constexpr double kLeastLength = 1e-12;

struct Tap {
  size_t stage = 0;
  int64_t channels = 0;
};

// The stages of these strides, in the order of the network.
std::vector<Tap> find_taps(ImageModel& network, const ModelOptions& options) {
  const torch::NoGradGuard no_grad;
  network.eval();
  const auto stages = network.stages(torch::zeros({1, options.channels, kProbeSide, kProbeSide}));
  std::vector<Tap> taps;
  std::vector<int64_t> known;
  for (size_t i = 0; i < stages.size(); ++i) {
    known.push_back(kProbeSide / stages[i].size(2));
    // Of several stages at one stride the last has seen most.
    if (i + 1 < stages.size() && stages[i + 1].size(2) == stages[i].size(2)) continue;
    if (std::ranges::find(options.memory.strides, known.back()) != options.memory.strides.end())
      taps.push_back({i, stages[i].size(1)});
  }
  if (taps.size() != options.memory.strides.size())
    fail("models", "{}: memory of strides {}, expected some of its stages' ({})", options.arch,
         fmt::join(options.memory.strides, ", "), fmt::join(known, ", "));
  return taps;
}

ModelOptions without_memory(ModelOptions options) {
  options.memory = {};
  return options;
}

// Of each place the mean of side × side places around it, side odd.
at::Tensor neighbourhoods(const at::Tensor& level, int64_t side) {
  if (side == 1) return level;
  return at::avg_pool2d(level, side, /*stride=*/1, /*padding=*/side / 2, /*ceil_mode=*/false,
                        /*count_include_pad=*/false);
}

// By the mean, not the sum: the graph has an op for it.
at::Tensor unit(const at::Tensor& x) {
  const at::Tensor squared = (x * x).mean(1, /*keepdim=*/true) * static_cast<double>(x.size(1));
  return x / squared.clamp_min(kLeastLength).sqrt();
}

}  // namespace

Memory::Memory(const ModelOptions& options, MakeBackbone make_backbone, int classes)
    : ImageModel(options, classes, 1) {
  const MemoryOptions& memory = options.memory;
  backbone_ = make_backbone(without_memory(options), 1);
  backbone_->unregister_module("fc");  // the class map is this module's own
  register_module("backbone", backbone_);
  for (const Tap& tap : find_taps(*backbone_, options)) {
    taps_.push_back(tap.stage);
    channels_.push_back(tap.channels);
  }
  const int64_t channels = std::accumulate(channels_.begin(), channels_.end(), int64_t{0});
  set_output_stride(memory.with_head ? backbone_->output_stride()
                                     : *std::ranges::min_element(memory.strides));
  if (memory.with_head) register_head(backbone_->feature_channels());
  projection_ = register_module("projection", conv({.in = static_cast<int>(channels),
                                                    .out = memory.dims,
                                                    .kernel = 1,
                                                    .bias = memory.gaussian()}));
  if (memory.gaussian()) {
    whitenings_ = register_buffer("whitenings",
                                  torch::zeros({1 + memory.vectors, memory.dims, channels + 1}));
  } else {
    memory_ =
        register_module("memory", conv({.in = memory.dims, .out = memory.vectors, .kernel = 1}));
    owners_ = register_buffer("owners", torch::zeros({memory.vectors}, at::kLong));
  }
  mix_ = register_buffer("mix", torch::tensor({1.f, 1.f, 0.f}));
}

std::vector<at::Tensor> Memory::stages(const at::Tensor& x) {
  return backbone_->stages(x);
}

at::Tensor Memory::joined(const std::vector<at::Tensor>& stages, const at::Tensor& grid) const {
  std::vector<at::Tensor> levels;
  for (const size_t tap : taps_) {
    const at::Tensor level = neighbourhoods(stages[tap], options().memory.neighbourhood);
    const bool fits = level.size(2) == grid.size(2) && level.size(3) == grid.size(3);
    levels.push_back(fits ? level
                          : at::upsample_bilinear2d(level, {grid.size(2), grid.size(3)},
                                                    /*align_corners=*/false));
  }
  return levels.size() == 1 ? levels[0] : torch::cat(levels, 1);
}

at::Tensor Memory::raw_features(const at::Tensor& x) {
  check_input(x);
  const auto levels = stages(x);
  return joined(levels,
                options().memory.with_head ? backbone_->features_of(levels) : levels[taps_[0]]);
}

at::Tensor Memory::projected(const at::Tensor& joined) {
  const MemoryOptions& memory = options().memory;
  if (!memory.gaussian()) return unit(projection_->forward(joined));
  if (forgotten_ < 0) return projection_->forward(joined);
  const at::Tensor whitening = whitenings_[1 + forgotten_ % memory.vectors];
  const int64_t channels = joined.size(1);
  return at::conv2d(joined, whitening.narrow(1, 0, channels).reshape({-1, channels, 1, 1}),
                    whitening.select(1, channels));
}

// With a head, what it reads comes first.
at::Tensor Memory::features_of(const std::vector<at::Tensor>& stages) {
  if (!options().memory.with_head) return projected(joined(stages, stages[taps_[0]]));
  const at::Tensor seen = backbone_->features_of(stages);
  return torch::cat({seen, projected(joined(stages, seen))}, 1);
}

at::Tensor Memory::distance(const at::Tensor& features) {
  if (options().memory.gaussian()) return (features * features).mean(1, /*keepdim=*/true).sqrt();
  at::Tensor similarity = memory_->forward(features);
  if (forgotten_ >= 0)
    similarity = similarity.masked_fill(owners_.eq(forgotten_).view({1, -1, 1, 1}), -1);
  return 1 - similarity.amax(1, /*keepdim=*/true);
}

void Memory::drop(const std::vector<int64_t>& owners) {
  const torch::NoGradGuard no_grad;
  const at::Tensor dropped =
      torch::isin(owners_, torch::tensor(owners, at::kLong).to(owners_.device()));
  memory_->weight.masked_fill_(dropped.view({-1, 1, 1, 1}), 0);  // a cosine of 0 with all
}

Memory::Evidence Memory::evidence(const at::Tensor& features) {
  const int64_t width = feature_channels();
  return {ImageModel::head(features.slice(1, 0, width)),
          distance(features.slice(1, width, width + options().memory.dims))};
}

at::Tensor Memory::head(const at::Tensor& features) {
  if (options().memory.with_head) {
    const Evidence seen = evidence(features);
    return seen.logits * mix_[0] + seen.distance * mix_[1] + mix_[2];
  }
  const at::Tensor map = distance(features);
  return classes() == 1 ? map : torch::cat(std::vector<at::Tensor>(classes(), map), 1);
}

void Memory::set_mix(double logits, double distance, double offset) {
  mix_.copy_(torch::tensor({logits, distance, offset}, at::kFloat));
}

void Memory::remember(const at::Tensor& projection, const at::Tensor& vectors,
                      const at::Tensor& owners) {
  const torch::NoGradGuard no_grad;
  projection_->weight.copy_(projection.view_as(projection_->weight));
  memory_->weight.copy_(vectors.view_as(memory_->weight));
  owners_.copy_(owners);
}

void Memory::remember(const at::Tensor& whitenings) {
  const torch::NoGradGuard no_grad;
  whitenings_.copy_(whitenings);
  const int64_t channels = whitenings.size(2) - 1;
  projection_->weight.copy_(whitenings[0].narrow(1, 0, channels).reshape_as(projection_->weight));
  projection_->bias.copy_(whitenings[0].select(1, channels));
}

}  // namespace paucal::models
