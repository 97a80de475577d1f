#include "data/set/dataset.h"

#include "data/set/split.h"
#include "data/set/test_folder.h"

namespace paucal::data {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class DatasetTest : public TestFolder {
 protected:
  DataOptions options() const {
    DataOptions options;
    options.root = root_.string();
    options.classes = classes_;
    return options;
  }
  // The truth of the last one read stands in truth_.
  Dataset read() {
    LabelledSet set = read_dataset(options());
    truth_ = std::move(set.truth);
    return std::move(set.dataset);
  }
  const ImageTruth& truth(const Record& record) const { return truth_.of(record); }

  std::vector<std::string> classes_;  // data.classes
  Truth truth_;
};

TEST_F(DatasetTest, FolderIsTheClassAndNamesWhatItLeavesOut) {
  png("OK/a.png");
  png("OK/monday/b.png");
  jpeg("NG/c.jpg");
  blank("NG/c.png");  // the mask of c.jpg
  png("loose.png");
  text("NG/notes.txt", "x");
  text("NG/d.gif", "GIF8");
  blank("truth/c.png");
  std::filesystem::create_directories(root_ / "Later");
  std::filesystem::create_directory_symlink(root_ / "OK", root_ / "Link");
  const Dataset set = read();
  EXPECT_EQ(set.format, "folder");
  EXPECT_THAT(paths_of(set), ElementsAre("NG/c.jpg NG", "OK/a.png OK", "OK/monday/b.png OK"));
  EXPECT_THAT(set.class_is_ok, ElementsAre(false, true));
  EXPECT_EQ(truth(set.records[0]).mask_path, "truth/c.png");
  EXPECT_TRUE(truth(set.records[1]).known) << "OK images have no defects, which is truth";
  EXPECT_THAT(kinds_of(set),
              UnorderedElementsAre("root-image loose.png", "other-file NG/notes.txt",
                                   "unsupported NG/d.gif", "class-empty Later", "folder-link Link",
                                   "masks-beside ", "mask-empty NG/c.jpg"));
}

TEST_F(DatasetTest, TopFoldersNamedLikeSplitsGiveTheSplit) {
  png("train/good/a.png");
  png("test/good/a.png");
  png("test/crack/b.png");
  const Dataset set = read();
  EXPECT_THAT(paths_of(set), ElementsAre("test/crack/b.png crack", "test/good/a.png good",
                                         "train/good/a.png good"));
  EXPECT_EQ(set.records[0].split, Split::kTest);
  EXPECT_EQ(set.records[2].split, Split::kTrain);
}

TEST_F(DatasetTest, ClassesThatDifferByCaseAreMergedAndNamed) {
  png("OK/a.png");
  png("ok/b.png");
  png("NG/c.png");
  const Dataset set = read();
  EXPECT_THAT(set.classes, ElementsAre("NG", "OK"));
  EXPECT_THAT(paths_of(set), ElementsAre("NG/c.png NG", "OK/a.png OK", "ok/b.png OK"));
  EXPECT_THAT(kinds_of(set), ElementsAre("class-case OK"));
}

TEST_F(DatasetTest, CsvManifestResolvesNamesAndReportsLines) {
  png("images/one.png");
  jpeg("b/two.jpg");
  blank("b/two_mask.png");
  png("unused.png");
  text("split.csv",
       "name,class,split,group,mask,extra\r\n"
       "one,good,train,g1,,7\r\n"
       "b/two.jpg,bad,test,g2,b/two_mask.png,8\r\n"
       "gone,bad,test,g2,,8\r\n"
       "../../etc/passwd,bad,test,,,\r\n"
       "one,bad,train,,,\r\n"
       "b/two.jpg,bad,maybe,,,\r\n"
       "short,row\r\n");
  const Dataset set = read();
  EXPECT_EQ(set.format, "csv");
  EXPECT_THAT(paths_of(set), ElementsAre("b/two.jpg bad", "images/one.png good"));
  EXPECT_EQ(truth(set.records[0]).mask_path, "b/two_mask.png");
  EXPECT_EQ(set.records[0].group, "g2");
  EXPECT_THAT(kinds_of(set),
              UnorderedElementsAre("missing gone", "missing ../../etc/passwd",
                                   "listed-twice images/one.png", "bad-line split.csv",
                                   "bad-line split.csv", "unlisted ", "mask-empty b/two.jpg"));
  EXPECT_THAT(set.problems[3].message, HasSubstr("line 7: split is 'maybe'"));
}

TEST_F(DatasetTest, AClassOfBlanksIsNone) {
  png("a.png");
  text("split.csv", "path,class\na.png,\" \"\n");
  EXPECT_THAT(kinds_of(read()), Contains("bad-line split.csv"));
  text("split.csv", "path,class\na.png,\u3000\n");
  EXPECT_THAT(kinds_of(read()), Contains("bad-line split.csv"));
}

TEST_F(DatasetTest, CsvWithoutItsColumnsSaysWhatIsExpected) {
  text("split.csv", "file,label\na,b\n");
  EXPECT_THAT(error_of([&] { read(); }), HasSubstr("columns file, label, expected path (or name)"));
}

TEST_F(DatasetTest, JsonLinesCarryBoxes) {
  png("a.png");
  png("b.png");
  text("list.jsonl",
       "{\"path\":\"a.png\",\"class\":\"NG\",\"boxes\":[[1,2,3,4],"
       "{\"box\":[0,0,2,2],\"class\":\"dent\"},[3,3,1,1]]}\n"
       "{\"path\":\"b.png\",\"class\":\"OK\",\"group\":7,\"boxes\":[]}\n"
       "{\"path\":\n[1,2]\n");
  const Dataset set = read();
  ASSERT_EQ(set.records.size(), 2u);
  ASSERT_EQ(truth(set.records[0]).objects.size(), 2u);
  EXPECT_EQ(truth(set.records[0]).objects[0].box, (edge::Box{1, 2, 3, 4}));
  EXPECT_EQ(truth(set.records[0]).objects[1].class_name, "dent");
  EXPECT_TRUE(truth(set.records[1]).known);
  EXPECT_EQ(set.records[1].group, "7");
  EXPECT_EQ(set.problems.size(), 3u);  // the box, the broken line, the array
}

constexpr const char* kCoco = R"({"images":[
  {"id":1,"file_name":"a.png"},{"id":2,"file_name":"b.png"},{"id":3,"file_name":"gone.png"},
  {"file_name":"no id"}],
 "categories":[{"id":1,"name":"scratch"},{"id":2,"name":"dent"}],
 "annotations":[
  {"image_id":1,"category_id":1,"bbox":[1,2,3,4],"segmentation":[[1,2,4,2,4,6]]},
  {"image_id":1,"category_id":2,"bbox":[0,0,9,9]},
  {"image_id":1,"category_id":1,"segmentation":[[0,0,2,0,2,2]]},
  {"image_id":3,"category_id":7,"bbox":[1,1,1,1]},
  {"image_id":3,"category_id":1,"bbox":[1,1,"x",-1]}]})";

