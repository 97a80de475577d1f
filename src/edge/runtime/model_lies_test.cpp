// A short deterministic run of model_lies_fuzz.cpp, for every build.
#include <gtest/gtest.h>

#include "base/random.h"
#include "edge/runtime/fuzz_lies.h"
#include "edge/runtime/fuzz_model.h"

namespace paucal::edge {
namespace {

fuzz::Below below_of(Random& random) {
  return [&random](size_t n) { return static_cast<size_t>(random.below(static_cast<int64_t>(n))); };
}

TEST(ModelLies, WithoutOneAllModelsPredict) {
  for (int i = 0; i < 300; ++i) {
    Random random(5, 0, i);
    const ModelFile file = fuzz::ModelMaker(below_of(random)).consistent();
    const auto wrong = fuzz::load_and_predict(file, below_of(random));
    EXPECT_FALSE(wrong) << i << ": " << wrong->place << ": " << wrong->message << "\n"
                        << file.card.dump() << "\n"
                        << to_text(file.graph);
  }
}

TEST(ModelLies, AreRefusedOrHarmless) {
  int loaded = 0, refused = 0, failed = 0;
  for (int i = 0; i < 3000; ++i) {
    Random random(6, 0, i);
    const ModelFile file = fuzz::ModelMaker(below_of(random)).consistent();
    const auto wrong = fuzz::load_and_predict(fuzz::lied(file, below_of(random)), below_of(random));
    ++(!wrong ? loaded : wrong->place == "load" ? refused : failed);
  }
  // The lies are neither all obvious nor all harmless.
  EXPECT_GT(loaded, 300);
  EXPECT_GT(refused, 300);
  EXPECT_GT(failed, 30);
}

}  // namespace
}  // namespace paucal::edge
