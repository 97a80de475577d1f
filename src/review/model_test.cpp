// Two reviewers who decide, undo, redo and change many at once, in random order and with what they
// saw some time ago, beside a model that is too simple to be wrong.

#include "base/random.h"
#include "review/bulk.h"
#include "review/test_review.h"

namespace paucal::review {
namespace {

using test::Review;

// An image: what each object is, and whether the image is closed and how.
struct Simple {
  std::map<std::string, std::string> items;  // proposed, accepted, rejected, drawn
  std::string status = "open", verdict;
  bool operator==(const Simple&) const = default;
};

struct Step {
  int who;
  std::map<int64_t, std::pair<Simple, Simple>> images;  // before, after
  size_t at;
};

// What undo and redo mean: two stacks a person; who touched an image last may take it back.
class SimpleReview {
 public:
  explicit SimpleReview(std::map<int64_t, Simple> images) : now(std::move(images)) {}

  void change(int who, const std::map<int64_t, Simple>& images) {
    Step step{who, {}, time_++};
    for (const auto& [id, after] : images) step.images[id] = {now[id], after};
    apply(step, /*forward=*/true);
    done_[who].push_back(step);
    undone_[who].clear();
  }
  // Whether it could be done.
  bool back(int who) { return move(who, done_[who], undone_[who], /*forward=*/false); }
  bool forth(int who) { return move(who, undone_[who], done_[who], /*forward=*/true); }
  bool has(int who, bool forward) const { return !(forward ? undone_ : done_)[who].empty(); }

  std::map<int64_t, Simple> now;
  std::map<int64_t, int64_t> versions;

 private:
  bool move(int who, std::vector<Step>& from, std::vector<Step>& to, bool forward) {
    const Step step = from.back();
    for (const auto& [id, change] : step.images)
      for (const auto& [when, by] : touched_[id])
        if (when > step.at && by != who) return false;
    ++time_;
    apply(step, forward);
    from.pop_back();
    to.push_back(step);
    return true;
  }
  void apply(const Step& step, bool forward) {
    for (const auto& [id, change] : step.images) {
      now[id] = forward ? change.second : change.first;
      ++versions[id];
      touched_[id].emplace_back(time_, step.who);
    }
  }

  size_t time_ = 1;
  std::map<int64_t, std::vector<std::pair<size_t, int>>> touched_;
  std::vector<Step> done_[2], undone_[2];
};

Simple simple_of(Review& review, int64_t image) {
  Simple simple;
  const Decision decision = review.decision(image);
  for (const Proposal& proposal :
       review.store_->read([&](Database& db) { return load_proposals(db, image); }))
    simple.items[item_id(proposal.id)] = "proposed";
  for (const auto& [id, item] : decision.items) simple.items[id] = item.state;
  simple.status = decision.status;
  simple.verdict = decision.verdict.value_or("");
  return simple;
}

// The image after an action, said once more in other words.
Simple after(Simple image, const std::string& action, const std::string& item,
             const std::string& verdict, bool labelled_ng) {
  const auto all = [&](const std::string& from, const std::string& to) {
    for (auto& [id, state] : image.items)
      if (state == from) state = to;
  };
  const auto nothing = [&] {
    for (const char* state : {"proposed", "accepted"}) all(state, "rejected");
    std::erase_if(image.items, [](const auto& one) { return one.second == "drawn"; });
  };
  if (action == "accept" || action == "reject") image.items[item] = action + "ed";
  if (action == "add") image.items[item] = "drawn";
  if (action == "delete") image.items.erase(item);
  if (action == "unsure") image.status = "unsure", image.verdict = "";
  if (action == "reopen") image.status = "open", image.verdict = "";
  if (action == "verdict") {
    image.status = "done";
    image.verdict = verdict;
    if (verdict == "OK") nothing();
  }
  if (action == "done") {
    const bool was_ng = image.verdict.empty() ? labelled_ng : image.verdict == "NG";
    image.verdict == "OK" ? nothing() : all("proposed", "accepted");
    bool objects = false;
    for (const auto& [id, state] : image.items) objects |= state == "accepted" || state == "drawn";
    image.verdict = objects || was_ng ? "NG" : "OK";
    image.status = "done";
  }
  return image;
}

class RandomReview {
 public:
  RandomReview(uint64_t seed, int images) : review_(images), random_(seed), model_({}) {
    for (int64_t image = 1; image <= images; ++image) model_.now[image] = simple_of(review_, image);
  }