TEST_F(DatasetTest, CocoKeepsNegativesAndNamesBadAnnotations) {
  png("images/a.png");
  png("images/b.png");
  png("images/c.png");
  text("annotations/instances_train.json", kCoco);
  const Dataset set = read();
  EXPECT_EQ(set.format, "coco");
  EXPECT_THAT(paths_of(set), ElementsAre("images/a.png scratch", "images/b.png OK"));
  EXPECT_EQ(set.records[0].split, Split::kTrain);
  ASSERT_EQ(truth(set.records[0]).objects.size(), 3u);
  EXPECT_EQ(truth(set.records[0]).objects[0].box, (edge::Box{1, 2, 4, 6}));
  EXPECT_EQ(truth(set.records[0]).objects[0].polygons[0].size(), 3u);
  EXPECT_EQ(truth(set.records[0]).objects[2].box, (edge::Box{0, 0, 2, 2}));
  EXPECT_TRUE(truth(set.records[1]).known);
  EXPECT_THAT(kinds_of(set), Contains("several-classes images/a.png"));
  EXPECT_THAT(kinds_of(set), Contains("missing gone.png"));
  EXPECT_THAT(kinds_of(set), Contains("unlabelled images/c.png"));
  EXPECT_EQ(std::ranges::count(set.problems, "bad-annotation", &Problem::kind), 3);
}

