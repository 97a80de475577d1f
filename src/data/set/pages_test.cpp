#include "data/feed/image_cache.h"
#include "data/set/dataset.h"
#include "data/set/test_folder.h"
#include "data/set/test_tiff.h"
#include "edge/image/deep.h"

namespace paucal::data {
namespace {

using testing::Contains;
using testing::ElementsAre;

class PagesTest : public TestFolder {
 protected:
  PagesTest() {
    write("OK/stack.tif", tiff_of({picture(1), picture(2), picture(3)}));
    png("OK/one.png");
    write("NG/deep.tiff", tiff_of({edge::deepened(picture(4))}));
    options_.root = root_.string();
  }
  DataOptions options_;
};

TEST_F(PagesTest, AreImagesOfTheirOwn) {
  const Dataset set = read_dataset(options_).dataset;
  EXPECT_THAT(paths_of(set), ElementsAre("NG/deep.tiff NG", "OK/one.png OK", "OK/stack.tif OK",
                                         "OK/stack.tif#2 OK", "OK/stack.tif#3 OK"));
  EXPECT_EQ(set.records[0].bits, 16);
  EXPECT_EQ(set.records[4].page, 3);
  EXPECT_EQ(set.file(set.records[4]), root_ / "OK/stack.tif");
  edge::PreprocessOptions input;
  input.channels = 1;
  ImageCache cache(set, input, 1 << 20, 1 << 20);
  EXPECT_EQ(cache.get(2)->image.pixels, picture(1).pixels);
  EXPECT_EQ(cache.get(4)->image.pixels, picture(3).pixels);
}

TEST_F(PagesTest, TheFirstAlone) {
  options_.first_pages = true;
  EXPECT_EQ(read_dataset(options_).dataset.records.size(), 3u);
}

TEST_F(PagesTest, StayInOneSplit) {
  for (int i = 0; i < 9; ++i) {
    png("OK/a" + std::to_string(i) + ".png");
    png("NG/b" + std::to_string(i) + ".png");
  }
  for (options_.seed = 0; options_.seed < 5; ++options_.seed) {
    const Dataset set = open_dataset(options_).dataset;
    std::vector<Split> splits;
    for (const Record& record : set.records)
      if (record.path.starts_with("OK/stack")) splits.push_back(record.split);
    EXPECT_THAT(splits, testing::AllOf(testing::SizeIs(3), testing::Each(splits[0])));
  }
}

TEST_F(PagesTest, ABrokenOneIsNamed) {
  Bytes bytes = tiff_of({picture(1), picture(2)});
  bytes.resize(bytes.size() - 60);  // within the directory of the second
  write("OK/torn.tif", bytes);
  const Dataset set = read_dataset(options_).dataset;
  EXPECT_THAT(kinds_of(set), Contains("truncated OK/torn.tif#2"));
  EXPECT_THAT(paths_of(set), Contains("OK/torn.tif OK"));
}

TEST_F(PagesTest, FullDepthReachesTheCache) {
  const Dataset set = read_dataset(options_).dataset;
  edge::PreprocessOptions input;
  input.channels = 1;
  input.depth = edge::Depth::k16;
  ImageCache cache(set, input, 1 << 20, 1 << 20);
  EXPECT_EQ(cache.get(0)->image.deep, edge::deepened(picture(4)).deep);
  EXPECT_TRUE(cache.get(1)->image.is_deep()) << "8 bits, too: the network reads one kind";
}

}  // namespace
}  // namespace paucal::data
