#include "semi/monitor.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "models/image_model.h"
#include "semi/teacher_gap.h"

namespace paucal::semi {
namespace {

at::Tensor labels(std::vector<int64_t> values) {
  return torch::tensor(values, torch::kLong);
}

PseudoLabels pseudo(std::vector<int64_t> label, float confidence) {
  const auto count = static_cast<int64_t>(label.size());
  return {labels(label), torch::full({count}, confidence), torch::ones({count})};
}

double of(const Figures& figures, const std::string& name) {
  for (const auto& [figure, value] : figures)
    if (figure == name) return value.item<double>();
  return NAN;
}

// Of sample i the i-th class.
Audit knows(std::vector<int64_t> classes) {
  return [classes](int64_t item) { return classes[static_cast<size_t>(item)]; };
}

at::Tensor uniform(int64_t classes) {
  return torch::full({classes}, 1. / static_cast<double>(classes));
}

TEST(Monitor, TellsHowFarConfidenceIsFromTruth) {
  // Says class 0 with .9 of four images; two are, one is not, and of the last nobody knows.
  Monitor monitor(knows({0, 0, 1, -1}), uniform(2));
  const Figures figures = monitor.watch(pseudo({0, 0, 0, 0}, .9F), torch::arange(4), 0);
  EXPECT_NEAR(of(figures, "pseudo_precision"), 2. / 3, 1e-6);
  EXPECT_NEAR(of(figures, "pseudo_ece"), .9 - 2. / 3, 1e-6);
  // Unlike precision it looks at what didn't count, too, and remembers.
  PseudoLabels uncounted = pseudo({1}, .6F);
  uncounted.weight.zero_();
  const Figures later = monitor.watch(uncounted, labels({2}), 1);
  EXPECT_TRUE(std::isnan(of(later, "pseudo_precision")));
  EXPECT_NEAR(of(later, "pseudo_ece"), (.99 * 3 * (.9 - 2. / 3) + .4) / (.99 * 3 + 1), 1e-6);
  // Opposite errors of two bins don't cancel.
  Monitor two(knows({0, 0}), uniform(2));
  two.watch(pseudo({1}, 1), labels({0}), 0);
  EXPECT_GT(of(two.watch(pseudo({0}, .1F), labels({1}), 1), "pseudo_ece"), .9);
}

TEST(Monitor, WithoutAnAuditItIsSilentAboutTruth) {
  Monitor monitor(knows({-1, -1}), uniform(2));
  const Figures figures = monitor.watch(pseudo({0, 1}, .9F), torch::arange(2), 0);
  EXPECT_TRUE(std::isnan(of(figures, "pseudo_ece")));
  EXPECT_TRUE(std::isnan(of(figures, "pseudo_precision")));
  EXPECT_NEAR(of(figures, "pseudo_prior_gap"), 0, 1e-6);
}

TEST(Monitor, ShowsWhichClassesVanishAndWhichAreWrong) {
  Monitor monitor(knows({0, 1}), torch::tensor({.5F, .25F, .25F}), {"cat", "dog", "eel"});
  for (int64_t step = 0; step < 400; ++step)
    monitor.watch(pseudo({0, 0}, .9F), torch::arange(2), step);
  const Figures figures = monitor.by_class();
  EXPECT_NEAR(of(figures, "pseudo_ratio/cat"), 2, .05);
  EXPECT_NEAR(of(figures, "pseudo_ratio/eel"), 0, .05);
  EXPECT_NEAR(of(figures, "pseudo_precision/cat"), .5, 1e-5);
  EXPECT_TRUE(std::isnan(of(figures, "pseudo_precision/dog")));  // never said
  EXPECT_NEAR(of(monitor.watch(pseudo({0, 0}, .9F), torch::arange(2), 400), "pseudo_prior_gap"), .5,
              .02);
}

TEST(Monitor, OfManyClassesItNamesTheExtremesOnly) {
  Monitor monitor(knows({-1}), uniform(1000));
  for (int64_t step = 0; step < 50; ++step)
    monitor.watch(pseudo({7, 900}, .9F), torch::zeros({2}, torch::kLong), step);
  const Figures figures = monitor.by_class();
  EXPECT_EQ(figures.size(), 10u);
  EXPECT_GT(of(figures, "pseudo_ratio/7"), 10);
  EXPECT_GT(of(figures, "pseudo_ratio/900"), 10);
}

TEST(Monitor, GoesOnWhereItWas) {
  const auto watched = [](Monitor& monitor, int64_t from, int64_t to) {
    Figures figures;
    for (int64_t step = from; step < to; ++step)
      figures = monitor.watch(pseudo({step % 3, 1}, .5F + static_cast<float>(step % 5) / 10),
                              labels({0, step % 4}), step);
    for (auto& figure : monitor.by_class()) figures.push_back(figure);
    return figures;
  };
  const Audit audit = knows({0, 1, 2, -1});
  Monitor whole(audit, uniform(3)), first(audit, uniform(3)), second(audit, uniform(3));
  watched(first, 0, 17);
  train::copy_state("test", first.state(), second.state());
  const Figures expected = watched(whole, 0, 40), got = watched(second, 17, 40);
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i)
    EXPECT_TRUE(torch::equal(got[i].second, expected[i].second)) << got[i].first;
}

TEST(Monitor, LooksCloselyNowAndThen) {
  int looks = 0;
  for (int64_t step = 0; step < 100000; ++step) looks += is_due(step, 100000);
  EXPECT_NEAR(looks, 200, 2);
  EXPECT_TRUE(is_due(0, 6) && is_due(5, 6) && !is_due(3, 6));
}

// Of libtorch's generator.
at::Tensor random_state() {
  return at::globalContext().defaultGenerator(at::kCPU).get_state();
}

class TeacherGapTest : public testing::Test {
 protected:
  static std::shared_ptr<models::ImageModel> model(uint64_t seed) {
    models::ModelOptions options;
    options.arch = "wrn-16-2";
    options.width = 8;
    options.channels = 1;
    options.dropout = .5;
    options.seed = seed;
    return models::make_model(options, 3);
  }
  const at::Tensor views_ = torch::linspace(-2, 2, 80 * 16 * 16).sin().view({80, 1, 16, 16});
};

TEST_F(TeacherGapTest, IsNoneBetweenAlikesAndSomethingBetweenOthers) {
  const auto a = model(1), alike = model(1), other = model(2);
  EXPECT_EQ(teacher_gap(*a, *alike, views_).distance.item<double>(), 0);
  EXPECT_EQ(teacher_gap(*a, *alike, views_).disagreement.item<double>(), 0);
  EXPECT_GT(teacher_gap(*a, *other, views_).distance.item<double>(), 0);
  EXPECT_LE(teacher_gap(*a, *other, views_).distance.item<double>(), 1);
}

TEST_F(TeacherGapTest, TrainingGoesOnAsIfNobodyHadLooked) {
  const auto student = model(1), average = model(2);
  average->eval();
  const auto buffers = [&] {
    std::vector<at::Tensor> copies;
    for (const auto* network : {&student, &average})
      for (const at::Tensor& buffer : (*network)->buffers()) copies.push_back(buffer.clone());
    return copies;
  };
  torch::manual_seed(3);
  const auto before = buffers();
  const at::Tensor random = random_state();
  const TeacherGap gap = teacher_gap(*student, *average, views_);
  EXPECT_TRUE(torch::equal(random_state(), random));  // dropout would have drawn
  const auto after = buffers();
  for (size_t i = 0; i < before.size(); ++i) EXPECT_TRUE(torch::equal(after[i], before[i]));
  EXPECT_FALSE(gap.distance.requires_grad());
  EXPECT_TRUE(student->is_training());
  EXPECT_FALSE(average->is_training());
  // The naive look, in training mode, would have drawn.
  student->forward(views_);
  EXPECT_FALSE(torch::equal(random_state(), random));
}

}  // namespace
}  // namespace paucal::semi
