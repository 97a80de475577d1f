#include "models/published.h"

#include <algorithm>

#include "models/convnext_layers.h"
#include "models/names_mobile.h"
#include "models/rep_plan.h"
#include "models/resnet_layers.h"

namespace paucal::models {
namespace {

using TensorList = std::vector<PublishedTensor>;

template <MobileNaming theirs>
TensorList mobile_tensors(std::string_view arch) {
  const MobilePlan plan = mobile_plan(arch).value();
  return pair_layers(mobile_layers(plan, theirs), mobile_layers(plan, mobile_name));
}

template <RepNaming theirs>
TensorList rep_tensors(std::string_view arch) {
  const RepPlan plan = rep_plan(arch).value();
  return pair_layers(rep_layers(plan, theirs), rep_layers(plan, rep_name));
}

template <ConvNextNaming theirs>
TensorList convnext_tensors(std::string_view) {
  const ConvNextPlan plan = convnext_atto();
  return pair_layers(convnext_layers(plan, theirs), convnext_layers(plan, convnext_name));
}

template <ResnetNaming theirs>
TensorList resnet_tensors(std::string_view arch) {
  const ResnetShape shape = resnet_shape(arch).value();
  return pair_layers(resnet_layers(shape, theirs), resnet_layers(shape, torchvision_resnet_name));
}

constexpr const char* kSame = "same";

// One from everybody who publishes some network.
struct SourceRow {
  std::vector<std::string_view> archs;
  std::string_view source;
  TensorList (*tensors)(std::string_view arch);
  Arithmetic arithmetic;
};

std::vector<SourceRow> source_rows() {
  const std::vector<double> half = {.5, .5, .5};
  // (v − 127) / 128 of values up to 255.
  const std::vector<double> middle(3, 127. / 255), spread(3, 128. / 255);
  const std::vector<std::string_view> lite = {"efficientnet_lite0", "efficientnet_lite1",
                                              "efficientnet_lite2"};
  const std::vector<std::string_view> v3 = {"mobilenet_v3_small", "mobilenet_v3_large"};
  const std::vector<std::string_view> resnets = {"resnet18", "resnet34", "resnet50"};
  return {
      {lite, "timm", mobile_tensors<timm_mobile_name>, {}},
      {lite, "timm_tf", mobile_tensors<timm_mobile_name>, {1e-3, kSame, half, half}},
      {lite,
       "rangilyu",
       mobile_tensors<rangilyu_mobile_name>,
       {.bn_eps = 1e-3, .mean = middle, .std = spread}},
      {lite, "lukemelas", mobile_tensors<lukemelas_mobile_name>, {1e-3, kSame, middle, spread}},
      {{"mobilenet_v2"}, "torchvision", mobile_tensors<torchvision_mobile_name>, {}},
      {{"mobilenet_v2"}, "timm", mobile_tensors<timm_mobile_name>, {}},
      {{"mobilenet_v2"},
       "huggingface",
       mobile_tensors<huggingface_mobile_name>,
       {1e-3, kSame, half, half}},
      {v3, "timm", mobile_tensors<timm_mobile_v3_name>, {}},
      {v3, "timm_tf", mobile_tensors<timm_mobile_v3_name>, {1e-3, kSame, half, half}},
      {v3, "timm_miil", mobile_tensors<timm_mobile_v3_name>, {.mean = {0, 0, 0}, .std = {1, 1, 1}}},
      {v3, "torchvision", mobile_tensors<torchvision_mobile_v3_name>, {.bn_eps = 1e-3}},
      {{"repvgg_a0"}, "timm", rep_tensors<timm_repvgg_name>, {}},
      {{"repvgg_a0"}, "original", rep_tensors<original_repvgg_name>, {}},
      {{"mobileone_s0"}, "timm", rep_tensors<timm_mobileone_name>, {}},
      {{"mobileone_s0"}, "original", rep_tensors<apple_mobileone_name>, {}},
      {{"convnext_atto"}, "timm", convnext_tensors<timm_convnext_name>, {}},
      {{"convnext_atto"}, "original", convnext_tensors<facebook_convnext_name>, {}},
      {resnets, "torchvision", resnet_tensors<torchvision_resnet_name>, {}},
      {resnets, "timm", resnet_tensors<torchvision_resnet_name>, {}},
      {resnets, "huggingface", resnet_tensors<huggingface_resnet_name>, {}},
  };
}

std::vector<Published> make_published() {
  std::vector<Published> networks;
  for (const SourceRow& row : source_rows())
    for (const std::string_view arch : row.archs)
      networks.push_back({arch, row.source, row.tensors, row.arithmetic});
  return networks;
}

}  // namespace

const std::vector<Published>& published_networks() {
  static const std::vector<Published> networks = make_published();
  return networks;
}

std::vector<std::string> weight_sources() {
  std::vector<std::string> sources = {"auto"};
  for (const Published& network : published_networks())
    if (std::ranges::find(sources, network.source) == sources.end())
      sources.emplace_back(network.source);
  return sources;
}

}  // namespace paucal::models
