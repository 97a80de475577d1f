#include "train/ema.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "base/error.h"

namespace paucal::train {
namespace {

torch::nn::Sequential make_net(int channels = 2) {
  return torch::nn::Sequential(torch::nn::Linear(3, channels), torch::nn::BatchNorm1d(channels));
}

void fill(torch::nn::Sequential& net, double value) {
  const at::NoGradGuard no_grad;
  for (at::Tensor& parameter : net->parameters()) parameter.fill_(value);
}

TEST(Ema, DecayWarmsUp) {
  const EmaOptions options;
  EXPECT_DOUBLE_EQ(ema_decay_at(0, options), 0.1);
  EXPECT_DOUBLE_EQ(ema_decay_at(890, options), 0.99);
  EXPECT_LT(ema_decay_at(8'989, options), 0.999);
  EXPECT_DOUBLE_EQ(ema_decay_at(8'990, options), 0.999);
  EXPECT_DOUBLE_EQ(ema_decay_at(1'000'000, options), 0.999);
  EXPECT_DOUBLE_EQ(ema_decay_at(0, {.decay = 0.999, .warmup = false}), 0.999);
}

TEST(Ema, StartsAsACopyAndFollows) {
  auto student = make_net(), teacher = make_net();
  fill(student, 1);
  Ema ema(*student, *teacher, {.decay = 0.75, .warmup = false});
  EXPECT_TRUE(at::equal(teacher->parameters()[0], torch::ones({2, 3})));
  for (const at::Tensor& parameter : teacher->parameters()) EXPECT_FALSE(parameter.requires_grad());
  EXPECT_TRUE(student->parameters()[0].requires_grad());

  fill(student, 5);
  ema.update();  // .75 × 1 + .25 × 5
  EXPECT_TRUE(at::allclose(teacher->parameters()[0], torch::full({2, 3}, 2.0F)));
  ema.update();
  EXPECT_TRUE(at::allclose(teacher->parameters()[0], torch::full({2, 3}, 2.75F)));
  EXPECT_EQ(ema.updates(), 2);
}

// The usual mistake: averaging the running statistics of batch norm, or forgetting them.
TEST(Ema, BuffersAreCopiedNotAveraged) {
  auto student = make_net(), teacher = make_net();
  Ema ema(*student, *teacher, {});
  for (int i = 0; i < 3; ++i) {
    student->forward(torch::arange(12, at::kFloat).view({4, 3}));
    ema.update();
  }
  const auto expected = student->named_buffers(), found = teacher->named_buffers();
  ASSERT_EQ(expected.size(), 3u);
  for (const auto& item : expected)
    EXPECT_TRUE(at::equal(item.value(), found[item.key()])) << item.key();
  EXPECT_EQ(found["1.num_batches_tracked"].item<int64_t>(), 3);
}

TEST(Ema, ResumedIsBitEqual) {
  auto student = make_net(), teacher = make_net();
  Ema ema(*student, *teacher, {});
  fill(student, 0.3);
  ema.update();
  TensorMap saved;
  for (const auto& [name, tensor] : ema.state()) saved.emplace(name, tensor.clone());
  auto other_teacher = make_net();
  Ema other(*student, *other_teacher, {});
  other.load_state(saved);
  EXPECT_EQ(other.updates(), 1);
  fill(student, 0.7);
  ema.update();
  other.update();
  EXPECT_TRUE(at::equal(teacher->parameters()[0], other_teacher->parameters()[0]));
  for (const auto& [name, tensor] : ema.state())
    EXPECT_TRUE(at::equal(tensor, other.state().at(name))) << name;
}

TEST(Ema, RefusesModulesAndStateThatDoNotFit) {
  auto student = make_net(), wider = make_net(4), teacher = make_net();
  EXPECT_THROW(Ema(*student, *wider, {}), Error);
  Ema ema(*student, *teacher, {});
  TensorMap state = ema.state();
  state.erase("updates");
  EXPECT_THROW(ema.load_state(state), Error);
}

}  // namespace
}  // namespace paucal::train
