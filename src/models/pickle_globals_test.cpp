#include "models/pickle_globals.h"

#include <gtest/gtest.h>

namespace paucal::models {
namespace {

using PickleKind = PickleValue::Kind;

constexpr std::string_view kTensorCall = "torch._utils\n_rebuild_tensor_v2";

// 0: a storage, 1: an int, 2: a tuple of ints, 3: a text, 4: a tuple of texts.
std::vector<PickleValue> some_values() {
  std::vector<PickleValue> values(5);
  values[0].kind = PickleKind::kStorage;
  values[1].kind = PickleKind::kInt;
  values[2].kind = values[4].kind = PickleKind::kTuple;
  values[2].items = {1, 1};
  values[3].kind = PickleKind::kString;
  values[4].items = {3};
  return values;
}

TEST(PickleGlobals, KnowsThreeFunctionsAndTheStorages) {
  EXPECT_TRUE(is_known_global("collections\nOrderedDict"));
  EXPECT_TRUE(is_known_global("torch\nFloatStorage"));
  EXPECT_FALSE(is_known_global("os\nsystem"));
  EXPECT_FALSE(is_known_global("torch\nload"));
  EXPECT_EQ(shown_global("os\nsystem"), "os.system");
}

TEST(PickleGlobals, TensorsAreToldByTheKindsOfTheirArguments) {
  const auto values = some_values();
  const auto tensor = result_of_call(values, kTensorCall, {0, 1, 2, 2, 1, 1});
  ASSERT_TRUE(tensor);
  EXPECT_EQ(std::get<PickleValue>(*tensor).kind, PickleKind::kTensor);
  EXPECT_EQ(std::get<PickleValue>(*tensor).items, (std::vector<PickleId>{0, 1, 2, 2}));
  EXPECT_FALSE(result_of_call(values, kTensorCall, {0, 1, 2, 4, 1, 1}));  // strides of texts
  EXPECT_FALSE(result_of_call(values, kTensorCall, {3, 1, 2, 2, 1, 1}));  // no storage
  EXPECT_FALSE(result_of_call(values, kTensorCall, {0, 1, 2, 2}));        // too few
}

TEST(PickleGlobals, AParameterIsItsTensor) {
  auto values = some_values();
  values[0].kind = PickleKind::kTensor;
  const auto same = result_of_call(values, "torch._utils\n_rebuild_parameter", {0, 1, 1});
  ASSERT_TRUE(same);
  EXPECT_EQ(std::get<PickleId>(*same), 0u);
}

}  // namespace
}  // namespace paucal::models
