// Requests through queue and workers.

#include <gmock/gmock.h>

#include "base/json_text.h"
#include "edge/post/prediction_line.h"
#include "edge/runtime/predictor.h"
#include "serve/test_models.h"

namespace paucal::serve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A spool that only remembers.
class Remembers : public spool::Spool {
 public:
  void add(const spool::SpoolEntry& entry) override {
    const std::lock_guard lock(mutex);
    lines.push_back(fmt::format("{} {} {} {} {}", entry.part, entry.model, entry.version,
                                entry.image.size(), entry.prediction->ng ? "NG" : "OK"));
  }
  spool::SpoolCounts counts() const override { return {}; }
  std::mutex mutex;
  std::vector<std::string> lines;
};

class EngineTest : public testing::Test {
 protected:
  EngineTest() { write_file_atomic(folder_ / "m.paucal", bytes_of_version(1)); }
  EngineOptions options(int workers = 2) {
    EngineOptions options;
    options.files = {{"m", folder_ / "m.paucal"}};
    options.workers = workers;
    return options;
  }
  const command::TestFolder folder_;
};

Job one(const std::string& client = "", const std::string& image = clean_png()) {
  Job job;
  job.model = "m";
  job.inputs = {image};
  job.client = client;
  return job;
}

// Holds the only worker in the answer of a request, until it is let go.
class Held {
 public:
  explicit Held(RunningEngine& engine) {
    Job job = one("holder");
    job.wait = std::chrono::hours(1);
    engine->submit(std::move(job), [this](Answer<Done>) {
      begun_.set_value();
      go_.get_future().wait();
    });
    begun_.get_future().wait();
  }
  void let_go() { go_.set_value(); }

 private:
  std::promise<void> begun_, go_;
};

TEST_F(EngineTest, SaysWhatPredictSays) {
  RunningEngine engine(options());
  auto predictor = edge::Predictor::open(folder_ / "m.paucal");
  for (const auto& image :
       {edge::bright_spot_image(), edge::Image(32, 24, 1), edge::Image(5, 3, 3)}) {
    Job job = one();
    job.inputs = {image};
    const auto answer = engine.submit(job).get();
    const Done& done = std::get<Done>(answer);
    const auto expected = (*predictor)->predict(image);
    EXPECT_EQ(done.images[0].json,
              dump_json(edge::prediction_line((*predictor)->card(), *expected)));
    EXPECT_EQ(done.served->name, "m");
    EXPECT_EQ(done.served->sha256.size(), 64u);
    EXPECT_GT(done.durations.infer, 0u);
  }
}

TEST_F(EngineTest, ImagesOfARequestComeBackInOrder) {
  RunningEngine engine(options(3));
  Job job = one();
  job.inputs = {clean_png(), spot_png(), edge::bright_spot_image(), clean_png(), spot_png()};
  const auto answer = engine.submit(job).get();
  std::vector<bool> ng;
  for (const Predicted& image : std::get<Done>(answer).images) ng.push_back(image.prediction.ng);
  EXPECT_THAT(ng, ElementsAre(false, true, true, false, true));
  const auto stats = engine->statistics().at(0);
  EXPECT_EQ(stats.inference_count, 5u);
  EXPECT_EQ(stats.success.count, 1u);
  EXPECT_EQ(stats.ng, 3u);
  EXPECT_EQ(stats.pending, 0u);
}

TEST_F(EngineTest, OneBadImageFailsTheRequest) {
  RunningEngine engine(options());
  Job job = one();
  job.inputs = {clean_png(), std::string(), clean_png()};
  Refused wrong = std::get<Refused>(engine.submit(job).get());
  EXPECT_EQ(wrong.why, Refusal::kBadInput);
  EXPECT_THAT(wrong.message, HasSubstr("image 1: 0 bytes, expected"));
  job.inputs = {std::string("no image")};
  wrong = std::get<Refused>(engine.submit(job).get());
  EXPECT_EQ(wrong.why, Refusal::kBadInput);
  EXPECT_THAT(wrong.message, Not(HasSubstr("image 0")));
  edge::Image lie(32, 24, 1);
  lie.height = 2400;
  job.inputs = {lie};
  EXPECT_EQ(std::get<Refused>(engine.submit(job).get()).why, Refusal::kBadInput);
  job.inputs.clear();
  EXPECT_EQ(std::get<Refused>(engine.submit(job).get()).why, Refusal::kBadInput);
  job.inputs.assign(9, clean_png());
  EXPECT_THAT(std::get<Refused>(engine.submit(job).get()).message,
              HasSubstr("9 images, expected 1 to 8"));
  EXPECT_EQ(engine->statistics().at(0).failed, 3u);
}

TEST_F(EngineTest, RefusesWhatTheQueueDoesNotHold) {
  EngineOptions o = options(1);
  o.max_queue = o.max_batch = 2;
  RunningEngine engine(o);
  Held held(engine);
  auto first = engine.submit(one("a")), second = engine.submit(one("a"));
  const auto refused = std::get<Refused>(engine.submit(one("a")).get());
  EXPECT_EQ(refused.why, Refusal::kQueueFull);
  EXPECT_EQ(refused.message, "Exceeds maximum queue size");
  auto other = engine.submit(one("b"));  // a's newest gives way
  EXPECT_EQ(std::get<Refused>(second.get()).why, Refusal::kQueueFull);
  held.let_go();
  EXPECT_TRUE(std::holds_alternative<Done>(first.get()));
  EXPECT_TRUE(std::holds_alternative<Done>(other.get()));
  const auto stats = engine->statistics().at(0);
  EXPECT_EQ(stats.rejected, 2u);
  EXPECT_EQ(stats.pending, 0u);
}

