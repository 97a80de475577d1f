#include "data/set/unlabelled.h"

#include <set>

#include "data/feed/loader.h"
#include "data/feed/semi_views.h"
#include "data/files/csv.h"
#include "data/files/test_tar.h"
#include "data/set/dataset.h"
#include "data/set/test_folder.h"

namespace paucal::data {
namespace {

class Unlabelled : public TestFolder {
 protected:
  void make_images(int of_each) {
    for (const char* name : {"cat", "dog", "eel"})
      for (int i = 0; i < of_each; ++i) png(fmt::format("{}/{:02}.png", name, i));
  }
  DataOptions options() const {
    DataOptions options;
    options.root = root_.string();
    options.val = 0;
    return options;
  }
  static std::set<std::string> paths(const std::vector<Record>& records) {
    std::set<std::string> result;
    for (const Record& record : records) result.insert(record.path);
    return result;
  }
  static std::vector<int> counts(const Dataset& dataset) {
    std::vector<int> counts(dataset.classes.size());
    for (const int i : dataset.indices(Split::kTrain))
      ++counts[static_cast<size_t>(dataset.at(i).label)];
    return counts;
  }
};

TEST_F(Unlabelled, ImagesThatTheLabelsFileDoesNotName) {
  make_images(3);
  png("new/shot.png");
  text("labels.csv",
       "path,class,split\ncat/00.png,cat,train\ndog/01.png,dog,train\ndog/02.png,dog,test\n"
       "cat/02.png,cat,test\n");
  DataOptions options = this->options();
  options.labels = (root_ / "labels.csv").string();
  const Dataset dataset = open_dataset(options).dataset;
  EXPECT_EQ(dataset.records.size(), 4u);
  EXPECT_THAT(paths(dataset.unlabelled),
              testing::ElementsAre("cat/01.png", "dog/00.png", "eel/00.png", "eel/01.png",
                                   "eel/02.png", "new/shot.png"));
  // A folder that is called like a class tells what the image shows, for the audit alone.
  EXPECT_EQ(dataset.classes[static_cast<size_t>(dataset.unlabelled[0].label)], "cat");
  EXPECT_EQ(dataset.unlabelled.back().label, -1);
  EXPECT_EQ(dataset.count(), 10);
  EXPECT_EQ(dataset.at(4).path, "cat/01.png");
}

TEST_F(Unlabelled, MasksAreNoImages) {
  make_images(2);
  for (const char* name : {"cat/a.JPG", "cat/b.jpg"}) jpeg(name);
  for (const char* name : {"cat/a.png", "cat/b.PNG", "masks/00.png"}) blank(name);
  text("labels.csv",
       "path,class,mask\ncat/00.png,cat,masks/00.png\ndog/00.png,dog,\ncat/b.jpg,cat,\n");
  DataOptions options = this->options();
  options.labels = (root_ / "labels.csv").string();
  EXPECT_THAT(
      paths(read_dataset(options).dataset.unlabelled),
      testing::ElementsAre("cat/01.png", "cat/a.JPG", "dog/01.png", "eel/00.png", "eel/01.png"));
}

TEST_F(Unlabelled, FaultsOfALabelsFileAreNamed) {
  make_images(4);
  text("labels.csv",
       "path,class\ncat/00.png,cat\ncat/01.png,cat\ncat/00.png,dog\ndog/00.png,dog\n"
       "dog/77.png,dog\ndog/01.png,dog\ncat/02.png,\n");
  DataOptions options = this->options();
  options.labels = (root_ / "labels.csv").string();
  options.max_broken = 1;
  const Dataset dataset = read_dataset(options).dataset;
  std::vector<std::string> found;
  for (const Problem& problem : dataset.problems)
    found.push_back(problem.kind + " " + problem.path);
  EXPECT_THAT(found, testing::UnorderedElementsAre("listed-twice cat/00.png", "missing dog/77.png",
                                                   "bad-line labels.csv"));
  EXPECT_EQ(dataset.records.size(), 4u);
  options.labels = (root_ / "none.csv").string();
  EXPECT_THROW(read_dataset(options), Error);
}

TEST_F(Unlabelled, EachFaultNamesFileLineValueAndExpectation) {
  make_images(4);
  text("labels.csv",
       "path,class\ncat/00.png,cat\ncat/01.png,cta\ncat/00.png,dog\ndog/00.png,dog\n"
       "dog/77.png,dog\ndog/01.png,Dog\ncat/02.png,cat\n");
  DataOptions options = this->options();
  options.labels = (root_ / "labels.csv").string();
  options.classes = {"cat", "dog"};
  const Dataset dataset = read_dataset(options).dataset;
  const auto message = [&](std::string_view kind) -> std::string {
    for (const Problem& problem : dataset.problems)
      if (problem.kind == kind) return problem.path + ": " + problem.message;
    return "";
  };
  EXPECT_EQ(message("unknown-class"),
            "cat/01.png: labels.csv line 3: class 'cta', expected one of data.classes: cat, dog");
  EXPECT_EQ(message("listed-twice"),
            "cat/00.png: labels.csv line 4: class 'dog', but line 2 says 'cat'; expected one line "
            "an image");
  EXPECT_THAT(message("missing"), testing::StartsWith("dog/77.png: labels.csv line 6: no such"));
  EXPECT_THAT(paths(dataset.records),
              testing::ElementsAre("cat/00.png", "cat/02.png", "dog/00.png", "dog/01.png"));
  // Neither a label nor an unlabelled image: somebody must look at it.
  EXPECT_FALSE(paths(dataset.unlabelled).contains("cat/01.png"));
  EXPECT_THROW(open_dataset(options), Error);  // 2 of 6 are more than data.max_broken
  // Without data.classes every name is a class.
  options.classes.clear();
  EXPECT_THAT(read_dataset(options).dataset.classes, testing::Contains("cta"));
}

TEST_F(Unlabelled, AClassWithoutALabelIsNamed) {
  make_images(4);
  const auto refusal = [&](const std::string& lines, std::vector<std::string> classes,
                           const std::string& split = "") -> std::string {
    text("labels.csv", "path,class,split\n" + lines);
    DataOptions options = this->options();
    options.labels = (root_ / "labels.csv").string();
    options.classes = std::move(classes);
    options.split = split;
    try {
      open_dataset(options);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const std::string good =
      "cat/00.png,cat,train\ncat/01.png,cat,test\ndog/00.png,dog,train\ndog/01.png,dog,test\n";
  EXPECT_EQ(refusal(good, {}), "");
  EXPECT_EQ(refusal(good, {"dog", "cat"}), "");
  EXPECT_THAT(refusal(good, {"cat", "dog", "eel"}),
              testing::AllOf(testing::HasSubstr("'eel'"), testing::HasSubstr("labels.csv"),
                             testing::HasSubstr("at least one")));
  EXPECT_THAT(refusal(good + "eel/00.png,eel,test\n", {}),
              testing::AllOf(testing::HasSubstr("'eel'"), testing::HasSubstr("none of them in")));
  EXPECT_THAT(refusal(good, {}, "split.csv"),
              testing::AllOf(testing::HasSubstr("data.split 'split.csv'"),
                             testing::HasSubstr("labels.csv"), testing::HasSubstr("expected one")));
}

TEST_F(Unlabelled, ClassesHoldForFoldersToo) {
  make_images(4);
  DataOptions options = this->options();
  options.classes = {"cat", "dog"};
  options.max_broken = 1;
  const Dataset dataset = open_dataset(options).dataset;
  EXPECT_THAT(dataset.classes, testing::ElementsAre("cat", "dog"));
  EXPECT_THAT(kinds_of(dataset), testing::Contains("unknown-class eel/00.png"));
}

TEST_F(Unlabelled, AnotherFolderAndItsBrokenFiles) {
  make_images(2);
  const auto more = root_.parent_path() / (root_.filename().string() + "_more");
  std::filesystem::create_directories(more / "deep");
  write_file_atomic(more / "deep" / "a.png", *edge::encode_png(picture(99)));
  write_text_atomic(more / "b.png", "no image");
  DataOptions options = this->options();
  options.unlabelled = more.string();
  options.max_broken = .5;
  const auto list = root_ / "list.idx";
  Dataset dataset = read_dataset(options).dataset;
  attach_unlabelled(options, list, dataset);
  ASSERT_EQ(dataset.unlabelled_count(), 2);
  EXPECT_EQ(dataset.name(dataset.count() + 1), "deep/a.png");
  ImageCache cache(dataset, {}, 1'000'000, 0);
  EXPECT_EQ(cache.get(dataset.count() + 1)->image.pixels.size(), 16u * 12 * 3);
  const auto problems = look_into_index(options, dataset, cache);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].path, "b.png");
  options.max_broken = .4;
  EXPECT_THAT(error_of([&] { look_into_index(options, dataset, cache); }),
              testing::HasSubstr("1 of 2 images that were looked at cannot be used, more than"));
  std::filesystem::remove_all(more);
  EXPECT_THROW(attach_unlabelled(options, list, dataset), Error);
}

TEST_F(Unlabelled, LabelsOfAnIndexAreForTheAudit) {
  make_images(1);
  text("more/list.csv", "path,class\na.png,eel\nb.png,\nc.png,whale\ndog/d.png,\n");
  for (const char* name : {"a", "b", "c", "dog/d"}) png(fmt::format("more/{}.png", name));
  DataOptions options = this->options();
  options.unlabelled = (root_ / "more/list.csv").string();
  text("labels.csv", "path,class\ncat/00.png,cat\ndog/00.png,dog\neel/00.png,eel\n");
  options.labels = (root_ / "labels.csv").string();
  Dataset dataset = read_dataset(options).dataset;
  dataset.unlabelled.clear();
  attach_unlabelled(options, root_ / "list.idx", dataset);
  std::vector<int> labels;
  for (const int i : dataset.index_sample(10)) labels.push_back(dataset.label(i));
  EXPECT_THAT(labels, testing::ElementsAre(2, -1, -1, 1));
  EXPECT_THAT(dataset.index_sample(2), testing::ElementsAre(3, 5));
  EXPECT_EQ(UnlabelledSet(dataset).size(), 4);
}

TEST_F(Unlabelled, KeepsLabelsEvenlyOverTheClasses) {
  make_images(6);
  const Dataset whole = open_dataset(options()).dataset;
  const auto train = whole.indices(Split::kTrain).size();
  Dataset few = whole, more = whole, other = whole;
  keep_labels(few, 3, 7);
  keep_labels(more, 7, 7);
  keep_labels(other, 7, 8);
  EXPECT_THAT(counts(few), testing::ElementsAre(1, 1, 1));
  EXPECT_THAT(counts(more), testing::UnorderedElementsAre(2, 2, 3));
  EXPECT_EQ(few.unlabelled.size(), train - 3);
  EXPECT_GE(few.unlabelled[0].label, 0);
  // More labels keep the fewer ones; another seed draws others. The test split is untouched.
  EXPECT_TRUE(std::ranges::includes(paths(more.records), paths(few.records)));
  EXPECT_NE(paths(more.records), paths(other.records));
  EXPECT_EQ(few.indices(Split::kTest).size(), whole.indices(Split::kTest).size());

  write_labels_csv(few, root_ / "kept.csv");
  DataOptions again = options();
  again.labels = (root_ / "kept.csv").string();
  EXPECT_EQ(paths(open_dataset(again).dataset.records), paths(few.records));

  EXPECT_THROW(keep_labels(few, 2, 7), Error);                            // fewer than classes
  EXPECT_THROW(keep_labels(few, static_cast<int64_t>(train), 7), Error);  // more than images
}

class SemiViewsTest : public Unlabelled {
 protected:
  Batch batch(const SemiShares& shares, int64_t number, uint64_t seed = 1, Share share = {}) {
    Dataset dataset = open_dataset(options()).dataset;
    keep_labels(dataset, 4, 1);
    edge::PreprocessOptions preprocess;
    preprocess.fit = edge::Fit::kSquash;
    preprocess.width = preprocess.height = 8;
    preprocess.channels = 1;
    ImageCache cache(dataset, preprocess, 1'000'000, 1 << 20);
    SemiViewOptions views;
    views.strong.cutout = 3;  // of the usual size it would hide all
    return SemiViews(dataset, cache, views, preprocess, shares, seed, .1, share).batch(number);
  }
};

TEST_F(SemiViewsTest, ViewsStandInTheOrderOfTheForwardPass) {
  make_images(5);
  const Batch batch = this->batch({4, 8, 2, 1, true}, 3);
  EXPECT_EQ(batch.count, 8 + 8 + 4 + 4 + 8);
  std::vector<std::pair<View, int>> views;
  for (const ViewRows& rows : batch.views) views.emplace_back(rows.view, rows.first);
  EXPECT_THAT(views, testing::ElementsAre(std::pair(View::kWeak, 0), std::pair(View::kWeak, 8),
                                          std::pair(View::kLabelled, 16),
                                          std::pair(View::kLabelledStrong, 20),
                                          std::pair(View::kStrong, 24)));
  for (size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(batch.numbers[i], batch.numbers[i + 8]);  // the same images in every view
    EXPECT_EQ(batch.numbers[i], batch.numbers[i + 24]);
    EXPECT_EQ(batch.labels[i], -1);
  }
  for (size_t i = 16; i < 24; ++i) EXPECT_GE(batch.labels[i], 0);
  // Two weak views of an image are two draws.
  const size_t pixels = 64;
  EXPECT_FALSE(std::equal(batch.images.begin(), batch.images.begin() + 8 * pixels,
                          batch.images.begin() + 8 * pixels));
}

TEST_F(SemiViewsTest, IsAFunctionOfSeedAndNumber) {
  make_images(5);
  const SemiShares shares{2, 6, 1, 1, false};
  EXPECT_EQ(batch(shares, 5).images, batch(shares, 5).images);
  EXPECT_NE(batch(shares, 5).images, batch(shares, 6).images);
  EXPECT_NE(batch(shares, 5).images, batch(shares, 5, 2).images);
}

TEST_F(SemiViewsTest, TheShorterStreamNeverEndsTheLongerOne) {
  make_images(5);
  std::set<int64_t> labelled, unlabelled;
  for (int64_t number = 0; number < 20; ++number) {
    const Batch batch = this->batch({2, 3, 1, 0, false}, number);
    unlabelled.insert(batch.numbers.begin(), batch.numbers.begin() + 3);
    labelled.insert(batch.numbers.begin() + 3, batch.numbers.end());
  }
  EXPECT_EQ(labelled.size(), 4u);
  EXPECT_GE(unlabelled.size(), 9u);
}

using Pixels = std::vector<float>;

Pixels pixels_of(const Batch& batch, int row) {
  const auto size = std::ssize(batch.images) / batch.count;
  return {batch.images.begin() + row * size, batch.images.begin() + (row + 1) * size};
}

// Every row of a batch, view after view, with its place and its image.
using Rows = std::vector<std::tuple<View, int64_t, int64_t, Pixels>>;

// Those that the processes of a run make of one batch, in the order of one process.
template <class Make>
Rows rows_of(int world, const Make& make) {
  std::vector<Batch> parts;
  for (int rank = 0; rank < world; ++rank) parts.push_back(make(Share{rank, world}));
  Rows rows;
  for (size_t v = 0; v < parts[0].views.size(); ++v)
    for (const Batch& part : parts) {
      const auto& [view, first, count] = part.views[v];
      for (int row = first; row < first + count; ++row)
        rows.emplace_back(view, part.places[static_cast<size_t>(row)],
                          part.numbers[static_cast<size_t>(row)], pixels_of(part, row));
    }
  return rows;
}

// Processes that share a run see together, byte for byte, what one process sees.
TEST_F(SemiViewsTest, RanksSplitTheBatchOfOneProcess) {
  make_images(5);
  for (const int64_t number : {0, 4}) {
    const auto make = [&](Share share) { return batch({4, 8, 2, 2, true}, number, 1, share); };
    const Rows whole = rows_of(1, make);
    ASSERT_EQ(whole.size(), 2u * 8 + 2 * 8 + 2 * 4);
    EXPECT_EQ(rows_of(2, make), whole);
    EXPECT_EQ(rows_of(4, make), whole);
  }
}

// An image that comes again, in the next epoch or in another view, is drawn anew.
TEST_F(SemiViewsTest, NoTwoRowsShareTheirDraws) {
  make_images(5);
  std::set<Pixels> strong;
  std::set<int64_t> places;
  size_t rows = 0;
  for (int64_t number = 0; number < 12; ++number) {
    const Batch batch = this->batch({4, 4, 0, 2, true}, number);
    for (const auto& [view, first, count] : batch.views)
      for (int row = first; view != View::kLabelled && row < first + count; ++row, ++rows) {
        strong.insert(pixels_of(batch, row));
        places.insert(batch.places[static_cast<size_t>(row)]);
      }
  }
  EXPECT_EQ(places.size(), 12u * 4);
  EXPECT_EQ(strong.size(), rows);
}

class ShardViewsTest : public SemiViewsTest {
 protected:
  // Three labelled images, and a shard of `sound` images and `broken` ones.
  void make_shard(int sound, int broken) {
    make_images(1);
    text("labels.csv", "path,class\ncat/00.png,cat\ndog/00.png,dog\neel/00.png,eel\n");
    std::string shard;
    for (int i = 0; i < sound + broken; ++i) {
      const Bytes image =
          i % 2 == 1 && i / 2 < broken ? Bytes{'n', 'o'} : *edge::encode_png(picture(++seed_));
      shard += tar_file(fmt::format("{}/{:02}.png", i < 4 ? "eel" : "x", i),
                        {reinterpret_cast<const char*>(image.data()), image.size()});
    }
    text("shards/0.tar", shard + tar_end());
  }
  Dataset dataset(const std::string& unlabelled = "shards") {
    DataOptions options = this->options();
    options.labels = (root_ / "labels.csv").string();
    options.unlabelled = (root_ / unlabelled).string();
    Dataset dataset = read_dataset(options).dataset;
    for (Record& record : dataset.records) record.split = Split::kTrain;
    attach_unlabelled(options, root_ / "run" / (unlabelled + ".idx"), dataset);
    return dataset;
  }
  static edge::PreprocessOptions small() {
    edge::PreprocessOptions preprocess;
    preprocess.fit = edge::Fit::kSquash;
    preprocess.width = preprocess.height = 8;
    preprocess.channels = 1;
    return preprocess;
  }

