#include "weak/features/levels.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "base/error.h"

namespace paucal::weak {
namespace {

std::shared_ptr<models::ImageModel> made(const char* arch) {
  models::ModelOptions options;
  options.arch = arch;
  options.width = 8;
  options.channels = 1;
  return models::make_model(options, 1);
}

TEST(Levels, AreFoundByTheirStrides) {
  const auto network = made("pyramid10");
  const auto levels = find_levels(*network, {32, 8});
  ASSERT_EQ(levels.size(), 2U);
  EXPECT_EQ(levels[0].stride, 8);
  EXPECT_EQ(levels[0].stage, 1U);
  EXPECT_EQ(levels[1].channels, 32);
  EXPECT_THROW(find_levels(*network, {2}), Error);
  EXPECT_TRUE(head_reads_more(*network));
  EXPECT_FALSE(head_reads_more(*made("resnet10")));
}

// A map that tells its own coordinates: what is read at a place is the place.
TEST(Levels, APlaceIsReadWhereItIs) {
  const at::Tensor x = (torch::arange(8) + .5) * 4, y = (torch::arange(6) + .5) * 4;
  const at::Tensor map =
      torch::stack({x.expand({6, 8}), y.unsqueeze(1).expand({6, 8})}).unsqueeze(0);
  const at::Tensor places = torch::tensor({{{10.F, 13.F}, {2.F, 22.F}, {29.5F, 7.F}}});
  EXPECT_TRUE(torch::allclose(at_places(map, places, 32, 24), places[0], 1e-5, 1e-4));
}

}  // namespace
}  // namespace paucal::weak