TEST_F(DatasetTest, TruthIsOfTheLabelThatIsKept) {
  png("images/a.png");
  text("coco.json", R"({"images":[{"id":1,"file_name":"images/a.png"},{"id":2,"file_name":"a.png"}],
           "categories":[{"id":1,"name":"scratch"},{"id":2,"name":"dent"}],
           "annotations":[{"image_id":1,"category_id":1,"bbox":[1,2,3,4]},
                          {"image_id":2,"category_id":2,"bbox":[5,5,2,2]}]})");
  const auto classes_of_truth = [&](const Dataset& set) {
    std::vector<std::string> names;
    for (const labels::Instance& object : truth(set.records.at(0)).objects)
      names.push_back(object.class_name);
    return names;
  };
  const Dataset first = read();
  EXPECT_THAT(paths_of(first), ElementsAre("images/a.png scratch"));
  EXPECT_THAT(kinds_of(first), ElementsAre("listed-twice images/a.png"));
  EXPECT_THAT(classes_of_truth(first), ElementsAre("scratch"));
  classes_ = {"dent"};
  const Dataset second = read();
  EXPECT_THAT(paths_of(second), ElementsAre("images/a.png dent"));
  EXPECT_THAT(classes_of_truth(second), ElementsAre("dent"));
}

TEST_F(DatasetTest, CocoInTheTruthFolderStaysApartFromLabels) {
  png("OK/a.png");
  png("NG/b.png");
  png("NG/c.png");
  text("truth/annotations.json",
       R"({"images":[{"id":1,"file_name":"NG/b.png"},{"id":2,"file_name":"x.png"}],
           "categories":[{"id":1,"name":"scratch"}],
           "annotations":[{"image_id":1,"category_id":1,"bbox":[1,2,3,4]}]})");
  const Dataset set = read();
  EXPECT_THAT(paths_of(set), ElementsAre("NG/b.png NG", "NG/c.png NG", "OK/a.png OK"));
  EXPECT_EQ(truth(set.records[0]).objects.size(), 1u);
  EXPECT_FALSE(truth(set.records[1]).known) << "nobody looked at c";
  EXPECT_TRUE(truth(set.records[2]).known);
  EXPECT_THAT(kinds_of(set), ElementsAre("truth-orphan x.png"));
}

TEST_F(DatasetTest, VocCountsFromOneAndNamesTheLine) {
  png("JPEGImages/a.png");
  png("JPEGImages/b.png");
  png("JPEGImages/c.png");
  text("Annotations/a.xml",
       "<annotation><filename>a.png</filename><object><name>dent</name><bndbox><xmin>1</xmin>"
       "<ymin>2</ymin><xmax>16</xmax><ymax>3.5</ymax></bndbox></object></annotation>");
  text("Annotations/b.xml", "<annotation></annotation>");
  text("Annotations/c.xml", "<annotation>\n<object><name>x</name></object></annotation>");
  text("Annotations/d.xml", "<annotation>\n<object></annotation>");
  text("Annotations/e.xml", "<!DOCTYPE r [<!ENTITY e SYSTEM \"/etc/passwd\">]><r>&e;</r>");
  const Dataset set = read();
  EXPECT_EQ(set.format, "voc");
  EXPECT_THAT(paths_of(set), ElementsAre("JPEGImages/a.png dent", "JPEGImages/b.png OK"));
  EXPECT_EQ(truth(set.records[0]).objects[0].box, (edge::Box{0, 1, 16, 3.5}));
  ASSERT_THAT(kinds_of(set),
              ElementsAre("bad-annotation Annotations/c.xml", "bad-annotation Annotations/d.xml",
                          "bad-annotation Annotations/e.xml", "unlabelled JPEGImages/c.png"));
  EXPECT_THAT(set.problems[0].message, HasSubstr("line 2: expected <bndbox>"));
  EXPECT_THAT(set.problems[1].message, HasSubstr("line 2"));
  EXPECT_THAT(set.problems[2].message, HasSubstr("expected <annotation>"));
}

