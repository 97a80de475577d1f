#include "labels/spellings.h"

#include <gtest/gtest.h>

namespace paucal::labels {
namespace {

TEST(Spellings, OfOneClassBecomeOneName) {
  const auto object = [](const char* name) { return Instance{{0, 0, 1, 1}, name}; };
  std::vector<Annotated> annotated = {
      {.image = "a", .source = "", .instances = {object("Scratch"), object("scratch ")}},
      {.image = "b", .source = "", .instances = {object("SCRATCH"), object("dent"), object("")}},
      {.image = "c", .source = "", .instances = {}}};
  std::vector<Problem> problems;
  unify_classes(annotated, problems);
  EXPECT_EQ(annotated[0].instances[0].class_name, "SCRATCH");
  EXPECT_EQ(annotated[0].instances[1].class_name, "SCRATCH");
  EXPECT_EQ(annotated[1].instances[0].class_name, "SCRATCH");
  EXPECT_EQ(annotated[1].instances[1].class_name, "dent");
  EXPECT_EQ(annotated[1].instances[2].class_name, "") << "the region of a mask";
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].kind, "class-case");
  EXPECT_EQ(problems[0].message,
            "'SCRATCH' (1) and 'Scratch' (1) and 'scratch ' (1) are one class now, 'SCRATCH'");
}

TEST(Spellings, OneSpellingIsNoProblem) {
  std::vector<Problem> problems;
  EXPECT_EQ(names_of({{" dent", 3}, {"NG", 1}}, problems),
            (std::map<std::string, std::string>{{" dent", "dent"}, {"NG", "NG"}}));
  EXPECT_TRUE(problems.empty());
}

TEST(Spellings, ObjectsAreNamedAsTheSetNamesThem) {
  ClassNames names({"NG", "Scratch"});
  EXPECT_EQ(names.of("scratch "), "Scratch");
  EXPECT_EQ(names.of("scratch "), "Scratch") << "asked again";
  EXPECT_EQ(names.of("Dent "), "Dent ") << "of no class of the set";
  EXPECT_EQ(names.of(""), "");
}

}  // namespace
}  // namespace paucal::labels
