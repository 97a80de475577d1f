#include "loop/teach.h"

#include "loop/test_spool.h"
#include "review/import_run.h"

namespace paucal::loop {
namespace {

using test::LoopOfTest;

TEST(Teach, TakesWhatPeopleDecidedAndLeavesOutWhatMeasures) {
  LoopOfTest loop;
  const fs::path set = loop.folder.path / "set", run = loop.folder.path / "run";
  write_text_atomic(set / "OK" / "a.png", "a");
  write_text_atomic(set / "NG" / "b,c.png", "b");
  write_text_atomic(run / "recipe.yaml", "data:\n  root: " + set.string() + "\n");
  write_text_atomic(run / "split.csv",
                    "path,class,split,group,mask\nOK/a.png,OK,train,,\n\"NG/b,c.png\",NG,test,,\n");
  for (int i = 0; i < 30; ++i) loop.spool.add(i, {.probability = i % 2 ? .9 : .01});
  loop.add({.audit = {.ng = .5, .doubtful = .5, .ok = .5}});
  const int64_t images = loop.count("SELECT count(*) FROM image"),
                audit = loop.count("SELECT count(*) FROM loop_image WHERE audit > 0");
  const int64_t open = loop.count("SELECT max(id) FROM image");
  for (const int64_t image : loop.ids())
    if (image != open) loop.judge(image, image % 2 == 0);
  const bool open_measures =
      loop.count(
          "SELECT count(*) FROM loop_image WHERE audit > 0 AND image_id = (SELECT max(id) "
          "FROM image)") == 1;
  const fs::path out = loop.folder.path / "data";
  const Taught taught = write_teaching_set(*loop.store, run, out);
  EXPECT_EQ(taught.old_images, 2);
  EXPECT_EQ(taught.left_out, audit);
  EXPECT_EQ(taught.line_images, images - audit - (open_measures ? 0 : 1));
  const std::string split = read_text(out / "split.csv");
  EXPECT_THAT(split, testing::HasSubstr("\"NG/b,c.png\",NG,test,,,\n"));
  EXPECT_EQ(read_text(out / "NG" / "b,c.png"), "b");
  EXPECT_EQ(std::ranges::count(split, '\n'), 1 + 2 + taught.line_images);
  EXPECT_THROW(write_teaching_set(*loop.store, run, out), Error) << "never over what is there";
}

}  // namespace
}  // namespace paucal::loop
