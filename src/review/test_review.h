#pragma once
// For tests: a folder that goes away, a review of made-up images, people who decide.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>

#include "base/error.h"
#include "base/json_text.h"
#include "review/check.h"
#include "review/export.h"
#include "review/hand_out.h"
#include "review/import_run.h"
#include "review/store.h"

namespace paucal::review::test {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() : path(fs::temp_directory_path() / fmt::format("review_{}_{}", ::getpid(), ++made_)) {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }

  const fs::path path;

 private:
  static inline int made_ = 0;
};

// `count` images of 100 × 80 pixels: every third is labelled OK and has no box, the others are NG
// with one or two boxes of "scratch" or "dent".
inline RunImages made_up_run(int count) {
  RunImages run;
  run.folder = "/nowhere/run";
  run.root = "/nowhere/set";
  run.kind = "pseudo_boxes";
  run.classes = {{0, "OK", true}, {0, "scratch", false}, {0, "dent", false}};
  for (int i = 0; i < count; ++i) {
    const bool ok = i % 3 == 0;
    RunImage image{.path = fmt::format("{}/{}.png", ok ? "OK" : "scratch", i),
                   .label = ok ? "OK" : "scratch",
                   .split = "train",
                   .width = 100,
                   .height = 80,
                   .verdict = ok ? "OK" : "NG",
                   .probability = ok ? .1 : .9};
    for (int box = 0; !ok && box < 1 + i % 2; ++box)
      image.boxes.push_back({box == 0 ? "scratch" : "dent",
                             {10. + box * 30, 20.25, 12.1, 8},
                             .5,
                             .25 + .1 * (i % 5),
                             false,
                             {}});
    run.images.push_back(std::move(image));
  }
  return run;
}

struct TestClock {
  std::atomic<int64_t> now{1'000'000'000'000'000};
};

// A store with images 1, 2, 3 … of made_up_run(), queue 1, and anna and ben, who decide.
class Review {
 public:
  explicit Review(int images, double blind_share = 0, double honeypot_share = 0)
      : Review(made_up_run(images), blind_share, honeypot_share) {}
  explicit Review(const RunImages& run, double blind_share = 0, double honeypot_share = 0)
      : blind_share_(blind_share), honeypot_share_(honeypot_share) {
    store_ = Store::create(folder_.path / "review", options());
    anna = person("anna", Role::kReviewer);
    ben = person("ben", Role::kReviewer);
    admin = person("head", Role::kAdmin);
    store_->write(
        [](Database& db) { db.run("UPDATE meta SET value = 'seed' WHERE key = 'seed'"); });
    import_run(*store_, run);
  }

  StoreOptions options() {
    return {.blind_share = blind_share_,
            .honeypot_share = honeypot_share_,
            .now = [clock = clock_] { return clock->now.load(); }};
  }
  void reopen() {
    store_.reset();
    store_ = Store::open(folder_.path / "review", options());
  }

  // With the version that the image has now.
  ActResult act(const Person& person, int64_t image, const std::string& action,
                Json after = Json::object(), const std::string& item = "") {
    return act_on(person, image, version(image), action, std::move(after), item);
  }
  ActResult act_on(const Person& person, int64_t image, int64_t version, const std::string& action,
                   Json after = Json::object(), const std::string& item = "") {
    if (after.is_null()) after = Json::object();
    return act_as(person, {.client_seq = ++seq_,
                           .image = image,
                           .base_version = version,
                           .action = action,
                           .item = item,
                           .after = std::move(after)});
  }
  ActResult act_as(const Person& person, const Ask& ask) {
    return store_->write([&](Database& db) { return review::act(db, moment(), person, ask); });
  }
  ActResult undo(const Person& person) {
    return store_->write([&](Database& db) { return review::undo(db, moment(), person, ++seq_); });
  }
  ActResult redo(const Person& person) {
    return store_->write([&](Database& db) { return review::redo(db, moment(), person, ++seq_); });
  }
  std::vector<int64_t> next(const Person& person, int n = 1, std::vector<int64_t> have = {}) {
    auto handed =
        store_->write([&](Database& db) { return hand_out(db, moment(), person, 1, n, have); });
    return std::holds_alternative<Refusal>(handed) ? std::vector<int64_t>{}
                                                   : std::get<std::vector<int64_t>>(handed);
  }
  // Each image closed as it is labelled, in one transaction.
  void close_all(const Person& person, int images) {
    std::vector<std::pair<int64_t, bool>> list;  // and whether it is OK
    store_->read([&](Database& db) {
      for (auto rows = db.query("SELECT image.id, is_ok FROM image JOIN class ON class.id = "
                                "class_id WHERE shadow_of IS NULL ORDER BY image.id LIMIT ?",
                                images);
           rows.step();)
        list.emplace_back(rows.integer(0), rows.integer(1) != 0);
    });
    store_->write([&](Database& db) {
      for (const auto& [image, ok] : list)
        std::ignore = review::act(db, moment(), person,
                                  {.client_seq = ++seq_,
                                   .image = image,
                                   .base_version = version_of(db, image),
                                   .action = ok ? "verdict" : "done",
                                   .after = ok ? Json{{"verdict", "OK"}} : Json::object()});
    });
  }
  Decision decision(int64_t image) {
    return store_->read([&](Database& db) { return load_decision(db, image); });
  }
  int64_t version(int64_t image) {
    return store_->read([&](Database& db) { return version_of(db, image); });
  }
  Moment moment() { return store_->moment(); }

  Folder folder_;
  double blind_share_, honeypot_share_;
  std::shared_ptr<TestClock> clock_ = std::make_shared<TestClock>();
  std::unique_ptr<Store> store_;
  Person anna, ben, admin;
  int64_t seq_ = 0;

 private:
  Person person(const std::string& name, Role role) {
    return store_->write([&](Database& db) {
      const auto user = std::get<User>(add_user(db, name, role, "no password"));
      return Person{user.id, name, role, "session of " + name, "csrf"};
    });
  }
};

inline bool done(const ActResult& result) {
  if (const auto* refused = std::get_if<Refusal>(&result)) {
    ADD_FAILURE() << refused->message;
    return false;
  }
  return true;
}
inline std::string code_of(const ActResult& result) {
  const auto* refused = std::get_if<Refusal>(&result);
  return refused ? refused->code : "";
}

}  // namespace paucal::review::test
