// From the files of a run into a review, and from there to the next run.

#include "base/files.h"
#include "labels/coco.h"
#include "review/test_review.h"

namespace paucal::review {
namespace {

using test::done;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kPseudo = R"({
  "acceptance": {"evidence": 0.5},
  "images": [
    {"id": 41, "file_name": "NG/a.png", "width": 100, "height": 80, "line": "left"},
    {"id": 42, "file_name": "NG/b, c.png", "width": 100, "height": 80},
    {"id": 43, "file_name": "OK/d.png", "width": 100, "height": 80}],
  "annotations": [
    {"id": 7, "image_id": 41, "category_id": 1, "bbox": [0.1, 1e-7, 3.0000000000000004, 12],
     "score": 0.3, "accepted": false, "evidence": {"score": 0.9}, "shift": "night"},
    {"id": 8, "image_id": 42, "category_id": 2, "bbox": [1, 2, 3, 4], "score": 0.7,
     "accepted": true}],
  "categories": [{"id": 1, "name": "NG"}, {"id": 2, "name": "dent"}, {"id": 3, "name": "OK"}]})";

constexpr std::string_view kPredictions =
    R"({"path":"OK/sure.png","class":"OK","split":"test","score":-3,"verdict":"OK","probability_ng":0.05,"boxes":[]}
{"path":"NG/doubtful.png","class":"NG","split":"train","score":0.1,"verdict":"NG","probability_ng":0.52,"boxes":[{"x0":77.5,"y0":42.0,"x1":95.0,"y1":59.0,"score":0.46}]}
{"path":"NG/kind.png","class":"NG","split":"train","verdict":"NG","probability_ng":0.9,"defect_class":"crack","boxes":[{"x0":1,"y0":2,"x1":3,"y1":4,"score":0.4},{"x0":5,"y0":5,"x1":5,"y1":5,"score":1}]}
)";

class ImportExport : public testing::Test {
 protected:
  void write_run(const char* name, std::string_view text) {
    write_text_atomic(run_ / name, text);
    write_text_atomic(run_ / "recipe.yaml", "data:\n  root: \"/somewhere/set\"\n");
    write_text_atomic(run_ / "model.json",
                      R"({"classes": ["NG", "OK"], "class_is_ok": [false, true]})");
  }
  void open() {
    store_ = Store::create(folder_.path / "review");
    store_->write([&](Database& db) { add_user(db, "anna", Role::kReviewer, "-"); });
    import_run(*store_, read_run(run_));
  }
  ActResult act_on(int64_t image, const std::string& action, Json after = Json::object(),
                   const std::string& item = "") {
    const Person anna{1, "anna", Role::kReviewer, "s"};
    return store_->write([&](Database& db) {
      return act(db, store_->moment(), anna,
                 {.client_seq = ++seq_,
                  .image = image,
                  .base_version = version_of(db, image),
                  .action = action,
                  .item = item,
                  .after = std::move(after)});
    });
  }
  Json exported() {
    counts_ = export_review(*store_, folder_.path / "out", run_);
    return read_json(folder_.path / "out/reviewed_boxes.json");
  }
  std::string labels() { return read_text(folder_.path / "out/labels.csv"); }

  test::Folder folder_;
  std::filesystem::path run_ = folder_.path / "run";
  std::unique_ptr<Store> store_;
  Exported counts_;
  int64_t seq_ = 0;
};

TEST_F(ImportExport, PseudoBoxesComeBackWithEveryNumberIdAndField) {
  write_run("pseudo_boxes.json", kPseudo);
  open();
  for (int64_t image = 1; image <= 3; ++image) ASSERT_TRUE(done(act_on(image, "done")));
  const Json out = exported(), in = Json::parse(kPseudo);
  Json expected = in;
  for (Json& annotation : expected["annotations"])
    for (const char* of_the_model : {"score", "accepted", "evidence"})
      annotation.erase(of_the_model);
  EXPECT_EQ(Json(out["images"]).dump(), expected["images"].dump());
  ASSERT_EQ(out["annotations"].size(), 2u);
  for (size_t i = 0; i < 2; ++i)
    for (const auto& [key, value] : expected["annotations"][i].items()) {
      if (key == "category_id") continue;  // by name, below
      EXPECT_EQ(out["annotations"][i][key].dump(), value.dump()) << key;
    }
  std::vector<labels::Problem> problems;
  const auto read = labels::parse_coco(out.dump(), "reviewed.json", problems);
  EXPECT_TRUE(problems.empty());
  ASSERT_EQ(read.size(), 3u);
  EXPECT_EQ(read[0].instances.at(0).class_name, "NG");
  EXPECT_EQ(read[1].instances.at(0).class_name, "dent");
  EXPECT_FALSE(read[1].instances.at(0).guessed);
  EXPECT_TRUE(read[2].instances.empty());
}

