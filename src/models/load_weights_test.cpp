#include "models/load_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <limits>

#include "base/error.h"
#include "models/safetensors.h"
#include "models/test_support.h"

namespace paucal::models {
namespace {

using test::error_of;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::shared_ptr<ImageModel> small(int classes = 3, int channels = 3) {
  ModelOptions options;
  options.arch = "resnet18";
  options.width = 4;
  options.channels = channels;
  auto model = make_model(options, classes);
  model->eval();
  return model;
}

// What torchvision would save: its head is a linear layer.
TensorFile torchvision_file(ImageModel& model) {
  test::fill_with_noise(model);
  TensorFile file;
  for (const auto& item : model.named_parameters()) file.tensors[item.key()] = item.value();
  for (const auto& item : model.named_buffers()) file.tensors[item.key()] = item.value();
  file.tensors["fc.weight"] = file.tensors["fc.weight"].flatten(1);
  return file;
}

class LoadWeights : public ::testing::Test {
 protected:
  std::filesystem::path write(const TensorFile& file) {
    const auto path = folder_ / "weights.bin";  // told by content, not by name
    write_safetensors(path, file);
    return path;
  }
  std::string load_error(ImageModel& model, const TensorFile& file,
                         LoadMode mode = LoadMode::kLenient) {
    const auto path = write(file);
    return error_of([&] { load_weights(model, path, mode); });
  }

  test::TempFolder folder_;
  std::shared_ptr<ImageModel> source_ = small();
  TensorFile file_ = torchvision_file(*source_);
  at::Tensor x_ = test::noise(2 * 3 * 64 * 64, 0).view({2, 3, 64, 64});
};

TEST_F(LoadWeights, TakesTorchvisionsStateDict) {
  const auto model = small();
  const LoadReport report = load_weights(*model, write(file_), LoadMode::kStrict);
  EXPECT_EQ(report.loaded.size(), 122);
  EXPECT_THAT(report.reshaped, ElementsAre("fc.weight: file [3, 32], network [3, 32, 1, 1]"));
  EXPECT_TRUE(at::equal(model->forward(x_).map, source_->forward(x_).map));
}

TEST_F(LoadWeights, CutsOffWrappersAndConvertsHalves) {
  TensorFile wrapped;
  for (const auto& [name, tensor] : file_.tensors)
    wrapped.tensors["state_dict.module." + name] =
        tensor.is_floating_point() ? tensor.to(at::kHalf) : tensor;
  wrapped.tensors["optimizer.lr"] = at::ones({1});
  const auto model = small();
  const LoadReport report = load_weights(*model, write(wrapped));
  EXPECT_EQ(report.prefix, "state_dict.module.");
  EXPECT_THAT(report.missing, IsEmpty());
  EXPECT_THAT(report.unexpected, ElementsAre("optimizer.lr"));
  EXPECT_TRUE(at::allclose(model->forward(x_).map, source_->forward(x_).map, 1e-1, 1e-1));
}

TEST_F(LoadWeights, SumsAColourStemForGreyImages) {
  const auto grey = small(3, 1);
  load_weights(*grey, write(file_), LoadMode::kStrict);
  const at::Tensor image = x_.slice(1, 0, 1);
  EXPECT_TRUE(at::allclose(grey->forward(image).map,
                           source_->forward(image.expand({2, 3, 64, 64})).map, 1e-4, 1e-4));
}

TEST_F(LoadWeights, KeepsTheHeadWhenClassesDiffer) {
  const auto model = small(2);
  const at::Tensor before = model->named_parameters()["fc.weight"].clone();
  const LoadReport report = load_weights(*model, write(file_));
  EXPECT_THAT(report.skipped, ElementsAre("fc.bias: file [3], network [2]",
                                          "fc.weight: file [3, 32], network [2, 32, 1, 1]"));
  EXPECT_TRUE(at::equal(model->named_parameters()["fc.weight"], before));
  EXPECT_THAT(report.summary(), HasSubstr("120 tensors loaded (0 reshaped), 2 skipped"));
  EXPECT_THAT(load_error(*model, file_, LoadMode::kStrict), HasSubstr("fc.bias: file [3]"));
}

TEST_F(LoadWeights, NamesEveryTensorThatDoesNotFit) {
  const auto model = small();
  const at::Tensor before = model->named_parameters()["conv1.weight"].clone();
  file_.tensors["bn1.weight"] = at::zeros({9});
  file_.tensors["layer4.0.conv1.weight"] = at::zeros({1, 2, 3, 3});
  EXPECT_THAT(load_error(*model, file_),
              AllOf(HasSubstr("bn1.weight: file [9], network [4]"),
                    HasSubstr("layer4.0.conv1.weight: file [1, 2, 3, 3], network [32, 16, 3, 3]")));
  EXPECT_TRUE(at::equal(model->named_parameters()["conv1.weight"], before));
}

TEST_F(LoadWeights, ReportsMissingAndUnexpected) {
  const auto model = small();
  file_.tensors.erase("bn1.bias");
  file_.tensors.erase("bn1.num_batches_tracked");  // older files have none
  file_.tensors["head.weight"] = at::zeros({1});
  const LoadReport report = load_weights(*model, write(file_));
  EXPECT_THAT(report.missing, ElementsAre("bn1.bias"));
  EXPECT_THAT(report.unexpected, ElementsAre("head.weight"));
  EXPECT_THAT(load_error(*model, file_, LoadMode::kStrict),
              HasSubstr("missing [bn1.bias]; unexpected [head.weight]"));
}

TEST_F(LoadWeights, RefusesOtherNetworksAndBrokenValues) {
  const auto model = small();
  TensorFile other;
  other.tensors["embeddings.weight"] = at::zeros({2});
  EXPECT_THAT(load_error(*model, other), HasSubstr("no tensor of resnet18"));
  file_.tensors["bn1.bias"] =
      torch::tensor({0.F, std::numeric_limits<float>::quiet_NaN(), 0.F, 0.F});
  EXPECT_THAT(load_error(*model, file_), HasSubstr("bn1.bias: values that are not finite"));
}

TEST_F(LoadWeights, TellsFormatsApartByContent) {
  const auto path = folder_ / "x.pth";
  const auto message = [&](const std::string& text) {
    write_text_atomic(path, text);
    return error_of([&] { read_weights(path); });
  };
  EXPECT_THAT(message("\x80\x02\x8a\nl\xfc\x9c"), HasSubstr("or a file of torch.save"));
  EXPECT_THAT(message("hello"), HasSubstr("begins with 'hello'"));
  EXPECT_THAT(message(""), HasSubstr("expected safetensors"));
  EXPECT_THAT(error_of([&] { read_weights(folder_ / "none"); }), HasSubstr("none"));
}

}  // namespace
}  // namespace paucal::models
