#pragma once
// For tests: a review and a spool that a line fills.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "edge/pre/encode.h"
#include "loop/add.h"
#include "review/act.h"
#include "review/check.h"
#include "spool/spool.h"

namespace paucal::loop {
namespace fs = std::filesystem;
}

namespace paucal::loop::test {

class Folder {
 public:
  Folder() : path(fs::temp_directory_path() / fmt::format("loop_{}_{}", ::getpid(), ++made_)) {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }

  const fs::path path;

 private:
  static inline int made_ = 0;
};

// Another picture for each number: noise that no other shares.
inline edge::Image picture(int number, int brightness = 120) {
  Random random(90, 0, static_cast<uint64_t>(number));
  edge::Image image(48, 32, 1);
  for (uint8_t& pixel : image.pixels)
    pixel = static_cast<uint8_t>(std::clamp(brightness + 12 * random.normal(), 0., 255.));
  return image;
}

inline std::string png_of(const edge::Image& image) {
  const Bytes bytes = *edge::encode_png(image);
  return {bytes.begin(), bytes.end()};
}

struct Judged {
  double probability = .01;
  std::string part = {}, station = {}, model_sha256 = std::string(64, 'a');
  int brightness = 120;
};

// A spool whose lines come from spool::Spool itself.
class SpoolOfTest {
 public:
  explicit SpoolOfTest(fs::path folder, double keep_ok = 1)
      : options_{.folder = std::move(folder), .keep_doubtful = 1, .keep_ok = keep_ok} {}

  void add(int number, const Judged& judged = {}) {
    const edge::Image image = picture(number, judged.brightness);
    add_bytes(png_of(image), judged, &image);
  }
  void add_bytes(const std::string& bytes, const Judged& judged, const edge::Image* pixels) {
    edge::ModelCard card;
    card.classes = {"OK", "crack"};
    card.class_is_ok = {true, false};
    edge::Prediction prediction;
    prediction.probability = judged.probability;
    prediction.ng = judged.probability >= .5;
    prediction.score = 8 * judged.probability - 4;
    prediction.heat = edge::Map(2, 2, static_cast<float>(judged.probability));
    if (prediction.ng) prediction.boxes.push_back({{4, 4, 20, 18}, .9f, 1});
    spool::SpoolEntry entry;
    entry.image = bytes;
    entry.part = judged.part;
    entry.station = judged.station;
    entry.model = "m";
    entry.version = 3;
    entry.model_sha256 = judged.model_sha256;
    entry.prediction = &prediction;
    entry.card = &card;
    entry.pixels = pixels;
    spool().add(entry);
  }
  // All images are on the disk then.
  void close() { spool_.reset(); }
  const fs::path& folder() const { return options_.folder; }

 private:
  spool::Spool& spool() {
    if (!spool_) spool_ = value_or_throw(spool::Spool::open(options_));
    return *spool_;
  }
  spool::SpoolOptions options_;
  std::unique_ptr<spool::Spool> spool_;
};

// A review with a person, and a spool beside it.
class LoopOfTest {
 public:
  explicit LoopOfTest(double keep_ok = 1) : spool(folder.path / "spool", keep_ok) {
    store = review::Store::create(folder.path / "review", {.blind_share = 0, .honeypot_share = 0});
    anna = store->write([](review::Database& database) {
      const auto user = std::get<review::User>(
          review::add_user(database, "anna", review::Role::kReviewer, "no password"));
      return review::Person{user.id, "anna", user.role, "session of anna", "csrf"};
    });
  }

  Added add(const AddOptions& options = {}) {
    spool.close();
    return add_from_spool(*store, spool.folder(), options);
  }
  int64_t count(std::string_view sql) {
    return store->read([&](review::Database& db) { return db.integer(sql).value_or(0); });
  }
  std::vector<int64_t> ids() {
    return store->read([](review::Database& database) {
      std::vector<int64_t> found;
      for (auto rows = database.query("SELECT id FROM image ORDER BY id"); rows.step();)
        found.push_back(rows.integer(0));
      return found;
    });
  }
  void judge(int64_t image, bool ng) {
    store->write([&](review::Database& database) {
      const auto result = review::act(database, store->moment(), anna,
                                      {.client_seq = ++seq_,
                                       .image = image,
                                       .base_version = review::version_of(database, image),
                                       .action = "verdict",
                                       .after = {{"verdict", ng ? "NG" : "OK"}}});
      if (const auto* refused = std::get_if<review::Refusal>(&result))
        ADD_FAILURE() << refused->message;
    });
  }

  Folder folder;
  SpoolOfTest spool;
  std::unique_ptr<review::Store> store;
  review::Person anna;

 private:
  int64_t seq_ = 0;
};

}  // namespace paucal::loop::test
