#include "pipeline/recipe_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "pipeline/recipe_rules.h"

namespace paucal::pipeline {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Recipe shipped(const char* name, const std::vector<std::string>& assignments = {}) {
  return load_recipe(std::filesystem::path(PAUCAL_SOURCE_DIR) / "recipes" / name, assignments);
}

int64_t keys_in(const std::string& help) {
  int64_t keys = 0;
  for (size_t at = help.find("; default "); at != help.npos; at = help.find("; default ", at + 1))
    ++keys;
  return keys;
}

TEST(RecipeKeys, HelpShowsWhatMattersToTheRecipe) {
  for (const char* name : {"inspection.yaml", "classification.yaml", "semi.yaml", "electrode.yaml",
                           "weak_detection.yaml", "defect_line.yaml", "class_line.yaml"}) {
    const int64_t keys = keys_in(recipe_help(shipped(name), false));
    EXPECT_GE(keys, 20) << name;
    EXPECT_LE(keys, 90) << name;
  }
  EXPECT_GT(keys_in(recipe_help(Recipe(), true)), 200);
}

TEST(RecipeKeys, AMethodsOptionsAreThoseOfTheChosenOne) {
  const std::string help = recipe_help(shipped("semi.yaml", {"semi.method=freematch"}), false);
  EXPECT_THAT(help, HasSubstr("semi.freematch.decay"));
  EXPECT_THAT(help, Not(HasSubstr("semi.fixmatch.")));
  EXPECT_THAT(help, Not(HasSubstr("\nmil.")));
}

TEST(RecipeKeys, AnOldKeyIsRefusedAndNamesItsSuccessor) {
  try {
    load_recipe("", {"train.mixed_precision=true"});
    FAIL() << "expected an Error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("train.mixed_precision is now train.precision"));
  }
}

TEST(RecipeKeys, RunsAreComparedByWhatDiffersFromItsDefault) {
  const auto names = [](const std::vector<std::string>& assignments) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : settings_of(load_recipe("", assignments))) keys.push_back(key);
    return keys;
  };
  const auto has = [](const std::vector<std::string>& keys, const char* key) {
    return std::ranges::find(keys, key) != keys.end();
  };
  const auto plain = names({"data.root=parts", "train.threads=3", "report.title=x"});
  EXPECT_TRUE(has(plain, "train.optimiser.lr"));
  EXPECT_TRUE(has(plain, "train.seed"));
  for (const char* key : {"data.root", "train.threads", "report.title", "mil.top"})
    EXPECT_FALSE(has(plain, key)) << key;
  EXPECT_TRUE(has(names({"mil.top=.1"}), "mil.top"));
}

TEST(RecipeKeys, ATypedKeyWithoutEffectIsRefused) {
  const auto refusal = [](const char* recipe, const std::string& assignment) {
    try {
      refuse_idle_keys(shipped(recipe, {assignment}), {assignment});
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(refusal("classification.yaml", "mil.top=.1"), HasSubstr("needs task=inspection"));
  EXPECT_THAT(refusal("semi.yaml", "semi.freematch.decay=.9"), HasSubstr("another semi.method"));
  EXPECT_THAT(refusal("inspection.yaml", "detect.warmup=.1"), HasSubstr("model.bbox_head.type"));
  EXPECT_EQ(refusal("inspection.yaml", "mil.top=.1"), "");
  EXPECT_EQ(refusal("inspection.yaml", "mil.focal_gamma=1"), "") << "seldom, but not idle";
}

TEST(RecipeKeys, WhatARunReadsIsNotIdle) {
  for (const char* assignment : {"semi.labels=2", "mil.negative_weight=2"})
    EXPECT_NO_THROW(refuse_idle_keys(shipped("classification.yaml", {assignment}), {assignment}))
        << assignment;
  for (const char* assignment : {"semi.labels=2", "data.labels=list.csv", "view.paste.strength=2"})
    EXPECT_NO_THROW(refuse_idle_keys(
        shipped("inspection.yaml", {"task=inspection", "view.pasted=0", assignment}), {assignment}))
        << assignment;
}

TEST(RecipeRules, NameKeysThatExist) {
  Recipe recipe;
  std::vector<std::string> keys;
  const Options options = options_of(recipe);
  for (const Option& option : options.all()) keys.push_back(option.key);
  for (const Rule& rule : recipe_rules())
    EXPECT_TRUE(std::ranges::any_of(keys, [&](const std::string& key) {
      return rule.prefix.ends_with('.') ? key.starts_with(rule.prefix) : key == rule.prefix;
    })) << rule.prefix;
  for (const std::string_view key : seldom_keys())
    EXPECT_EQ(std::ranges::count(keys, key), 1) << key;
}

TEST(RecipeKeys, WhatMattersComesBackFromYaml) {
  Recipe recipe = shipped("semi.yaml", {"semi.method=softmatch"});
  Recipe read;
  Options options = options_of(read);
  options.load_yaml_text(options_that_matter(recipe).to_yaml(), "recipe.yaml");
  EXPECT_EQ(options_that_matter(read).to_json(), options_that_matter(recipe).to_json());
}

}  // namespace
}  // namespace paucal::pipeline
