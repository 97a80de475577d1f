#include "loop/promote.h"

#include "base/json_text.h"
#include "edge/api/test_model.h"
#include "edge/post/prediction_line.h"
#include "edge/runtime/predictor.h"
#include "loop/test_spool.h"

namespace paucal::loop {
namespace {

using test::Folder;

fs::path write_spot_model(const fs::path& file) {
  write_file_atomic(file, edge::write_model(edge::bright_spot_model()));
  return file;
}

void write_golden(const fs::path& model, const char* verdict) {
  const fs::path golden = fs::path(model).replace_extension(".golden");
  write_file_atomic(golden / "000.png", *edge::encode_png(edge::bright_spot_image()));
  auto predictor = value_or_throw(edge::Predictor::open(model));
  Json line = {{"path", "000.png"}};
  line.update(edge::prediction_line(predictor->card(),
                                    value_or_throw(predictor->predict(edge::bright_spot_image()))));
  line["verdict"] = verdict;
  write_text_atomic(golden / "expected.jsonl", dump_json(line) + "\n");
}

TEST(Promote, TakesTheNextNumberWithItsGoldenImages) {
  Folder folder;
  const fs::path model = write_spot_model(folder.path / "new.paucal"), models = folder.path / "m";
  EXPECT_EQ(newest_model(models, "parts"), "");
  EXPECT_EQ(place_model(model, models, "parts").version, 1);
  write_golden(model, "NG");
  write_file_atomic(models / "parts" / "7.paucal", Bytes{1});
  const Placed placed = place_model(model, models, "parts");
  EXPECT_EQ(placed.version, 8);
  EXPECT_EQ(placed.file, models / "parts" / "8.paucal");
  EXPECT_TRUE(fs::exists(models / "parts" / "8.golden" / "expected.jsonl"));
  EXPECT_EQ(hash_file(placed.file), hash_file(model));
  EXPECT_EQ(newest_model(models, "parts"), placed.file);
}

TEST(Promote, RefusesWhatTheServerWouldRefuse) {
  Folder folder;
  const fs::path model = write_spot_model(folder.path / "new.paucal"), models = folder.path / "m";
  EXPECT_THROW(place_model(model, models, "../parts"), Error);
  EXPECT_THROW(place_model(folder.path / "none.paucal", models, "parts"), Error);
  write_golden(model, "OK");
  EXPECT_THROW(place_model(model, models, "parts"), Error) << "it says something else of them";
  write_file_atomic(model, Bytes{1, 2, 3});
  EXPECT_THROW(place_model(model, models, "parts"), Error);
  EXPECT_FALSE(fs::exists(models / "parts" / "1.paucal"));
}

}  // namespace
}  // namespace paucal::loop
