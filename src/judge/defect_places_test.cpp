#include "judge/defect_places.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "base/error.h"

namespace paucal::judge {
namespace {

TEST(DefectPlaces, AreOfTheirImages) {
  const auto places = places_by_record(
      torch::tensor({2.f, 10.f, 20.f, 0.f, 5.f, 6.f, 2.f, 7.f, 8.f}).view({3, 3}), 3);
  ASSERT_EQ(places.size(), 3u);
  EXPECT_EQ(places[0], (std::vector<data::Place>{{5, 6}}));
  EXPECT_TRUE(places[1].empty());
  EXPECT_EQ(places[2], (std::vector<data::Place>{{10, 20}, {7, 8}}));
  EXPECT_TRUE(places_by_record(torch::zeros({0, 3}), 2)[1].empty());
}

// A checkpoint is a file from others.
TEST(DefectPlaces, RefusesWhatIsNone) {
  const auto refuses = [](const at::Tensor& places) {
    EXPECT_THROW(places_by_record(places, 3), Error);
  };
  refuses(torch::zeros({2}));
  refuses(torch::zeros({1, 2}));
  refuses(torch::zeros({1, 3}, at::kLong));
  for (const float bad : {-1.f, 3.f, 1e30f, NAN})
    refuses(torch::tensor({bad, 1.f, 1.f}).view({1, 3}));
  for (const float bad : {-1.f, 1e30f, INFINITY, NAN})
    refuses(torch::tensor({0.f, 1.f, bad}).view({1, 3}));
}

}  // namespace
}  // namespace paucal::judge
