// What a method draws for a row hangs on the row's place in its stream: processes that share a
// batch draw what one process draws.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "semi/test_linear.h"

namespace paucal::semi {
namespace {

constexpr int64_t kSide = 6, kPixels = kSide * kSide, kClasses = 3, kRows = 4;

// Says of each row what the row alone gives, a little louder with each pass, so that passes differ;
// and remembers the rows that it was shown.
class Witness : public torch::nn::Module, public Network {
 public:
  Witness() {
    torch::manual_seed(1);
    weight_ = register_parameter("weight", torch::randn({kPixels, kClasses}));
  }
  Outputs forward(const at::Tensor& views) override {
    const at::Tensor flat = views.flatten(1);
    shown.push_back(flat.detach().clone());
    return {torch::tanh(flat).matmul(weight_) * (1. + .2 * static_cast<double>(shown.size())),
            flat};
  }
  torch::nn::Module& module() override { return *this; }

  std::vector<at::Tensor> shown;  // of each pass: [N, kPixels]

 private:
  at::Tensor weight_;
};

// Images of one white pixel, another one for each view of each row.
class WhitePixels {
 public:
  // `first`: place of the first rows. Labelled and unlabelled rows stand at the same places.
  explicit WhitePixels(const MethodInfo& info, int64_t first) {
    batch_.labelled = next();
    if (info.needs.labelled_strong) batch_.labelled_strong = next();
    for (int i = 0; i < info.needs.weak; ++i) batch_.weak.push_back(next());
    for (int i = 0; i < info.needs.strong; ++i) batch_.strong.push_back(next());
    batch_.labels = torch::arange(kRows) % kClasses;
    batch_.labelled_index = batch_.index = torch::arange(kRows);
    batch_.labelled_places = batch_.places = places_from(first, kRows);
  }
  const Batch& whole() const { return batch_; }
  // What one of two processes gets.
  Batch half(int rank) const {
    const int64_t first = rank * kRows / 2, count = kRows / 2;
    const auto cut = [&](const at::Tensor& x) {
      return x.defined() ? x.narrow(0, first, count) : x;
    };
    Batch part = batch_;
    for (at::Tensor* x :
         {&part.labelled, &part.labelled_strong, &part.labels, &part.labelled_index, &part.index})
      *x = cut(*x);
    for (at::Tensor& x : part.weak) x = cut(x);
    for (at::Tensor& x : part.strong) x = cut(x);
    part.labelled_places = part.places = places_from(batch_.places[0] + first, count);
    return part;
  }

 private:
  at::Tensor next() {
    const at::Tensor rows = torch::eye(kPixels).narrow(0, used_, kRows);
    used_ += kRows;
    return rows.view({kRows, 1, kSide, kSide});
  }

