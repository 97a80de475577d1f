#include "data/feed/ignore_file.h"

#include "data/set/test_folder.h"

namespace paucal::data {
namespace {

using testing::HasSubstr;

using IgnoreFile = TestFolder;

TEST_F(IgnoreFile, WhiteIsHidden) {
  edge::Image mask(3, 2, 1);
  mask.pixels = {255, 128, 127, 0, 0, 200};
  write("mask.png", *edge::encode_png(mask));
  edge::PreprocessOptions options;
  load_ignored(options);
  EXPECT_FALSE(options.ignored);
  options.ignore = (root_ / "mask.png").string();
  load_ignored(options);
  EXPECT_EQ(options.ignored->width, 3);
  EXPECT_EQ(options.ignored->ends, (std::vector<int64_t>{0, 2, 5, 6}));
}

TEST_F(IgnoreFile, NamesTheFileThatCannotBe) {
  write("white.png", *edge::encode_png(edge::Image(4, 4, 1, 255)));
  edge::Image grain(1200, 900, 1);
  for (size_t i = 0; i < grain.pixels.size(); i += 2) grain.pixels[i] = 255;
  write("grain.png", *edge::encode_png(grain));
  edge::PreprocessOptions options;
  for (const auto& [name, what] : {std::pair{"none.png", "none.png"},
                                   {"white.png", "hides all"},
                                   {"grain.png", "not grain"}}) {
    options.ignore = (root_ / name).string();
    try {
      load_ignored(options);
      FAIL() << name;
    } catch (const Error& error) {
      EXPECT_THAT(error.message(), HasSubstr(name));
      EXPECT_THAT(error.message(), HasSubstr(what));
    }
  }
}

}  // namespace
}  // namespace paucal::data