  void step() {
    const int who = random_.chance(.5);
    const Person& person = who ? review_.ben : review_.anna;
    const double kind = random_.uniform();
    if (kind < .2) return go_back(who, person, random_.chance(.4));
    if (kind < .3) return bulk(who, person);
    one(who, person);
  }
  void compare() {
    for (auto& [image, simple] : model_.now) {
      ASSERT_EQ(simple_of(review_, image), simple) << "image " << image;
      ASSERT_EQ(review_.version(image), model_.versions[image]) << "image " << image;
    }
    const CheckReport report = check(*review_.store_, /*rebuild=*/true);
    ASSERT_TRUE(report.ok()) << report.problems[0];
  }

  int conflicts = 0, changes = 0;

 private:
  std::string some_item(const Simple& image, const char* state) {
    std::vector<std::string> items;
    for (const auto& [id, now] : image.items)
      if ((now == "drawn") == (std::string_view(state) == "drawn")) items.push_back(id);
    return items.empty()
               ? ""
               : items[static_cast<size_t>(random_.below(static_cast<int64_t>(items.size())))];
  }

  void one(int who, const Person& person) {
    static const char* kActions[] = {"accept", "reject", "add",    "delete", "verdict",
                                     "done",   "unsure", "reopen", "done",   "verdict"};
    const std::string action = kActions[random_.below(10)];
    const int64_t image = random_.between(1, static_cast<int64_t>(model_.now.size()));
    const Simple& before = model_.now[image];
    const std::string verdict = random_.chance(.5) ? "OK" : "NG";
    std::string item;
    Json asked = Json::object();
    if (action == "accept" || action == "reject") item = some_item(before, "proposed");
    if (action == "delete") item = some_item(before, "drawn");
    if (action == "add") {
      item = fmt::format("{:032x}", ++drawn_);
      asked = {{"class", "dent"}, {"geometry", {1, 2, 3, 4}}};
    }
    if (action == "verdict") asked = {{"verdict", verdict}};
    if (item.empty() && (action == "accept" || action == "reject" || action == "delete")) return;
    const bool stale = random_.chance(.15);
    const ActResult result = review_.act_on(
        person, image, model_.versions[image] + (stale ? -1 : 0), action, asked, item);
    if (stale) {
      ASSERT_EQ(test::code_of(result), "conflict");
      ++conflicts;
      return;
    }
    ASSERT_TRUE(test::done(result)) << action;
    model_.change(who, {{image, after(before, action, item, verdict, image % 3 != 1)}});
    ++changes;
  }

  void go_back(int who, const Person& person, bool forward) {
    if (!model_.has(who, forward)) return;
    const bool can = forward ? model_.forth(who) : model_.back(who);
    const ActResult result = forward ? review_.redo(person) : review_.undo(person);
    if (can) {
      ASSERT_TRUE(test::done(result));
    } else {
      ASSERT_EQ(test::code_of(result), "conflict");
    }
    ++(can ? changes : conflicts);
  }

  void bulk(int who, const Person& person) {
    const BulkAsk ask{.action = random_.chance(.5) ? "accept" : "reject",
                      .min_evidence = .25 + .1 * static_cast<double>(random_.below(5))};
    const auto find = [&](Database& db) {
      return std::get<BulkSet>(bulk_set(db, review_.moment(), person, ask));
    };
    const BulkSet set = review_.store_->read(find);
    const bool stale = random_.chance(.2);
    const ActResult result = review_.store_->write([&](Database& db) {
      return bulk_apply(db, review_.moment(), person, ++review_.seq_, ask, set.digest,
                        set.items.size() + (stale ? 1 : 0));
    });
    if (stale || set.items.empty()) {
      ASSERT_EQ(test::code_of(result), stale ? "conflict" : "nothing");
      return;
    }
    ASSERT_TRUE(test::done(result));
    std::map<int64_t, Simple> images;
    for (const BulkItem& item : set.items) {
      ASSERT_EQ(model_.now[item.image].status, "open");
      ASSERT_EQ(model_.now[item.image].items[item.item], "proposed");
      images.emplace(item.image, model_.now[item.image]).first->second.items[item.item] =
          ask.action + "ed";
    }
    model_.change(who, images);
    ++changes;
  }

  Review review_;
  Random random_;
  SimpleReview model_;
  int drawn_ = 0;
};

TEST(TwoReviewers, DoWhatASimpleModelSays) {
  for (const uint64_t seed : {1, 2, 3}) {
    RandomReview review(seed, 12);
    for (int i = 0; i < 400 && !testing::Test::HasFatalFailure(); ++i) {
      review.step();
      if (i % 100 == 99) review.compare();
    }
    ASSERT_FALSE(testing::Test::HasFatalFailure()) << "seed " << seed;
    EXPECT_GT(review.changes, 150);
    EXPECT_GT(review.conflicts, 20);
  }
}

}  // namespace
}  // namespace paucal::review
