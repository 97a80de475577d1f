#include "line/recipes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace paucal::line {
namespace {

using testing::HasSubstr;

std::string refusal(const std::string& yaml) {
  const auto recipes = parse_recipes(yaml, "folder/line.yaml");
  return recipes.ok() ? "" : recipes.failure().message;
}

TEST(Recipes, NameModelsFromTheirFolder) {
  const auto recipes = parse_recipes(
      "3: {model: screws.paucal, roi: [10, 0, 20, 5], threshold: 0.4}\n"
      "7: {model: /models/nuts.paucal}\n",
      "folder/line.yaml");
  ASSERT_TRUE(recipes.ok()) << recipes.failure().message;
  ASSERT_EQ(recipes->size(), 2u);
  EXPECT_EQ(recipes->at(3).model, "folder/screws.paucal");
  EXPECT_EQ(recipes->at(3).roi, (std::array{10, 0, 20, 5}));
  EXPECT_EQ(recipes->at(3).threshold, .4);
  EXPECT_EQ(recipes->at(7).model, "/models/nuts.paucal");
  EXPECT_EQ(recipes->at(7).roi, std::nullopt);
  EXPECT_EQ(recipes->at(7).threshold, std::nullopt);
}

TEST(Recipes, NameWhatIsWrong) {
  EXPECT_THAT(refusal("3: {model: a, rio: [0, 0, 1, 1]}"),
              HasSubstr("'folder/line.yaml', recipe 3: unknown key 'rio', known: model, roi"));
  EXPECT_THAT(refusal("70000: {model: a}"), HasSubstr("expected a number from 0 to 65535"));
  EXPECT_THAT(refusal("-1: {model: a}"), HasSubstr("expected a number from 0 to 65535"));
  EXPECT_THAT(refusal("1: {model: a}\n1: {model: b}"), HasSubstr("twice"));
  EXPECT_THAT(refusal("1: {roi: [0, 0, 1, 1]}"), HasSubstr("no model"));
  EXPECT_THAT(refusal("1: {model: a, threshold: .nan}"), HasSubstr("from 0 to 1"));
  for (const char* roi : {"[0, 0, 1]", "[0, 0, 0, 1]", "[-1, 0, 1, 1]", "5", "[5, 0, 4, 1]"})
    EXPECT_THAT(refusal(std::string("1: {model: a, roi: ") + roi + "}"), HasSubstr("x0 < x1"));
  for (const char* yaml :
       {"", "text", "[1, 2]", "1: a", "1: {model: [", "{}", "1: {model: a, roi: [a, b, c, d]}"})
    EXPECT_THAT(refusal(yaml), HasSubstr("'folder/line.yaml'")) << yaml;
}

}  // namespace
}  // namespace paucal::line