TEST_F(ImportExport, WhatIsOpenUnsureOrWithoutPlacesIsLeftOut) {
  write_run("pseudo_boxes.json", kPseudo);
  open();
  EXPECT_EQ(exported()["images"].size(), 0u);
  ASSERT_TRUE(done(act_on(1, "verdict", {{"verdict", "NG"}})));
  ASSERT_TRUE(done(act_on(2, "unsure")));
  ASSERT_TRUE(done(act_on(3, "verdict", {{"verdict", "OK"}})));
  const Json out = exported();
  ASSERT_EQ(out["images"].size(), 1u) << "an NG image is never 'nothing here'";
  EXPECT_EQ(out["images"][0]["file_name"], "OK/d.png");
  EXPECT_EQ(counts_.left_out, 1);
  EXPECT_THAT(labels(), HasSubstr("\nNG/a.png,NG,,NG,anna,"));
  EXPECT_THAT(labels(), HasSubstr("\nOK/d.png,OK,,OK,anna,"));
  EXPECT_THAT(labels(), testing::Not(HasSubstr("b, c")));
}

TEST_F(ImportExport, AnNgImageWhoseProposalsWereAllRejectedIsLeftOut) {
  write_run("pseudo_boxes.json", kPseudo);
  write_run("predictions.jsonl", R"({"path":"NG/a.png","class":"NG","split":"train"})");
  open();
  ASSERT_TRUE(done(act_on(1, "reject")));
  ASSERT_TRUE(done(act_on(1, "done")));
  EXPECT_EQ(exported()["images"].size(), 0u);
  EXPECT_THAT(labels(), HasSubstr("NG/a.png,NG,train,NG,"));
}

TEST_F(ImportExport, DrawnAndEditedBoxesGetNewNumbers) {
  write_run("pseudo_boxes.json", kPseudo);
  open();
  ASSERT_TRUE(done(act_on(2, "edit", {{"geometry", {1.5, 2, 3, 4}}}, "p2")));
  ASSERT_TRUE(done(act_on(2, "add", {{"class", "NG"}, {"geometry", {9, 8, 7, 6}}})));
  ASSERT_TRUE(done(act_on(2, "done")));
  const Json out = exported();
  ASSERT_EQ(out["annotations"].size(), 2u);
  std::map<int64_t, Json> by_id;
  for (const Json& annotation : out["annotations"])
    by_id[annotation["id"].get<int64_t>()] = annotation["bbox"];
  EXPECT_EQ(by_id.at(8), Json::parse("[1.5, 2, 3, 4]"));
  EXPECT_EQ(by_id.at(9), Json::parse("[9, 8, 7, 6]"));
  EXPECT_THAT(labels(), HasSubstr("\"NG/b, c.png\","));
}

TEST_F(ImportExport, ShapesAreBoxesForTrainingAndStandExactlyBeside) {
  write_run("pseudo_boxes.json", kPseudo);
  open();
  const Json polygon = Json::parse("[[1.5, 2, 9, 2.25, 4, 30]]");
  const Json mask = Json::parse(R"({"size": [80, 100], "counts": [810, 5, 7185]})");
  for (const auto& [kind, geometry] :
       {std::pair("polygon", polygon), {"mask", mask}, {"point", Json::parse("[50.5, 7]")}})
    ASSERT_TRUE(
        done(act_on(3, "add", {{"class", "dent"}, {"kind", kind}, {"geometry", geometry}})));
  ASSERT_TRUE(done(act_on(3, "done")));
  ASSERT_TRUE(done(act_on(1, "done")));
  const Json out = exported();
  ASSERT_EQ(out["annotations"].size(), 4u);
  std::vector<labels::Problem> problems;
  const auto read = labels::parse_coco(out.dump(), "reviewed.json", problems);
  EXPECT_TRUE(problems.empty());
  std::vector<edge::Box> boxes;
  for (const labels::Instance& instance : read.at(1).instances) boxes.push_back(instance.box);
  EXPECT_THAT(boxes,
              testing::UnorderedElementsAre(edge::Box{1.5, 2, 9, 30}, edge::Box{10, 10, 11, 15},
                                            edge::Box{50.5, 7, 50.5, 7}));

  const Json shapes = read_json(folder_.path / "out/shapes.json");
  ASSERT_EQ(shapes["images"].size(), 1u) << "boxes alone are no shapes";
  EXPECT_EQ(shapes["images"][0]["file_name"], "OK/d.png");
  std::map<std::string, Json> by_kind;
  for (const Json& shape : shapes["images"][0]["shapes"])
    by_kind[shape["kind"].get<std::string>()] = shape;
  EXPECT_EQ(by_kind["polygon"]["geometry"].dump(), polygon.dump());
  EXPECT_EQ(by_kind["mask"]["geometry"], mask);
  EXPECT_EQ(by_kind["mask"]["box"], Json::parse("[10, 10, 1, 5]"));
  EXPECT_EQ(by_kind["point"]["class"], "dent");
  EXPECT_FALSE(by_kind["point"].contains("box"));
}

