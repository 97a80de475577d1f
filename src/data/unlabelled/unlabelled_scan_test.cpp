#include "data/unlabelled/unlabelled_scan.h"

#include <sys/stat.h>

#include "data/files/problem.h"
#include "data/files/test_tar.h"
#include "data/set/test_folder.h"

namespace paucal::data {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class UnlabelledScanTest : public TestFolder {
 protected:
  UnlabelledScanTest() { fs::create_directories(source_); }

  // "name=bytes" of each image of the source, and report_.
  std::vector<std::string> images_of(const fs::path& source) {
    report_ = index_unlabelled(source, index_);
    const auto index = UnlabelledIndex::open(index_);
    EXPECT_EQ(index.size(), report_.images);
    std::vector<std::string> result;
    for (int64_t i = 0; i < index.size(); ++i) {
      const Bytes bytes = index.read(i);
      result.push_back(index.name(i) + "=" + std::string(bytes.begin(), bytes.end()));
    }
    return result;
  }

  std::vector<std::string> problems() const {
    std::vector<std::string> result;
    for (const auto& problem : report_.problems) {
      problem_kind(problem.kind);  // is in the table
      result.push_back(problem.kind + " " + problem.path);
    }
    return result;
  }

  fs::path source_ = root_ / "set", index_ = root_ / "index/set.idx";
  UnlabelledReport report_;
};

TEST_F(UnlabelledScanTest, MasksBesideTheirImagesAreLeftOut) {
  for (const char* name : {"a.JPG", "a.png", "b.jpg", "b.PNG", "c.png"})
    text(fmt::format("set/{}", name), name);
  EXPECT_THAT(images_of(source_), ElementsAre("a.JPG=a.JPG", "b.jpg=b.jpg", "c.png=c.png"));
  EXPECT_EQ(report_.other_files, 2);
}

TEST_F(UnlabelledScanTest, ListsFoldersInOrder) {
  for (const char* name : {"b/2.JPG", "b/c/3.webp", "b/10.png", "z.jpeg", "a/1.jpg"})
    text(fmt::format("set/{}", name), name);
  text("set/a/notes.txt", "text");
  text("set/.hidden/x.jpg", "x");
  text("set/b-c/4.jpg", "b-c/4.jpg");  // '-' sorts before '/'
  text("set/b/.x.jpg", "x");
  EXPECT_THAT(images_of(source_),
              ElementsAre("a/1.jpg=a/1.jpg", "b-c/4.jpg=b-c/4.jpg", "b/10.png=b/10.png",
                          "b/2.JPG=b/2.JPG", "b/c/3.webp=b/c/3.webp", "z.jpeg=z.jpeg"));
  EXPECT_EQ(report_.other_files, 1);
  EXPECT_EQ(report_.problem_count, 0);
  const Bytes first = value_or_throw(read_file(index_));
  index_unlabelled(source_, index_);
  EXPECT_EQ(value_or_throw(read_file(index_)), first);
}

TEST_F(UnlabelledScanTest, ReportsWhatItLeavesOut) {
  text("outside/x.jpg", "x");
  text("set/a.jpg", "a");
  text("set/empty.jpg", "");
  fs::create_symlink("a.jpg", source_ / "inside.jpg");
  fs::create_symlink("../outside/x.jpg", source_ / "out.jpg");
  fs::create_symlink("nothing", source_ / "broken.jpg");
  fs::create_symlink("../outside", source_ / "folder");
  fs::create_symlink(".", source_ / "circle");
  ASSERT_EQ(::mkfifo((source_ / "pipe.jpg").c_str(), 0600), 0);
  // Who links to a file means it; a link to a folder may lead in a circle.
  EXPECT_THAT(images_of(source_), ElementsAre("a.jpg=a", "inside.jpg=a", "out.jpg=x"));
  EXPECT_THAT(problems(), testing::UnorderedElementsAre("folder-link circle", "folder-link folder",
                                                        "missing broken.jpg", "empty empty.jpg",
                                                        "unreadable pipe.jpg"));
  EXPECT_EQ(report_.problem_count, 5);
}

TEST_F(UnlabelledScanTest, ShowsTheFirstProblemsAndCountsAll) {
  text("set/a.jpg", "a");
  for (int i = 0; i < 50; ++i) text(fmt::format("set/{}.jpg", i), "");
  images_of(source_);
  EXPECT_EQ(report_.problem_count, 50);
  EXPECT_EQ(report_.problems.size(), 20u);
}

TEST_F(UnlabelledScanTest, ReadsManifests) {
  text("set/a.jpg", "a");
  text("set/b/c.jpg", "c");
  text("set/images.bin", "0123456789");
  const auto expected =
      ElementsAre("a.jpg=a", "b/c.jpg=c", "images.bin:2=234", "images.bin:0=0123456789");
  text("set/list.csv",
       "class,Path,offset,size\nOK,./a.jpg,,\n,b/c.jpg,,\n,images.bin,2,3\n,images.bin,0,10\n");
  EXPECT_THAT(images_of(source_ / "list.csv"), expected);
  EXPECT_THAT(problems(), IsEmpty());
  text("set/list.jsonl",
       "\xEF\xBB\xBF{\"path\": \"a.jpg\", \"class\": 7}\r\n\n{\"name\": \"b/c.jpg\"}\n"
       "{\"path\": \"images.bin\", \"offset\": 2, \"size\": 3}\n"
       "{\"path\": \"images.bin\", \"offset\": \"0\", \"size\": \"10\"}");
  EXPECT_THAT(images_of(source_ / "list.jsonl"), expected);
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(UnlabelledScanTest, LeavesOutMasksAndTruth) {
  for (const char* name :
       {"a.jpg", "a.png", "b.jpeg", "b.png", "c.png", "truth/d.png", "e/truth/f.png"})
    text(fmt::format("set/{}", name), "x");
  EXPECT_THAT(images_of(source_), ElementsAre("a.jpg=x", "b.jpeg=x", "c.png=x", "e/truth/f.png=x"));
}

TEST_F(UnlabelledScanTest, ReadsPartsOfTheFileBesideAManifest) {
  text("set/images.bin", "0123456789");
  const std::string lines =
      "split,label,name,offset,size\ntrain,7,a.jpg,0,4\ntest,7,b.jpg,4,3\n,8,c.jpg,7,3\n"
      "val,,d.jpg,0,1\nother,,e.jpg,0,1\n";
  text("set/index.csv", lines);
  EXPECT_THAT(images_of(source_ / "index.csv"),
              ElementsAre("images.bin:a.jpg=0123", "images.bin:c.jpg=789"));
  EXPECT_EQ(report_.held_out, 2);
  EXPECT_THAT(problems(), ElementsAre("bad-line index.csv"));
  EXPECT_EQ(UnlabelledIndex::open(index_).class_name(1), "8");

  text("set/index.bin", "abcdefghij");  // its own comes first
  EXPECT_THAT(images_of(source_ / "index.csv"),
              ElementsAre("index.bin:a.jpg=abcd", "index.bin:c.jpg=hij"));
  text("set/list.jsonl", "{\"name\": \"a.jpg\", \"offset\": 1, \"size\": 2, \"class\": 3}\n");
  EXPECT_THAT(images_of(source_ / "list.jsonl"), ElementsAre("images.bin:a.jpg=12"));
  EXPECT_EQ(UnlabelledIndex::open(index_).class_name(0), "3");
}

TEST_F(UnlabelledScanTest, ReadsManifestsOfArchives) {
  text("set/shards/0.tar", tar_file("a.jpg", "a") + tar_end());
  text("set/shards/1.tar", tar_file("b.jpg", "b") + tar_file("b.cls", "3") + tar_end());
  text("set/list.csv", "path\nshards/1.tar\nshards/none.tar\n../set/shards/0.tar\n");
  EXPECT_THAT(images_of(source_ / "list.csv"), ElementsAre("shards/1.tar:b.jpg=b"));
  EXPECT_THAT(problems(), ElementsAre("unreadable shards/none.tar", "outside ../set/shards/0.tar"));
}

TEST_F(UnlabelledScanTest, ReportsLinesThatCannotBeUsed) {
  text("x.jpg", "outside");
  text("set/a.jpg", "a");
  text("set/images.bin", "0123456789");
  fs::create_directory_symlink("..", source_ / "up");
  text("set/list.csv",
       "path,offset,size\n"
       "a.jpg,,\n,,\nnone.jpg,,\n../x.jpg,,\n/etc/passwd,,\nup/x.jpg,,\nup/x.jpg,0,1\n"
       "a.jpg,1,\nimages.bin,5,6\nimages.bin,18446744073709551615,2\nimages.bin,-1,2\n"
       "images.bin,0,0\nnone.bin,0,1\nnone.bin,1,1\na.jpg\n");
  EXPECT_THAT(images_of(source_ / "list.csv"), ElementsAre("a.jpg=a"));
  EXPECT_THAT(problems(), ElementsAre("bad-line list.csv", "missing none.jpg", "outside ../x.jpg",
                                      "outside /etc/passwd", "outside up/x.jpg", "outside up/x.jpg",
                                      "bad-line list.csv", "bad-line list.csv", "bad-line list.csv",
                                      "bad-line list.csv", "empty images.bin", "missing none.bin",
                                      "bad-line list.csv"));
  EXPECT_EQ(report_.problem_count, 14);  // none.bin twice
  EXPECT_THAT(report_.problems[7].message,
              HasSubstr("line 10: 6 bytes from byte 5, expected within the 10 of 'images.bin'"));

  text("set/list.jsonl", "{\"path\": \"a.jpg\"}\n[1]\n{\"path\": \n{\"path\": \"a\\u0000.jpg\"}\n");
  EXPECT_THAT(images_of(source_ / "list.jsonl"), ElementsAre("a.jpg=a"));
  EXPECT_EQ(report_.problem_count, 3);
}

TEST_F(UnlabelledScanTest, ReadsArchives) {
  const std::string first = tar_file("d/a.jpg", "a") + tar_file("d/a.txt", "text") +
                            tar_file("d/._a.jpg", "hidden") + tar_file("b.png", "bb") + tar_end();
  text("set/0.tar", first);
  text("set/sub/1.TAR", tar_file("c.jpg", "c"));
  text("set/e.jpg", "e");
  EXPECT_THAT(images_of(source_ / "0.tar"), ElementsAre("0.tar:d/a.jpg=a", "0.tar:b.png=bb"));
  EXPECT_EQ(report_.other_files, 2);
  EXPECT_THAT(images_of(source_),
              ElementsAre("0.tar:d/a.jpg=a", "0.tar:b.png=bb", "e.jpg=e", "sub/1.TAR:c.jpg=c"));
  EXPECT_EQ(UnlabelledIndex::open(index_).class_name(0), "d");
}

TEST_F(UnlabelledScanTest, KeepsWhatStandsBeforeTheDamage) {
  text("set/0.tar", tar_file("a.jpg", "a") + tar_file("empty.jpg", "") + tar_header("b.jpg", 1000));
  text("set/1.tar", tar_file("c.jpg", "c") + tar_file("L", std::string(5000, 'n') + ".jpg", 'L') +
                        tar_file("n", "n"));
  EXPECT_THAT(images_of(source_), ElementsAre("0.tar:a.jpg=a", "1.tar:c.jpg=c"));
  EXPECT_THAT(problems(), ElementsAre("empty 0.tar", "bad-archive 0.tar", "unreadable 1.tar"));
}

TEST_F(UnlabelledScanTest, NamesSourcesThatCannotBeUsed) {
  const auto error = [&](const fs::path& source) {
    return error_of([&] { index_unlabelled(source, index_); });
  };
  EXPECT_THAT(error(root_ / "none"), HasSubstr("none': no such file or folder"));
  text("set/notes.txt", "text");
  EXPECT_THAT(error(source_),
              HasSubstr("no image in it; 1 files of other kinds, 0 lines held out, 0 problems"));
  EXPECT_THAT(error(source_ / "notes.txt"), HasSubstr("expected a folder, .tar, .csv, .jsonl"));
  text("set/list.csv", "image,class\na.jpg,OK\n");
  EXPECT_THAT(error(source_ / "list.csv"), HasSubstr("columns image, class, expected path (or"));
  text("set/list.csv", "");
  EXPECT_THAT(error(source_ / "list.csv"), HasSubstr("0 bytes"));
  index_ = source_ / "list.idx";
  EXPECT_THAT(error(source_), HasSubstr("list.idx': expected outside of"));
  EXPECT_FALSE(fs::exists(index_));
}

TEST_F(UnlabelledScanTest, MakesTheIndexAnewWhereItMust) {
  text("set/b/a.jpg", "a");
  // Images found by a new scan, 0 where the index was good as it was.
  const auto scanned = [&](const fs::path& source) {
    UnlabelledReport report;
    EXPECT_GT(open_unlabelled(source, index_, &report).size(), 0);
    return report.images;
  };
  EXPECT_EQ(scanned(source_), 1);
  EXPECT_EQ(scanned(source_), 0);
  EXPECT_EQ(scanned(root_ / "index/../set/"), 0);
  EXPECT_EQ(scanned(source_ / "b"), 1);  // another source
  EXPECT_EQ(scanned(source_), 1);
  text("set/b/c.jpg", "c");
  EXPECT_EQ(scanned(source_), 2);
  text("index/set.idx", "damaged");
  EXPECT_EQ(scanned(source_), 2);
  fs::copy_file(index_, root_ / "other");
  index_ = root_ / "unused";
  EXPECT_EQ(scanned(root_ / "other"), 0);
  EXPECT_FALSE(fs::exists(index_));
  // An index that somebody made is never written over.
  const std::string before = UnlabelledIndex::open(root_ / "other").fingerprint();
  text("set/d.jpg", "d");
  EXPECT_THAT(error_of([&] { open_unlabelled(root_ / "other", index_); }),
              HasSubstr("is out of date: '"));
  index_unlabelled(source_, index_);
  EXPECT_NE(UnlabelledIndex::open(index_).fingerprint(), before);
}

}  // namespace
}  // namespace paucal::data