  Batch batch_;
  int64_t used_ = 0;
};

// A step of a new method, on a Witness.
struct Step {
  Losses losses;
  std::vector<at::Tensor> shown;
};

Step step_on(const MethodInfo& info, const Batch& batch, const std::vector<std::string>& options,
             uint64_t others_draw = 1) {
  Setting setting;
  setting.classes = kClasses;
  setting.labelled = setting.unlabelled = setting.batch = kRows;
  setting.mu = 1;
  setting.labelled_classes = {0, 1, 2, 0};
  setting.features = kPixels;
  setting.seed = 7;
  torch::manual_seed(3);  // the same heads
  const auto method = info.make(options_with(info, options), setting);
  Witness student, teacher;
  torch::manual_seed(others_draw);
  const Losses losses = method->step(batch, {student, teacher, 5, 10});
  return {losses, student.shown};
}

double total_of(const Losses& losses) {
  return (losses.unlabelled.defined() ? losses.labelled + losses.unlabelled : losses.labelled)
      .item<double>();
}

// By its white pixel, what became of each row: how white it was shown, in every pass. What is whole
// (1) was not mixed and not shifted, or mixed with itself.
std::map<int64_t, std::vector<float>> whiteness(const std::vector<Step>& steps) {
  std::map<int64_t, std::vector<float>> found;
  for (const Step& step : steps)
    for (const at::Tensor& pass : step.shown)
      for (int64_t row = 0; row < pass.size(0); ++row) {
        const auto pixel = pass[row].argmax().item<int64_t>();
        found[pixel].push_back(pass[row][pixel].item<float>());
      }
  return found;
}

class EachMethod : public testing::TestWithParam<const MethodInfo*> {};

INSTANTIATE_TEST_SUITE_P(Methods, EachMethod, testing::ValuesIn(all_methods()),
                         [](const auto& info) { return std::string(info.param->name); });

TEST_P(EachMethod, DrawsNothingFromLibtorchsGenerator) {
  const WhitePixels images(*GetParam(), 40);
  const Step one = step_on(*GetParam(), images.whole(), {}, 1);
  const Step other = step_on(*GetParam(), images.whole(), {}, 2);
  EXPECT_EQ(total_of(one.losses), total_of(other.losses));
}

TEST(Places, MethodsThatDraw) {
  std::set<std::string_view> drawing;
  for (const MethodInfo* info : all_methods())
    if (total_of(step_on(*info, WhitePixels(*info, 40).whole(), {}).losses) !=
        total_of(step_on(*info, WhitePixels(*info, 80).whole(), {}).losses))
      drawing.insert(info->name);
  // A further one belongs into a test below.
  EXPECT_THAT(drawing, testing::ElementsAre("adamatch", "mixmatch", "remixmatch", "vat"));
}

// The share of each row, whatever it is mixed with; VAT's shifts.
TEST(Places, RowsAreMixedAndShiftedAlikeInHalfTheBatch) {
  for (const auto& [name, options] : std::vector<std::pair<const char*, std::vector<std::string>>>{
           {"mixmatch", {}}, {"remixmatch", {"rotation_weight=0"}}, {"vat", {"radius=0.1"}}}) {
    SCOPED_TRACE(name);
    const MethodInfo& info = find_method(name);
    const WhitePixels images(info, 40);
    const auto whole = whiteness({step_on(info, images.whole(), options)});
    const auto halves =
        whiteness({step_on(info, images.half(0), options), step_on(info, images.half(1), options)});
    ASSERT_EQ(whole.size(), halves.size());
    std::set<float> shares;
    size_t compared = 0;
    for (const auto& [pixel, white] : whole) {
      ASSERT_EQ(white.size(), halves.at(pixel).size());
      for (size_t i = 0; i < white.size(); ++i) {
        const float other = halves.at(pixel)[i];
        if (white[i] == 1 || other == 1) continue;
        EXPECT_NEAR(white[i], other, 1e-6) << pixel;
        shares.insert(white[i]);
        ++compared;
      }
    }
    EXPECT_GE(compared, 4u);
    EXPECT_EQ(shares.size(), compared);  // rows and views at one place have shares of their own
  }
}

TEST(Places, VatStartsEachRowInItsOwnDirection) {
  const MethodInfo& info = find_method("vat");
  constexpr size_t kProbe = 2;  // labelled, as they are, with the probe
  const auto starts = [&](const Batch& batch) {
    return step_on(info, batch, {}).shown.at(kProbe) - batch.weak[0].flatten(1);
  };
  const WhitePixels images(info, 40), next(info, 44);
  const at::Tensor whole = starts(images.whole());
  EXPECT_TRUE(torch::equal(torch::cat({starts(images.half(0)), starts(images.half(1))}), whole));
  EXPECT_TRUE(torch::allclose(whole.norm(2, 1), torch::full({kRows}, .1), 1e-4));
  // No two rows, and no two steps, go the same way.
  const at::Tensor all = torch::cat({whole, starts(next.whole())}) / .1;
  const at::Tensor likeness = all.matmul(all.t()) - torch::eye(2 * kRows);
  EXPECT_LT(likeness.abs().max().item<double>(), .7);
}

TEST(Places, ReMixMatchTurnsRowsAlikeInHalfTheBatch) {
  const MethodInfo& info = find_method("remixmatch");
  std::set<int64_t> turned;
  for (int64_t first = 0; first < 40; first += kRows) {
    const WhitePixels images(info, first);
    const at::Tensor whole = step_on(info, images.whole(), {}).shown.back();
    EXPECT_TRUE(torch::equal(torch::cat({step_on(info, images.half(0), {}).shown.back(),
                                         step_on(info, images.half(1), {}).shown.back()}),
                             whole));
    turned.insert(whole[0].argmax().item<int64_t>());
  }
  EXPECT_EQ(turned.size(), 4u);  // all quarters
}

TEST(Places, AdaMatchBlendsRowsAlikeInHalfTheBatch) {
  const MethodInfo& info = find_method("adamatch");
  const WhitePixels images(info, 40), others(info, 80);
  const auto labelled = [&](const Batch& batch) {
    return step_on(info, batch, {}).losses.labelled.item<double>();
  };
  const double whole = labelled(images.whole());
  EXPECT_NEAR((labelled(images.half(0)) + labelled(images.half(1))) / 2, whole, 1e-6);
  EXPECT_GT(std::abs(labelled(others.whole()) - whole), 1e-4);
}

}  // namespace
}  // namespace paucal::semi
