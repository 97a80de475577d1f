#include "edge/runtime/predictor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/files.h"
#include "edge/api/test_model.h"

namespace paucal::edge {
namespace {

using testing::HasSubstr;

// The bright spot's model with `value` added to its map.
std::shared_ptr<const Model> model_with(float value) {
  ModelFile file = bright_spot_model();
  const int bias =
      file.graph.add_constant("bias", Type::kF32, {1}, std::as_bytes(std::span(&value, 1)));
  file.graph.outputs = {file.graph.add_node("add", "biased", {file.graph.outputs[0], bias})};
  auto model = Model::make(std::move(file));
  EXPECT_TRUE(model.ok()) << model.failure().message;
  return *model;
}

// A verdict of NaN would be OK: no threshold is below it.
TEST(Predictor, RefusesLogitsThatAreNotFinite) {
  const auto predict = [](float bias) {
    return (*Predictor::make(model_with(bias)))->predict(Image(16, 12, 1, 200));
  };
  EXPECT_TRUE(predict(1).ok());
  EXPECT_THAT(predict(std::numeric_limits<float>::quiet_NaN()).failure().message,
              HasSubstr("'biased' holds nan, expected finite logits"));
  EXPECT_THAT(predict(-std::numeric_limits<float>::infinity()).failure().message,
              HasSubstr("holds -inf"));
}

TEST(Predictor, NamesTheFileWithoutACard) {
  const std::string path = testing::TempDir() + "predictor_test.paucal";
  ModelFile file = bright_spot_model();
  file.card = Json::object();
  write_file_atomic(path, write_model(file));
  const auto predictor = Predictor::open(path);
  ASSERT_FALSE(predictor.ok());
  EXPECT_EQ(predictor.failure().message,
            "'" + path + "': the card has no 'format', expected one of 'paucal export'");
}

}  // namespace
}  // namespace paucal::edge
