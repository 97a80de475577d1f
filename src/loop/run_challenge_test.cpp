#include "loop/run_challenge.h"

#include "base/json_text.h"
#include "edge/api/test_model.h"
#include "edge/pre/decode.h"
#include "loop/commands.h"
#include "loop/rates.h"
#include "loop/status.h"
#include "loop/test_spool.h"

namespace paucal::loop {
namespace {

using test::LoopOfTest;

// -6: says NG of white spots alone; -2: of weaker ones, too.
fs::path write_model_file(const fs::path& file, double bias) {
  auto model = edge::bright_spot_model();
  model.card["calibration"]["ng_offset"] = bias;
  write_file_atomic(file, edge::write_model(model));
  return file;
}

// Images of the line: NG ones have a spot; half of all spots are weak.
void fill(LoopOfTest& loop, int images) {
  for (int i = 0; i < images; ++i) {
    edge::Image image = test::picture(i, 60);
    const bool ng = i % 3 == 0;
    for (int x = 4; ng && x < 12; ++x) image.at(x, 5) = i % 2 ? 255 : 190;
    loop.spool.add_bytes(test::png_of(image), {.probability = ng && i % 2 ? .9 : .01}, &image);
  }
  loop.add({.audit = {.ng = 1, .doubtful = 1, .ok = 1}});
}

// By what the file shows, as a person would.
void judge_all(LoopOfTest& loop) {
  struct Row {
    int64_t id;
    std::string path;
  };
  const auto images = loop.store->read([](review::Database& db) {
    std::vector<Row> found;
    for (auto rows = db.query("SELECT id, path FROM image"); rows.step();)
      found.push_back({rows.integer(0), rows.text(1)});
    return found;
  });
  for (const Row& row : images) {
    const auto bytes = value_or_throw(read_file(loop.store->folder() / "images" / row.path));
    const auto image = value_or_throw(edge::decode_image(bytes, {.channels = 1}));
    loop.judge(row.id, image.at(4, 5) > 150);
  }
}

class RunChallenge : public testing::Test {
 protected:
  void SetUp() override {
    champion = write_model_file(loop.folder.path / "champion.paucal", -6);
    challenger = write_model_file(loop.folder.path / "challenger.paucal", -2);
  }
  LoopOfTest loop;
  fs::path champion, challenger;
};

TEST_F(RunChallenge, TheBetterOneIsPromotedWithAnEvent) {
  EXPECT_THROW(run_challenge(*loop.store, champion, challenger), Error) << "nothing was added";
  fill(loop, 240);
  EXPECT_THROW(run_challenge(*loop.store, champion, challenger), Error) << "nobody judged";
  judge_all(loop);
  const Challenged result = run_challenge(*loop.store, champion, challenger);
  EXPECT_TRUE(result.comparison.promote) << result.comparison.why;
  EXPECT_EQ(result.comparison.items, 240);
  EXPECT_EQ(result.comparison.champion.escapes, 40);
  EXPECT_EQ(result.comparison.challenger.wrong, 0);
  EXPECT_EQ(result.comparison.attempt, 1);
  loop::do_command(*loop.store, {{"command", "loop challenge"}, {"result", to_json(result)}});
  EXPECT_EQ(run_challenge(*loop.store, champion, challenger).comparison.attempt, 2);
  EXPECT_FALSE(run_challenge(*loop.store, challenger, champion).comparison.promote);

  EXPECT_EQ(last_promoted(*loop.store), "");
  const Placed placed = place_model(challenger, loop.folder.path / "models", "parts");
  loop::do_command(*loop.store, {{"command", "loop promote"},
                                 {"file", placed.file.string()},
                                 {"version", placed.version},
                                 {"sha256", placed.sha256},
                                 {"golden", ""}});
  EXPECT_EQ(last_promoted(*loop.store), placed.file);
  EXPECT_TRUE(review::check(*loop.store, /*rebuild=*/true).ok());
}

TEST_F(RunChallenge, RatesComeFromTheImagesThatMeasure) {
  fill(loop, 240);
  judge_all(loop);
  const auto figures = loop.store->read(line_figures);
  ASSERT_TRUE(figures);
  // All were looked at: 80 of 240 are NG, and the line said NG of half of them.
  EXPECT_EQ(figures->parts, 240);
  EXPECT_EQ(figures->seen_ng, 40);
  EXPECT_NEAR(figures->rates.prevalence.estimate, 80. / 240, 1e-9);
  EXPECT_NEAR(figures->rates.escape.estimate, .5, 1e-9);
  EXPECT_NEAR(figures->rates.overkill.estimate, 0, 1e-9);
}

TEST_F(RunChallenge, StatusTellsHowTheLoopStands) {
  EXPECT_TRUE(loop_status(*loop.store).at("streams").empty());
  fill(loop, 30);
  const Json status = loop_status(*loop.store);
  EXPECT_EQ(status.at("streams").at(0).at("parts"), 30);
  EXPECT_EQ(status.at("streams").at(0).at("watched"), "nothing");
  EXPECT_EQ(status.at("queue").at("open"), 30);
  EXPECT_EQ(status.at("audit").at("open"), 30);
  EXPECT_TRUE(status.at("rates").at("escape").at("estimate").is_null()) << "nobody looked";
  EXPECT_TRUE(status.at("challenge").is_null());
}

TEST_F(RunChallenge, CommandsGoToWhoHoldsTheReview) {
  loop.spool.add(1);
  loop.spool.close();
  const fs::path dir = loop.store->folder();
  const Json ask = {{"command", "loop add"},
                    {"spool", loop.spool.folder().string()},
                    {"options", Json::object()}};
  {
    const review::Control control(*loop.store, do_command);
    EXPECT_EQ(command_loop(dir, ask).at("taken"), 1);
    EXPECT_THROW(command_loop(dir, {{"command", "loop nothing"}}), Error);
    EXPECT_THROW(command_loop(dir, {{"command", "loop close"}, {"alarm", 1}}), Error);
  }
  loop.store.reset();
  EXPECT_EQ(command_loop(dir, ask).at("taken"), 0);
}

}  // namespace
}  // namespace paucal::loop
