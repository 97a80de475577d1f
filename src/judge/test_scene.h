#pragma once
// A data set of small images on disk, and raw predictions that somebody has thought up: whatever
// judges them needs no training, and no network.

#include <unistd.h>

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "base/files.h"
#include "data/feed/image_cache.h"
#include "data/set/truth_table.h"
#include "edge/pre/encode.h"
#include "judge/raw_source.h"

namespace paucal::judge {

// Grey images of 32 × 32, OK ones and NG ones with a bright defect; maps at stride 1 that are hot
// on the defect.
class TestScene {
 public:
  static constexpr int kSide = 32;
  static constexpr edge::Box kDefect{8, 10, 18, 16};

  explicit TestScene(const std::string& name)
      : root_(std::filesystem::temp_directory_path() /
              fmt::format("paucal_judge_{}_{}", name, ::getpid())) {
    card.classes = {"NG", "OK"};
    card.class_is_ok = {false, true};
    card.input.channels = 1;
    card.input.multiple = 1;
    dataset.root = root_;
    dataset.classes = card.classes;
    dataset.class_is_ok = card.class_is_ok;
  }
  ~TestScene() { std::filesystem::remove_all(root_); }
  TestScene(const TestScene&) = delete;
  TestScene& operator=(const TestScene&) = delete;

  // An image of class `label`, its logit, and a map of 2 (a defect) over -2.
  data::Record& add(data::Split split, int label, double score) {
    const bool ng = !dataset.class_is_ok[static_cast<size_t>(label)];
    data::Record& record = dataset.records.emplace_back();
    record.path = fmt::format("{:03}.png", dataset.records.size());
    record.class_name = dataset.classes[static_cast<size_t>(label)];
    record.label = label;
    record.split = split;
    record.width = record.height = kSide;
    data::ImageTruth& drawn = truth.edit(record);
    drawn.known = true;
    if (ng) drawn.objects = {{kDefect, record.class_name}};
    edge::Image image(kSide, kSide, 1, 90);
    edge::Map map(kSide, kSide, -2);
    for (int y = 10; ng && y < 16; ++y)
      for (int x = 8; x < 18; ++x) {
        image.at(x, y) = 220;
        map.at(x, y) = 2;
      }
    write_file_atomic(root_ / record.path, *edge::encode_png(image));
    RawPrediction& one = raw.emplace_back();
    one.maps.assign(static_cast<size_t>(card.channels()), map);
    one.scores.assign(static_cast<size_t>(card.channels()), 0);
    one.scores[card.heat_channel(label)] = score;
    one.geometry = edge::Geometry(kSide, kSide);
    return record;
  }

  // A few of each split and class, all told apart.
  void fill() {
    for (const data::Split split : {data::Split::kTrain, data::Split::kVal, data::Split::kTest})
      for (int i = 0; i < 6; ++i) {
        add(split, 0, 2 + .1 * i);
        add(split, 1, -2 - .1 * i);
      }
  }

  data::ImageCache& cache() {
    if (!cache_) cache_ = std::make_unique<data::ImageCache>(dataset, card.input, 1 << 20, 1 << 20);
    return *cache_;
  }
  RawSource source() const {
    return [this](int record) { return raw.at(static_cast<size_t>(record)); };
  }
  // The map of an image: its bright places.
  RawOfImage look() const {
    return [this](const edge::Fitted& image) {
      RawPrediction seen;
      edge::Map map(image.image.width, image.image.height, -2);
      double area = 0;
      for (size_t i = 0; i < map.values.size(); ++i)
        if (image.image.pixels[i] > 150) map.values[i] = 2, ++area;
      seen.maps.assign(static_cast<size_t>(card.channels()), map);
      seen.scores.assign(static_cast<size_t>(card.channels()), area > 0 ? 2 : -2);
      seen.geometry = image.geometry;
      return seen;
    };
  }

  edge::ModelCard card;
  data::Dataset dataset;
  data::Truth truth;
  std::vector<RawPrediction> raw;

 private:
  std::filesystem::path root_;
  std::unique_ptr<data::ImageCache> cache_;
};

}  // namespace paucal::judge
