#include "weak/one_class/coreset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

namespace paucal::weak {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

at::Tensor on_circle(const std::vector<float>& degrees) {
  const at::Tensor angle = torch::tensor(degrees) * (M_PI / 180);
  return torch::stack({angle.cos(), angle.sin()}, 1);
}

TEST(KCenter, TakesWhatIsFarthestFromAllThatWereTaken) {
  EXPECT_THAT(k_center(on_circle({0, 10, 90, 180, 170}), 3), ElementsAre(0, 3, 2));
}

TEST(KCenter, CopiesAreNotTakenTwice) {
  EXPECT_THAT(k_center(on_circle({0, 0, 90, 0, 90}), 5), ElementsAre(0, 2));
}

TEST(KCenter, NothingFromNothing) {
  EXPECT_THAT(k_center(torch::zeros({0, 4}), 3), IsEmpty());
  EXPECT_THAT(k_center(on_circle({5, 6}), 0), IsEmpty());
}

}  // namespace
}  // namespace paucal::weak
