#include "weak/map/mil.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "train/pooling.h"
#include "weak/map/map_boxes.h"

namespace paucal::weak {
namespace {

// A network whose class map is its input: what the loss asks for can be written down.
class Identity : public models::ImageModel {
 public:
  explicit Identity(int channels) : ImageModel(options(channels), channels, 1) {
    register_head(channels);
    const torch::NoGradGuard no_grad;
    for (auto& p : parameters()) p.zero_();
    for (int c = 0; c < channels; ++c) named_parameters()["fc.weight"][c][c] = 1;
  }
  std::vector<at::Tensor> stages(const at::Tensor& x) override { return {x}; }

 private:
  static models::ModelOptions options(int channels) {
    models::ModelOptions options;
    options.channels = channels;
    return options;
  }
};

train::TensorBatch batch_of(const at::Tensor& images, std::vector<int64_t> labels) {
  const auto n = images.size(0);
  return {images, torch::tensor(labels), torch::zeros({n, 1, images.size(2), images.size(3)}),
          torch::zeros({n}, at::kBool), torch::ones({n, 1, images.size(2), images.size(3)})};
}

double part(const train::Losses& losses, const std::string& name) {
  for (const auto& [key, value] : losses.parts)
    if (key == name) return value.item<double>();
  ADD_FAILURE() << name;
  return 0;
}

TEST(Mil, ImageLossIsOnTheTopCells) {
  Identity model(1);
  at::Tensor images = torch::full({2, 1, 4, 4}, -4.);
  images[0][0][1][2] = 3;  // NG
  auto method = make_mil({.top = 1. / 16, .top_start = 1. / 16, .pixel_weight = 0}, {0, -1});
  train::Context context{model, model, 0, 10};
  const auto losses = method->step(batch_of(images, {0, 1}), context);
  const double expected = (std::log1p(std::exp(-3.)) + std::log1p(std::exp(-4.))) / 2;
  EXPECT_NEAR(part(losses, "image_loss"), expected, 1e-6);
}

TEST(Mil, PixelsOfNgImagesAreUnknown) {
  Identity model(1);
  const at::Tensor images = torch::randn({2, 1, 8, 8}).requires_grad_();
  auto method = make_mil({.image_weight = 0}, {0, -1});
  train::Context context{model, model, 0, 10};
  method->step(batch_of(images, {0, 1}), context).total.backward();
  EXPECT_EQ(images.grad()[0].abs().max().item<double>(), 0) << "an NG image has no pixel truth";
  EXPECT_GT(images.grad()[1].abs().min().item<double>(), 0) << "every pixel of an OK image counts";
}

TEST(Mil, PastedImagesTeachWhereAndNotWhether) {
  Identity model(1);
  const at::Tensor images = torch::zeros({1, 1, 8, 8}).requires_grad_();
  auto batch = batch_of(images, {1});
  batch.pasted[0] = true;
  batch.masks[0][0][2][3] = 1;
  auto method = make_mil({}, {0, -1});
  train::Context context{model, model, 0, 10};
  const auto losses = method->step(batch, context);
  EXPECT_EQ(part(losses, "image_loss"), 0) << "its label says OK, its pixels do not";
  losses.total.backward();
  EXPECT_LT(images.grad()[0][0][2][3].item<double>(), 0);
  EXPECT_GT(images.grad()[0][0][5][5].item<double>(), 0);
}

TEST(Mil, PaddingNeverCounts) {
  Identity model(1);
  at::Tensor images = torch::full({1, 1, 4, 8}, -5.);
  images.narrow(3, 4, 4).fill_(50);
  auto batch = batch_of(images, {0});
  batch.labels = torch::tensor({int64_t{1}});
  batch.valid.narrow(3, 4, 4).zero_();
  auto method = make_mil({}, {0, -1});
  train::Context context{model, model, 0, 10};
  const auto losses = method->step(batch, context);
  EXPECT_LT(losses.total.item<double>(), .05);
}

TEST(Mil, DefectClassesHaveChannelsOfTheirOwn) {
  Identity model(3);
  at::Tensor images = torch::full({2, 3, 4, 4}, -6.);
  images[0][0].fill_(6);
  images[0][2].fill_(6);  // the second defect class
  auto method = make_mil({}, {1, -1, 2});
  train::Context context{model, model, 5, 10};
  EXPECT_LT(part(method->step(batch_of(images, {2, 1}), context), "class_loss"), .01);
  EXPECT_GT(part(method->step(batch_of(images, {0, 1}), context), "class_loss"), 1);
}

TEST(Mil, AnImageScoresByItsCellsHoweverFineTheMap) {
  Identity model(1);
  at::Tensor images = torch::full({1, 1, 8, 8}, -4.);
  images[0][0][1][2] = 3;  // one place of one cell of 4 × 4
  auto method = make_mil({.top = .25, .top_start = .25, .pixel_weight = 0}, {0, -1}, 4);
  train::Context context{model, model, 0, 10};
  const auto losses = method->step(batch_of(images, {0}), context);
  EXPECT_NEAR(part(losses, "image_loss"), std::log1p(std::exp(-3.)), 1e-6);
}

TEST(Mil, BoxesSayWhereTheMapEnds) {
  Identity model(1);
  at::Tensor images = torch::full({1, 1, 8, 8}, -4.);
  images[0][0].slice(0, 2, 5).slice(1, 2, 4).fill_(4);  // a column too narrow, a row too high
  images.requires_grad_();
  auto batch = batch_of(images, {0});
  batch.supervision = {data::Supervision::kBoxes};
  batch.targets = {{{{2, 3, 5, 5}}}};
  train::Context context{model, model, 0, 10};
  auto method = make_mil({.image_weight = 0, .pixel_weight = 0}, {0, -1});
  const auto losses = method->step(batch, context);
  EXPECT_GT(part(losses, "map_box_loss"), 0);
  losses.total.backward();
  const at::Tensor grad = images.grad()[0][0];
  EXPECT_LT(grad[3][4].item<double>() + grad[4][4].item<double>(), 0) << "the missing column";
  EXPECT_GT(grad[2][2].item<double>(), 0) << "above the box";
  EXPECT_GT(grad[0][0].item<double>(), 0);
  EXPECT_LE(grad[3][2].item<double>(), 0) << "inside nothing is said to be background";
}

TEST(Mil, GuessedBoxesSayLessOfWhatLiesOutside) {
  const auto gradients = [](data::Supervision kind) {
    Identity model(1);
    const at::Tensor images = torch::zeros({1, 1, 64, 64}).requires_grad_();
    auto batch = batch_of(images, {0});
    batch.supervision = {kind};
    batch.targets = {{{{20, 30, 40, 45}, 0, .5f}}};
    train::Context context{model, model, 0, 10};
    make_mil({.image_weight = 0, .pixel_weight = 0}, {0, -1})
        ->step(batch, context)
        .total.backward();
    return images.grad()[0][0].clone();
  };
  const at::Tensor guessed = gradients(data::Supervision::kTag);
  const at::Tensor drawn = gradients(data::Supervision::kBoxes);
  EXPECT_NEAR(guessed[0][0].item<double>() / drawn[0][0].item<double>(), .25, .02);
  EXPECT_GT(drawn[35][19].item<double>(), 0) << "beyond a drawn side";
  EXPECT_EQ(guessed[35][19].item<double>(), 0) << "a guessed side is not known that well";
  EXPECT_GT(guessed[35][17].item<double>(), 0);
}

// Only the gradient of the boxes: the image's label is given a loss of 0.
class NoLabels : public train::MapMethod {
 public:
  train::Losses losses_of(const at::Tensor& map, const train::TensorBatch&,
                          const train::Context&) override {
    return {map.sum() * 0, {}};
  }
};

TEST(MapBoxes, TeachTheMapOfTheirClassAndEmptyTheOthers) {
  Identity model(2);
  const at::Tensor images = torch::zeros({2, 2, 64, 64}).requires_grad_();
  auto batch = batch_of(images, {1, 1});
  batch.supervision = {data::Supervision::kBoxes, data::Supervision::kTag};
  batch.targets = {{{{20, 30, 40, 45}, 1}}, {}};
  train::Context context{model, model, 0, 10};
  auto method = make_map_boxes({}, std::make_shared<NoLabels>());
  const auto losses = method->step(batch, context);
  EXPECT_GT(part(losses, "map_box_loss"), 0);
  losses.total.backward();
  const at::Tensor grad = images.grad();
  EXPECT_LT(grad[0][1].slice(0, 30, 45).slice(1, 20, 40).sum().item<double>(), 0) << "inside";
  EXPECT_GT(grad[0][1][5][5].item<double>(), 0) << "outside";
  EXPECT_GT(grad[0][0].min().item<double>(), 0) << "the other class, everywhere";
  EXPECT_EQ(grad[1].abs().max().item<double>(), 0) << "an image of which the label alone is known";
}

TEST(Mil, PlacesJustOutsideCountByTheirOwnMean) {
  const auto gradients = [](double edge_weight) {
    Identity model(1);
    const at::Tensor images = torch::zeros({1, 1, 64, 64}).requires_grad_();
    auto batch = batch_of(images, {1});
    batch.pasted[0] = true;
    batch.masks[0][0].slice(0, 30, 34).slice(1, 30, 34).fill_(1);
    train::Context context{model, model, 0, 10};
    MilOptions options{.dice_weight = 0};
    options.edge_weight = edge_weight;
    make_mil(options, {0, -1})->step(batch, context).total.backward();
    return images.grad()[0][0].clone();
  };
  const at::Tensor without = gradients(0), with = gradients(1);
  EXPECT_GT(with[29][30].item<double>(), 2 * without[29][30].item<double>());
  EXPECT_EQ(with[5][5].item<double>(), without[5][5].item<double>()) << "far away";
  EXPECT_EQ(with[31][31].item<double>(), without[31][31].item<double>()) << "within";
}

TEST(Mil, TopShareFallsGeometrically) {
  const MilOptions options{.top = .001, .top_start = .1, .anneal = .5};
  EXPECT_DOUBLE_EQ(top_share_at(0, 100, options), .1);
  EXPECT_NEAR(top_share_at(25, 100, options), .01, 1e-12);
  EXPECT_NEAR(top_share_at(50, 100, options), .001, 1e-12);
  EXPECT_NEAR(top_share_at(99, 100, options), .001, 1e-12);
}

TEST(Pooling, CountsOnlyValidCells) {
  at::Tensor map = torch::tensor({1.f, 2.f, 3.f, 100.f}).view({1, 1, 2, 2});
  at::Tensor cells = torch::tensor({1.f, 1.f, 1.f, 0.f}).view({1, 1, 2, 2});
  EXPECT_NEAR(train::mean_pool(map, cells).item<double>(), 2, 1e-6);
  EXPECT_NEAR(train::top_pool(map, cells, 2. / 3).item<double>(), 2.5, 1e-6);
  EXPECT_NEAR(train::top_pool(map, cells, 1e-9).item<double>(), 3, 1e-6) << "at least one cell";
}

}  // namespace
}  // namespace paucal::weak
