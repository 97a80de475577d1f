// Losses, thresholds and weights of 20 steps against float64 loops written from the papers.

#include <gtest/gtest.h>

#include <ostream>

#include "semi/test_papers.h"

namespace paucal::semi {
namespace {

struct Golden {
  std::string name, method;
  std::vector<std::string> options;
  reference::Reference reference;
};

std::vector<Golden> goldens() {
  using namespace reference;
  return {
      {"fixmatch", "fixmatch", {"threshold=0.9"}, fixmatch(.9, 0, 0, 1)},
      {"fixmatch_ramped",
       "fixmatch",
       {"threshold_start=0.4", "threshold_ramp=0.5", "weight=2"},
       fixmatch(.95, .4, .5, 2)},
      {"flexmatch", "flexmatch", {"threshold=0.9"}, flexmatch(.9, convex)},
      {"flexmatch_linear", "flexmatch", {"threshold=0.8", "mapping=linear"}, flexmatch(.8, linear)},
      {"flexmatch_concave",
       "flexmatch",
       {"threshold=0.8", "mapping=concave"},
       flexmatch(.8, concave)},
      {"freematch", "freematch", {"decay=0.9", "fairness=0.1"}, freematch(.9, .1, 0, 1)},
      {"freematch_clipped",
       "freematch",
       {"decay=0.5", "low=0.6", "high=0.7"},
       freematch(.5, .01, .6, .7)},
      {"softmatch", "softmatch", {"decay=0.9"}, softmatch(.9, 2, true)},
      {"softmatch_raw",
       "softmatch",
       {"decay=0.9", "sigmas=1.5", "alignment=none"},
       softmatch(.9, 1.5, false)},
      {"uda", "uda", {}, uda(.8, .4, nullptr)},
      {"uda_linear", "uda", {"tsa=linear"}, uda(.8, .4, linear)},
      {"uda_log", "uda", {"tsa=log"}, uda(.8, .4, log_annealing)},
      {"uda_exp", "uda", {"tsa=exp"}, uda(.8, .4, exp_annealing)},
      {"pi_model", "pi_model", {}, consistency(10, .4, false, false)},
      {"mean_teacher", "mean_teacher", {}, consistency(50, .4, true, false)},
      {"mean_teacher_sigmoid",
       "mean_teacher",
       {"ramp_shape=sigmoid"},
       consistency(50, .4, true, true)},
      {"pseudo_label", "pseudo_label", {"threshold=0.9"}, pseudo_label(.9, .4)},
      {"adamatch", "adamatch", {"decay=0.9", "memory=4"}, adamatch(.9, 1, .5, .9, 4)},
      {"mixmatch", "mixmatch", {"ramp=0.5"}, mixmatch(.5, .75, 75, .5)},
  };
}

// float32 keeps 7 digits of a loss, and no more of the logits of confident samples.
void expect_close(double ours, double expected) {
  EXPECT_NEAR(ours, expected, 1e-5 * std::max(std::abs(expected), .1));
}

at::Tensor tensor_of_labels(const std::vector<int64_t>& labels) {
  return torch::tensor(labels, torch::kLong);
}

Batch batch_from(const reference::Input& in, const Needs& needs) {
  Batch batch;
  batch.labelled = tensor_of(in.labelled);
  if (needs.labelled_strong) batch.labelled_strong = tensor_of(in.labelled_strong);
  batch.labels = tensor_of_labels(in.labels);
  batch.labelled_index = torch::arange(reference::kBatch);
  for (int i = 0; i < needs.weak; ++i) batch.weak.push_back(tensor_of(in.weak.at(i)));
  for (int i = 0; i < needs.strong; ++i) batch.strong.push_back(tensor_of(in.strong.at(i)));
  batch.index = tensor_of_labels(in.index);
  const auto unlabelled = static_cast<int64_t>(in.index.size());
  batch.labelled_places = places_from(in.step * reference::kBatch, reference::kBatch);
  batch.places = places_from(in.step * unlabelled, unlabelled);
  return batch;
}

Setting golden_setting(int64_t mu) {
  using namespace reference;
  Setting setting;
  setting.classes = kClasses;
  setting.labelled = kBatch;
  setting.unlabelled = kUnlabelled;
  setting.batch = kBatch;
  setting.mu = mu;
  setting.labelled_classes = {0, 1, 2, 3, 4, 0};
  setting.features = kWidth;
  setting.seed = kSeed;
  return setting;
}

// What a failing test shows.
void PrintTo(const Golden& golden, std::ostream* out) {
  *out << golden.name;
}

class GoldenTest : public testing::TestWithParam<Golden> {};

TEST_P(GoldenTest, EqualsThePapersArithmetic) {
  const Golden& golden = GetParam();
  const MethodInfo& info = find_method(golden.method);
  const int64_t mu = info.needs.mu == 1 ? 1 : 3;
  const auto method = info.make(options_with(info, golden.options), golden_setting(mu));
  reference::Reference reference = golden.reference;
  const reference::Input first = reference::draw_input(0, mu);
  LinearNetwork student(tensor_of(first.student)), teacher(tensor_of(first.teacher));
  double counted = 0, samples = 0;
  for (int64_t step = 0; step < reference::kSteps; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    const reference::Input in = reference::draw_input(step, mu);
    const Losses ours =
        method->step(batch_from(in, info.needs), {student, teacher, step, reference::kSteps});
    const reference::Expected expected = reference(in);
    expect_close(ours.labelled.item<double>(), expected.labelled);
    expect_close(ours.unlabelled.item<double>(), expected.unlabelled);
    for (const auto& [part, value] : expected.parts) expect_close(part_of(ours, part), value);
    if (expected.weight.empty()) continue;
    ASSERT_EQ(ours.pseudo.weight.numel(), static_cast<int64_t>(expected.weight.size()));
    for (size_t n = 0; n < expected.weight.size(); ++n)
      EXPECT_NEAR(ours.pseudo.weight[static_cast<int64_t>(n)].item<double>(), expected.weight[n],
                  1e-5);
    counted += reference::sum(expected.weight);
    samples += static_cast<double>(expected.weight.size());
  }
  // Inputs on which everything or nothing counts would show little.
  if (samples > 0) {
    EXPECT_GT(counted, .1 * samples);
    EXPECT_LT(counted, .98 * samples);
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, GoldenTest, testing::ValuesIn(goldens()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace paucal::semi
