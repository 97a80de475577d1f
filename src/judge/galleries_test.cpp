#include "judge/galleries.h"

#include <gtest/gtest.h>

#include "judge/calibrate.h"
#include "judge/evaluation.h"
#include "judge/report_sections.h"
#include "judge/test_scene.h"
#include "judge/truth_boxes.h"

namespace paucal::judge {
namespace {

TEST(Galleries, ShowMistakesFirst) {
  TestScene scene("galleries");
  scene.fill();
  scene.raw[24].scores[0] = -5;  // NG, called OK
  scene.raw[27].scores[0] = 5;   // OK, called NG
  const auto decided = decide_all(scene.card, scene.dataset, scene.source());
  ASSERT_EQ(decided.size(), scene.raw.size());
  const auto picks = pick_galleries(scene.card, scene.dataset, decided, 3);
  ASSERT_EQ(picks.size(), 4u);
  EXPECT_EQ(picks[0].title, "Worst escapes");
  EXPECT_EQ(picks[0].records, std::vector<int>{24});
  EXPECT_EQ(picks[1].records, std::vector<int>{27});
  EXPECT_EQ(picks[2].records.size(), 3u) << "as many as asked for";
  EXPECT_EQ(picks[2].records[0], 34) << "the surest";
  EXPECT_EQ(picks[3].records.size(), 2u) << "both labels look wrong";
}

TEST(Galleries, ATruthMaskIsShown) {
  TestScene scene("galleries_mask");
  scene.fill();
  edge::Image mask(TestScene::kSide, TestScene::kSide, 1);
  mask.at(3, 4) = mask.at(4, 4) = mask.at(3, 5) = mask.at(4, 5) = 255;
  write_file_atomic(scene.dataset.root / "mask.png", *edge::encode_png(mask));
  scene.truth.edit(scene.dataset.records[24]) = {
      .known = true, .objects = {}, .mask_path = "mask.png"};
  const TruthBoxes truth(scene.dataset, scene.truth, 1 << 20, 1);
  ASSERT_EQ(truth.boxes(24), (std::vector<edge::Box>{{3, 4, 5, 6}}));
  const auto row = gallery_row(scene.card, scene.dataset, 24, interpret(scene.card, scene.raw[24]),
                               truth.boxes(24), "detail");
  EXPECT_EQ(row.pictures.size(), 3u);
  EXPECT_EQ(row.pictures[2].caption, "found (orange) and truth (blue)");
}

TEST(ReportSections, TellWhatTheFiguresSay) {
  TestScene scene("sections");
  scene.fill();
  scene.raw[24].scores[0] = -5;
  const metrics::Figures figures =
      evaluate(scene.card, scene.dataset, scene.truth, scene.source(), 1 << 20);
  const auto decided = decide_all(scene.card, scene.dataset, scene.source());
  const report::Report report = report_sections(scene.card, scene.dataset, figures, decided);
  EXPECT_NE(report.verdict.find("On 12 test images: AUROC"), std::string::npos) << report.verdict;
  EXPECT_NE(report.verdict.find("16.7 % of the 6 NG images escape"), std::string::npos);
  ASSERT_GE(report.figures.size(), 6u);
  EXPECT_EQ(report.figures[0].name, "AUROC");
  EXPECT_TRUE(report.figures[0].interval);
  EXPECT_EQ(report.decision->images.size(), 12u);
  EXPECT_EQ(report.confusion->counts, figures.confusion.counts);
  EXPECT_EQ(report.edge_errors.size(), 5u);
  EXPECT_EQ(report.by_class->rows.size(), 2u);
  EXPECT_NO_THROW(report::render_report(report));
}

}  // namespace
}  // namespace paucal::judge