  const SemiShares shares_{.labelled = 1, .unlabelled = 4, .weak = 1, .strong = 1};
  const edge::PreprocessOptions preprocess_ = small();
  const SemiViewOptions views_;
};

TEST_F(ShardViewsTest, BrokenImagesGiveTheirPlaceToTheNext) {
  make_shard(15, 5);
  const Dataset dataset = this->dataset();
  ASSERT_EQ(dataset.index->size(), 20);
  ImageCache cache(dataset, preprocess_, 1'000'000, 1 << 20);
  ImageCache small(dataset, preprocess_, 1'000'000, 0);
  const SemiViews views(dataset, cache, views_, preprocess_, shares_, 1, .5);
  const SemiViews again(dataset, small, views_, preprocess_, shares_, 1, .5);
  std::vector<Batch> batches;
  std::set<int64_t> seen;
  for (int64_t number = 0; number < 12; ++number) {
    batches.push_back(views.batch(number));
    const Batch& batch = batches.back();
    for (size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(batch.numbers[i], batch.numbers[i + 5]);  // weak and strong show the same image
      seen.insert(batch.numbers[i]);
    }
  }
  EXPECT_EQ(views.broken(), 5);
  EXPECT_EQ(seen.size(), 3u + 15);
  // Whoever goes on in the middle sees the same, with and without a cache.
  for (const int64_t number : {7, 3}) {
    EXPECT_EQ(again.batch(number).images, batches[static_cast<size_t>(number)].images);
    EXPECT_EQ(again.batch(number).numbers, batches[static_cast<size_t>(number)].numbers);
  }
  // A process that meets a broken image passes over it as one that makes the whole batch.
  const auto make = [&](int64_t number) {
    return [&, number](Share share) {
      return SemiViews(dataset, small, views_, preprocess_, shares_, 1, .5, share).batch(number);
    };
  };
  for (int64_t number = 0; number < 12; ++number)
    EXPECT_EQ(rows_of(2, make(number)), rows_of(1, make(number))) << number;
  EXPECT_EQ(dataset.label(views.unlabelled().number(3)), 2);
  EXPECT_EQ(dataset.label(views.unlabelled().number(22)), -1);
}

// One file with a list of where they lie, or an archive; read by one thread, or by several.
TEST_F(ShardViewsTest, WhereImagesLieAndWhoReadsThemDoesNotMatter) {
  make_shard(0, 0);
  std::string bytes, lines = "name,label,offset,size\n", shard;
  for (int i = 0; i < 20; ++i) {
    const std::string name = fmt::format("eel/{:02}.png", i);
    const Bytes png = *edge::encode_png(picture(++seed_));
    const std::string image = i == 7 ? "no image" : std::string(png.begin(), png.end());
    lines += fmt::format("{},eel,{},{}\n", name, bytes.size(), image.size());
    bytes += image;
    shard += tar_file(name, image);
  }
  text("packed/images.bin", bytes);
  text("packed/index.csv", lines);
  text("shards/0.tar", shard + tar_end());
  const auto batches = [&](const std::string& unlabelled, int threads) {
    const Dataset dataset = this->dataset(unlabelled);
    EXPECT_EQ(dataset.index->size(), 20);
    ImageCache cache(dataset, preprocess_, 1'000'000, 0);
    const SemiViews views(dataset, cache, views_, preprocess_, shares_, 1, .5);
    Loader<Batch> loader([&](int64_t number) { return views.batch(number); }, 0, 12,
                         {.threads = threads});
    std::vector<std::vector<float>> images;
    for (int i = 0; i < 12; ++i) images.push_back(loader.next().images);
    EXPECT_EQ(views.broken(), 1);
    return images;
  };
  const auto expected = batches("packed/index.csv", 0);
  EXPECT_EQ(batches("shards", 0), expected);
  EXPECT_EQ(batches("shards", 3), expected);
}

TEST_F(ShardViewsTest, TooManyBrokenImagesEndTheRun) {
  make_shard(15, 5);
  const Dataset dataset = this->dataset();
  ImageCache cache(dataset, preprocess_, 1'000'000, 1 << 20);
  const auto run = [&](double max_broken) {
    const SemiViews views(dataset, cache, views_, preprocess_, shares_, 1, max_broken);
    return error_of([&] {
      for (int64_t number = 0; number < 12; ++number) views.batch(number);
    });
  };
  EXPECT_EQ(run(.22), "no error");  // 5 of 23
  EXPECT_THAT(run(.2), testing::HasSubstr("5 of 23 unlabelled images cannot be read, more than "
                                          "data.max_broken = 0.2; the last: '0.tar:"));
}

// A shard that came, or was written anew, shows without anybody asking.
TEST_F(ShardViewsTest, ChangedShardsAreListedAnew) {
  make_shard(4, 0);
  const std::string before = dataset().index->fingerprint();
  EXPECT_EQ(dataset().index->fingerprint(), before);
  const Bytes image = *edge::encode_png(picture(++seed_));
  text("shards/1.tar",
       tar_file("a.png", {reinterpret_cast<const char*>(image.data()), image.size()}));
  EXPECT_EQ(dataset().index->size(), 5);
  EXPECT_NE(dataset().index->fingerprint(), before);
  text("shards/1.tar", "");
  EXPECT_EQ(dataset().index->size(), 4);
}

TEST_F(SemiViewsTest, ImagesOfSeveralSizesAreRefused) {
  make_images(3);
  for (uint64_t i = 0; i < 4; ++i)  // some of them in the training split
    write(fmt::format("cat/wide{}.png", i), *edge::encode_png(picture(77 + i, 40, 12)));
  Dataset dataset = open_dataset(options()).dataset;
  edge::PreprocessOptions preprocess;
  preprocess.channels = 1;
  ImageCache cache(dataset, preprocess, 1'000'000, 1 << 20);
  const SemiViews views(dataset, cache, {}, preprocess,
                        {.labelled = 2, .unlabelled = 12, .weak = 1}, 1);
  EXPECT_THROW(
      {
        for (int64_t i = 0; i < 3; ++i) views.batch(i);
      },
      Error);
}

}  // namespace
}  // namespace paucal::data