TEST_F(ImportExport, PredictionsAreAQueueWithTheDoubtfulFirst) {
  write_run("predictions.jsonl", kPredictions);
  open();
  const Person anna{1, "anna", Role::kReviewer, "s"};
  const auto handed =
      store_->write([&](Database& db) { return hand_out(db, store_->moment(), anna, 1, 8, {}); });
  std::vector<std::string> paths;
  for (const int64_t image : std::get<std::vector<int64_t>>(handed))
    paths.push_back(store_->read([&](Database& db) { return image_json(db, image); })["path"]);
  EXPECT_THAT(paths, ElementsAre("NG/doubtful.png", "NG/kind.png", "OK/sure.png"));
  for (int64_t image = 1; image <= 3; ++image) ASSERT_TRUE(done(act_on(image, "done")));
  const Json out = exported();
  ASSERT_EQ(out["annotations"].size(), 2u) << "a box without an area is none";
  EXPECT_EQ(out["annotations"][0]["bbox"], Json::parse("[77.5, 42.0, 17.5, 17.0]"));
  EXPECT_THAT(labels(), HasSubstr("NG/kind.png,crack,train,NG,"));
  EXPECT_THAT(labels(), HasSubstr("OK/sure.png,OK,test,OK,"));
}

TEST_F(ImportExport, ASecondRunAddsProposalsAndLeavesDecisions) {
  write_run("pseudo_boxes.json", kPseudo);
  open();
  ASSERT_TRUE(done(act_on(1, "done")));
  const Imported again = import_run(*store_, read_run(run_));
  EXPECT_EQ(again.new_images, 0);
  EXPECT_EQ(again.proposals, 2);
  const auto all = store_->read(queues);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].total, 2) << "what is done is not asked again";
  EXPECT_EQ(exported()["annotations"].size(), 1u);
  EXPECT_TRUE(check(*store_, true).ok());
}

TEST_F(ImportExport, FilesOfStrangersAreRefusedWithTheirPlace) {
  const auto refused = [](auto parse, std::string_view text) -> std::string {
    try {
      parse(text, "file");
    } catch (const Error& error) {
      return error.what();
    }
    return "taken";
  };
  EXPECT_THAT(refused(parse_pseudo_boxes, "[]"), HasSubstr("expected a COCO file"));
  EXPECT_THAT(refused(parse_pseudo_boxes, "{"), HasSubstr("file"));
  EXPECT_THAT(refused(parse_pseudo_boxes,
                      R"({"images":[{"id":1,"file_name":"../../etc/passwd"}],"annotations":[]})"),
              HasSubstr("below the folder of the images"));
  EXPECT_THAT(refused(parse_pseudo_boxes,
                      R"({"images":[],"annotations":[{"image_id":1,"bbox":[1,2,3,4]}]})"),
              HasSubstr("annotations[0]"));
  EXPECT_THAT(refused(parse_pseudo_boxes,
                      R"({"images":[{"id":1,"file_name":"a"}],"categories":[{"id":1,"name":"c"}],
                          "annotations":[{"image_id":1,"category_id":1,"bbox":["a",2,3,4]}]})"),
              HasSubstr("annotations[0]"));
  EXPECT_THAT(refused(parse_predictions, "{\"path\":\"a.png\"}\nnonsense\n"), HasSubstr("line 2"));
  EXPECT_THAT(refused(parse_predictions, "{\"path\":\"/etc/passwd\"}\n"), HasSubstr("line 1"));
  EXPECT_THROW(read_run(folder_.path / "nowhere"), Error);
}

}  // namespace
}  // namespace paucal::review
