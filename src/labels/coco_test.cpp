#include "labels/coco.h"

#include <gmock/gmock.h>

namespace paucal::labels {
namespace {

using ::testing::HasSubstr;

// What is said of one annotation of these members.
std::string fault_of(const std::string& members) {
  std::vector<Problem> problems;
  parse_coco(R"({"images": [{"id": 1, "file_name": "a.png"}],
    "categories": [{"id": 1, "name": "x"}],
    "annotations": [{"image_id": 1, "category_id": 1, )" +
                 members + "}]}",
             "a.json", problems);
  return problems.empty() ? "" : problems[0].message;
}

// U+EF80 stands for a byte that is no text: names of files may hold such.
TEST(Coco, NamesWhatIsNoText) {
  EXPECT_THAT(fault_of(R"("bbox": [0, 0, 1, "\uef80"])"), HasSubstr("bbox is [0,0,1,\"\uef80\"]"));
  EXPECT_THAT(fault_of(R"("keypoints": [0, 0, "\uef80"])"), HasSubstr("keypoints are"));
  EXPECT_THAT(fault_of(R"("bbox": [0, 0, 1, 1], "score": ["\uef80"])"), HasSubstr("score is"));
}

TEST(Coco, BoxesLieWithinWhatIsReadAgain) {
  EXPECT_EQ(fault_of(R"("bbox": [-1e7, 0, 2e7, 1])"), "");
  EXPECT_THAT(fault_of(R"("bbox": [2, 0, 1e7, 1])"), HasSubstr("within ±10000000"));
  EXPECT_THAT(fault_of(R"("bbox": [0, 0, 3e7, 1])"), HasSubstr("expected [x, y, width, height]"));
}

}  // namespace
}  // namespace paucal::labels
