#include "labels/voc.h"

#include <gmock/gmock.h>

#include "base/error.h"

namespace paucal::labels {
namespace {

// The first pixel is 1 in this format, and 0 from some tools: what lies left of both is no box.
TEST(Voc, RefusesBoxesLeftOfTheImage) {
  std::vector<std::string> faults;
  const auto box = [](const char* x0, const char* x1) {
    return fmt::format(
        "<object><name>x</name><bndbox><xmin>{}</xmin><xmax>{}</xmax><ymin>1</ymin><ymax>9</ymax>"
        "</bndbox></object>",
        x0, x1);
  };
  const auto image = parse_voc("<annotation><filename>a.png</filename>" + box("-5", "-3") +
                                   box("-5", "3") + box("0", "0") + "</annotation>",
                               "a.xml", faults);
  ASSERT_TRUE(image.ok());
  ASSERT_EQ(image->instances.size(), 2u);
  EXPECT_EQ(image->instances[0].box, (edge::Box{0, 0, 3, 9}));
  EXPECT_EQ(image->instances[1].box, (edge::Box{0, 0, 0, 9}));
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_THAT(faults[0], testing::HasSubstr("ymin ≤ ymax, within the image"));
}

}  // namespace
}  // namespace paucal::labels