TEST_F(DatasetTest, LabelmeShapesBecomeBoxes) {
  png("a.png");
  png("b.png");
  png("c.png");
  text("a.json", R"({"imagePath":"a.png","shapes":[
    {"label":"dent","shape_type":"rectangle","points":[[4,5],[1,2]]},
    {"label":"dent","shape_type":"circle","points":[[8,8],[8,10]]},
    {"label":"pin","shape_type":"point","points":[[3,3]]}]})");
  text("b.json", R"({"imagePath":"b.png","shapes":[]})");
  text("c.json", R"({"imagePath":"c.png","shapes":[{"label":"x","points":[[1,"y"]]}]})");
  const Dataset set = read();
  EXPECT_EQ(set.format, "labelme");
  EXPECT_THAT(paths_of(set), ElementsAre("a.png dent", "b.png OK"));
  const auto& shapes = truth(set.records[0]).objects;
  ASSERT_EQ(shapes.size(), 3u);
  EXPECT_EQ(shapes[0].box, (edge::Box{1, 2, 4, 5}));
  EXPECT_EQ(shapes[1].polygons[0].size(), 32u);
  EXPECT_NEAR(shapes[1].box.height(), 4, 1e-3);
  EXPECT_EQ(shapes[2].box, (edge::Box{3, 3, 4, 4}));
  EXPECT_THAT(kinds_of(set),
              ElementsAre("bad-annotation c.json", "several-classes a.png", "unlabelled c.png"));
}

TEST_F(DatasetTest, UnknownOkClassListsTheKnown) {
  png("Free/a.png");
  png("Crack/b.png");
  DataOptions wanted = options();
  wanted.ok = {"Fre"};
  EXPECT_THAT(error_of([&] { read_dataset(wanted); }), HasSubstr("Free"));
  wanted.ok = {"free"};
  EXPECT_THAT(read_dataset(wanted).dataset.class_is_ok, ElementsAre(false, true));
  EXPECT_FALSE(read().has_ok_class());
}

TEST_F(DatasetTest, BrokenFilesAreLeftOutUpToAShare) {
  for (int i = 0; i < 8; ++i) png(fmt::format("OK/{}.png", i));
  for (int i = 0; i < 8; ++i) png(fmt::format("NG/{}.png", i));
  text("NG/empty.png", "");
  EXPECT_EQ(open_dataset(options()).dataset.records.size(), 16u);
  text("NG/lies.jpg", "I am a text");
  const std::string error = error_of([&] { open_dataset(options()); });
  EXPECT_THAT(error, HasSubstr("2 of 18 images cannot be used"));
  EXPECT_THAT(error, HasSubstr("'NG/empty.png' empty: 0 bytes"));
  EXPECT_THAT(error, HasSubstr("'NG/lies.jpg' not-an-image"));
}

TEST_F(DatasetTest, NothingToLearnIsRefused) {
  EXPECT_THAT(error_of([&] { open_dataset(options()); }), HasSubstr("no images found"));
  png("NG/a.png");
  EXPECT_THAT(error_of([&] { open_dataset(options()); }), HasSubstr("expected OK images"));
  DataOptions wanted = options();
  wanted.root = (root_ / "nowhere").string();
  EXPECT_THAT(error_of([&] { open_dataset(wanted); }), HasSubstr("no such folder"));
}

TEST_F(DatasetTest, HostileJsonNeverCrashes) {
  png("a.png");
  const std::string deep(200'000, '[');
  for (const std::string& bad :
       {std::string("{\"images\":3,\"annotations\":[]}"), std::string("{\"images\"\"annotations\""),
        "{\"images\":[],\"annotations\":" + deep}) {
    text("coco.json", bad);
    EXPECT_THAT(error_of([&] { read(); }), HasSubstr("coco.json"));
  }
  text("coco.json",
       R"({"images":[1,null,{"id":{},"file_name":[]}],"annotations":[[],{"image_id":null}],
                        "categories":[{"id":null},5]})");
  EXPECT_THAT(read().records, IsEmpty());
}

}  // namespace
}  // namespace paucal::data
