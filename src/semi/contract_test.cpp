// What every method of the table promises.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "semi/test_moons.h"
#include "semi/test_textures.h"

namespace paucal::semi {
namespace {

// Defaults are the papers', for photos and long runs; toys in short ones want other lengths.
using Others = std::map<std::string_view, std::vector<const char*>>;

AnyOptions options_of(const MethodInfo& info, const Others& others) {
  AnyOptions options = info.options();
  Options fields;
  OptionVisitor visitor(fields, "");
  options.visit(visitor);
  if (const auto other = others.find(info.name); other != others.end())
    for (const char* assignment : other->second) fields.assign(assignment);
  return options;
}

const Others kForMoons = {
    {"vat", {"radius=0.3", "weight=1", "ramp=0.1"}},
    {"mixmatch", {"weight=10", "ramp=0.3", "alpha=0.2"}},
    {"pi_model", {"ramp=0.2", "weight=40"}},
    {"defixmatch", {"weight=1", "threshold=0.8"}},
    {"simmatch", {"instance_weight=0.1", "smoothing=1", "alignment_memory=128"}},
    {"mean_teacher", {"ramp=0.2", "weight=10"}},
    {"pseudo_label", {"threshold=0.9", "ramp=0.2"}},
    {"adamatch", {"ramp=0.1"}},
    {"comatch", {"contrast_weight=0.1", "memory=1", "alignment_memory=128"}},
    {"freematch", {"decay=0.99"}},
    {"softmatch", {"decay=0.99"}},
};

// Weights that a short run and a few labels can bear; all other options are the papers'.
const Others kForTextures = {
    {"vat", {"radius=12", "weight=0.1", "entropy=0"}},
    {"mixmatch", {"weight=10", "ramp=0.3"}},
    {"pi_model", {"weight=4"}},
    {"mean_teacher", {"weight=10"}},
    {"defixmatch", {"weight=0.3"}},
};

// Of the averaged weights after so many steps, mean over seeds.
template <class Run>
double accuracy_of(const MethodInfo& info, const Others& others, int seeds, int64_t steps) {
  double sum = 0;
  for (int seed = 0; seed < seeds; ++seed) {
    Run run(info, options_of(info, others), static_cast<uint64_t>(seed), steps);
    for (int64_t i = 0; i < steps; ++i) run.step();
    sum += run.accuracy();
  }
  return sum / seeds;
}

// Better than labels alone, which must leave something to win: between `least` and `most`.
template <class Run, class Options>
void expect_gain(const MethodInfo& info, const Options& options, int seeds, double least,
                 double most) {
  const auto accuracy = [&](const MethodInfo& method) {
    return accuracy_of<Run>(method, options, seeds, 400);
  };
  static const double supervised = accuracy(find_method("supervised"));
  const double own = accuracy(info);
  testing::Test::RecordProperty("accuracy", std::to_string(own));
  if (info.name == "supervised") {
    EXPECT_GT(own, least);
    EXPECT_LT(own, most);
  } else {
    EXPECT_GT(own, supervised + .01);
  }
}

class Contract : public testing::TestWithParam<const MethodInfo*> {};

TEST_P(Contract, LearnsMoreFromUnlabelledPointsThanSupervisedFromLabels) {
  expect_gain<MoonRun>(*GetParam(), kForMoons, 3, .6, .97);
}

TEST_P(Contract, LearnsMoreFromUnlabelledPicturesThanSupervisedFromLabels) {
  expect_gain<TextureRun>(*GetParam(), kForTextures, 2, .5, .9);
}

TEST_P(Contract, HasFiniteLossesAndMovesTheWeights) {
  MoonRun run(*GetParam(), GetParam()->options(), 1, 20);
  const auto before = run.state().at("student.first.weight").clone();
  for (int i = 0; i < 20; ++i) {
    const Losses losses = run.step();
    ASSERT_TRUE(torch::isfinite(losses.labelled).item<bool>());
    if (!losses.unlabelled.defined()) continue;
    ASSERT_TRUE(torch::isfinite(losses.unlabelled).item<bool>());
    if (!losses.pseudo.label.defined()) continue;
    EXPECT_GE(losses.pseudo.weight.min().item<double>(), 0);
    EXPECT_LE(losses.pseudo.weight.max().item<double>(), 1);
    EXPECT_FALSE(losses.pseudo.confidence.requires_grad());
  }
  EXPECT_FALSE(torch::equal(before, run.state().at("student.first.weight")));
}

TEST_P(Contract, ResumesBitForBit) {
  constexpr int kSteps = 24, kKilled = 11;
  MoonRun whole(*GetParam(), GetParam()->options(), 2, kSteps);
  MoonRun first(*GetParam(), GetParam()->options(), 2, kSteps);
  MoonRun second(*GetParam(), GetParam()->options(), 2, kSteps);
  for (int i = 0; i < kSteps; ++i) whole.step();
  for (int i = 0; i < kKilled; ++i) first.step();
  train::TensorMap saved;
  for (const auto& [name, tensor] : first.state()) saved.emplace(name, tensor.detach().clone());
  second.step();  // a state of its own, to be overwritten
  second.resume(saved, kKilled);
  for (int i = kKilled; i < kSteps; ++i) second.step();
  const auto expected = whole.state();
  for (const auto& [name, tensor] : second.state())
    EXPECT_TRUE(torch::equal(tensor, expected.at(name))) << name;
}

TEST_P(Contract, SaysWhatItIs) {
  const MethodInfo& info = *GetParam();
  EXPECT_FALSE(info.summary.empty());
  EXPECT_EQ(&find_method(info.name), &info);
  EXPECT_TRUE(info.paper.empty() == (info.name == "supervised"));
}

INSTANTIATE_TEST_SUITE_P(Methods, Contract, testing::ValuesIn(all_methods()),
                         [](const auto& info) { return std::string(info.param->name); });

TEST(Methods, UnknownNamesAreAnsweredWithTheKnownOnes) {
  try {
    find_method("fixmach");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("fixmatch"));
  }
}

}  // namespace
}  // namespace paucal::semi