TEST_F(EngineTest, NobodyWaitsLongerThanAsked) {
  EngineOptions o = options(1);
  o.timeout_ms = 20;
  RunningEngine engine(o);
  Held held(engine);
  Job patient = one();
  patient.wait = std::chrono::hours(1);
  Job hasty = one();
  hasty.wait = std::chrono::microseconds(1);
  auto waits = engine.submit(patient);
  // While the worker is still held.
  for (const Job& job : {hasty, one()}) {
    const auto late = std::get<Refused>(engine.submit(job).get());
    EXPECT_EQ(late.why, Refusal::kTimeout);
    EXPECT_EQ(late.message, "Request timeout expired");
  }
  held.let_go();
  EXPECT_TRUE(std::holds_alternative<Done>(waits.get()));
}

// Whoever sees it first, the clock's thread or a worker that has nothing else to do.
TEST_F(EngineTest, NeverWorksOnWhatWaitedTooLong) {
  RunningEngine engine(options());
  Job job = one();
  job.wait = std::chrono::microseconds(0);
  for (int i = 0; i < 50; ++i) {
    const auto answer = engine.submit(job).get();
    ASSERT_TRUE(std::holds_alternative<Refused>(answer)) << i;
    EXPECT_EQ(std::get<Refused>(answer).why, Refusal::kTimeout);
  }
  EXPECT_EQ(engine->statistics().at(0).pending, 0u);
}

TEST_F(EngineTest, WhoLeftIsNotWorkedFor) {
  EngineOptions o = options(1);
  o.max_queue = o.max_batch = 2;
  RunningEngine engine(o);
  Held held(engine);
  std::atomic<bool> left{false};
  Job leaves = one();
  leaves.cancelled = [&] { return left.load(); };
  auto first = engine.submit(leaves), second = engine.submit(leaves);
  left = true;
  auto third = engine.submit(one());  // full of requests that nobody waits for
  EXPECT_TRUE(std::holds_alternative<Refused>(first.get()));
  EXPECT_TRUE(std::holds_alternative<Refused>(second.get()));
  auto fourth = engine.submit(leaves);
  held.let_go();
  EXPECT_TRUE(std::holds_alternative<Done>(third.get()));
  EXPECT_TRUE(std::holds_alternative<Refused>(fourth.get()));
  EXPECT_EQ(engine->statistics().at(0).inference_count, 2u);
  EXPECT_EQ(engine->statistics().at(0).cancelled, 3u);
}

TEST_F(EngineTest, KeepsBeforeItAnswers) {
  const auto keep = std::make_shared<Remembers>();
  RunningEngine engine(options(), keep);
  Job job = one("", spot_png());
  job.facts.part = "P7";
  engine.submit(job).get();
  EXPECT_EQ(keep->lines.size(), 1u);
  job.inputs = {edge::Image(32, 24, 1)};  // pixels: no file to keep
  engine.submit(job).get();
  EXPECT_THAT(keep->lines,
              ElementsAre(fmt::format("P7 m 1 {} NG", spot_png().size()), "P7 m 1 0 OK"));
}

TEST_F(EngineTest, EveryRequestIsAnsweredAtTheEnd) {
  std::vector<std::future<Answer<Done>>> answers;
  {
    RunningEngine engine(options());
    for (int i = 0; i < 60; ++i) answers.push_back(engine.submit(one()));
    EXPECT_TRUE(engine->ready());
    engine->drain();
    EXPECT_FALSE(engine->ready());
  }
  for (auto& answer : answers) {
    const auto what = answer.get();
    if (const auto* refused = std::get_if<Refused>(&what)) {
      EXPECT_EQ(refused->why, Refusal::kStopping);
    }
  }
}

TEST_F(EngineTest, ThreadsInPlentyLoseNothing) {
  EngineOptions o = options(4);
  o.max_queue = 10'000;
  RunningEngine engine(o);
  std::atomic<int> good{0};
  std::vector<std::thread> clients;
  for (int c = 0; c < 6; ++c)
    clients.emplace_back([&, c] {
      for (int i = 0; i < 100; ++i) {
        Job job = one(std::to_string(c));
        job.inputs.assign(static_cast<std::size_t>(1 + i % 8), clean_png());
        const auto answer = engine.submit(job).get();
        if (const auto* done = std::get_if<Done>(&answer))
          good += done->images.size() == job.inputs.size();
      }
    });
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(good, 600);
  EXPECT_EQ(engine->statistics().at(0).success.count, 600u);
}

TEST(EngineOptions, AreHeldToTheirBounds) {
  EngineOptions o;
  o.max_batch = 65;
  EXPECT_THAT(RunningEngine(o).wrong(), HasSubstr("max_batch 65, expected at most max_queue, 64"));
  EXPECT_THROW(options_of(o).set("shadow_share", "1.1"), Error);
}

}  // namespace
}  // namespace paucal::serve
