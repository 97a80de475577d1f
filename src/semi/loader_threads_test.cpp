// Weights do not depend on how many threads read the images.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "data/feed/semi_views.h"
#include "data/set/dataset.h"
#include "data/set/unlabelled.h"
#include "edge/pre/encode.h"
#include "semi/trainer_method.h"
#include "train/image_work.h"
#include "train/trainer.h"

namespace paucal::semi {
namespace {

namespace fs = std::filesystem;

constexpr int kBatch = 2;

class LoaderThreadsTest : public testing::Test {
 protected:
  LoaderThreadsTest() {
    fs::remove_all(root_);
    for (int i = 0; i < 24; ++i) {
      Random random(5, static_cast<uint64_t>(i));
      edge::Image image(16, 16, 1);
      for (uint8_t& pixel : image.pixels)
        pixel = static_cast<uint8_t>(random.below(128) + 100 * (i % 2));
      write_file_atomic(root_ / "set" / (i % 2 ? "bright" : "dark") / fmt::format("{}.png", i),
                        *edge::encode_png(image));
    }
    data::DataOptions options;
    options.root = (root_ / "set").string();
    dataset_ = data::open_dataset(options).dataset;
    data::keep_labels(dataset_, 4, 1);
    preprocess_.fit = edge::Fit::kSquash;
    preprocess_.width = preprocess_.height = 16;
    preprocess_.channels = 1;
  }
  ~LoaderThreadsTest() override { fs::remove_all(root_); }

  std::shared_ptr<train::Method> method_of(const SemiOptions& options, const data::SemiViews& views,
                                           int64_t features) const {
    Setting setting;
    setting.classes = 2;
    setting.labelled = std::ssize(views.labelled());
    setting.unlabelled = views.unlabelled().size();
    setting.batch = kBatch;
    setting.mu = 1;
    for (const int record : views.labelled())
      setting.labelled_classes.push_back(dataset_.at(record).label);
    setting.features = features;
    return make_trainer_method(options, setting, [](int64_t) -> int64_t { return -1; });
  }

  // The checkpoint of a few steps.
  std::string weights(const std::string& method, int threads) const {
    SemiOptions options;
    options.method = method;
    options.mu = 1;
    data::ImageCache cache(dataset_, preprocess_, 1'000'000, 0);
    const data::SemiViews views(dataset_, cache, options.view, preprocess_,
                                shares_of(options, kBatch), 3);
    const models::ModelOptions architecture{.arch = "resnet10", .channels = 1, .width = 4};
    train::ImageWork image;
    image.model = models::make_model(architecture, 2);
    image.average = models::make_model(architecture, 2);
    image.method = method_of(options, views, image.model->feature_channels());
    image.make_batch = [&views](int64_t number) { return views.batch(number); };
    train::TrainOptions train;
    train.steps = 4;
    train.device = "cpu";
    train.loader.threads = threads;
    const fs::path folder = root_ / fmt::format("{}_{}", method, threads);
    train::Work work = train::work_of(std::move(image));
    train::train(train, work, {folder, "same"});
    return read_text(folder / "last.safetensors");
  }

  fs::path root_ = fs::temp_directory_path() / fmt::format("paucal_loading_{}", ::getpid());
  data::Dataset dataset_;
  edge::PreprocessOptions preprocess_;
};

// It has all kinds of views: two strong ones, labelled ones, and rotated ones of its own.
TEST_F(LoaderThreadsTest, ReMixMatchLearnsTheSame) {
  const std::string alone = weights("remixmatch", 0);
  EXPECT_EQ(weights("remixmatch", 2), alone);
  EXPECT_NE(weights("fixmatch", 2), alone);
}

}  // namespace
}  // namespace paucal::semi
