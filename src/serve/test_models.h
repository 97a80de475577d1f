#pragma once
// For tests: a folder of small models that can be told apart, and an engine that is asked and
// waited for.

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "command/test_program.h"
#include "edge/api/test_model.h"
#include "edge/pre/encode.h"
#include "serve/local_engine.h"

namespace paucal::serve {

inline edge::ModelFile test_model(float gain, double bias) {
  edge::Graph graph;
  using edge::Shape;
  const int x =
      graph.add_input("image", edge::Type::kF32, {Shape::kFree, 1, Shape::kFree, Shape::kFree});
  const int w = graph.add_constant("gain", edge::Type::kF32, {1, 1, 1, 1},
                                   std::as_bytes(std::span(&gain, 1)));
  graph.outputs = {graph.add_node("relu", "brightness", {graph.add_node("mul", "gained", {x, w})})};
  auto card = *edge::card_from_json(edge::bright_spot_model().card);
  card.calibration.ng = {2, bias};
  return {std::move(graph), edge::to_json(card)};
}

// Version k says another probability of an image than the others.
inline Bytes bytes_of_version(int k) {
  return edge::write_model(test_model(1, -4 + .01 * k));
}
inline Bytes bytes_of_nan() {
  return edge::write_model(test_model(std::numeric_limits<float>::quiet_NaN(), -4));
}

inline std::string spot_png() {
  const Bytes png = *edge::encode_png(edge::bright_spot_image());
  return {png.begin(), png.end()};
}
inline std::string clean_png() {
  const Bytes png = *edge::encode_png(edge::Image(32, 24, 1));
  return {png.begin(), png.end()};
}

class RunningEngine {
 public:
  explicit RunningEngine(EngineOptions options, std::shared_ptr<spool::Spool> keep = nullptr) {
    if (options.workers == 0) options.workers = 2;
    options.scan_every = std::chrono::milliseconds(200);
    options.rest = std::chrono::milliseconds(50);
    auto made = make_engine(
        options,
        [this](const std::string& line) {
          const std::lock_guard lock(mutex_);
          log_ += line + "\n";
        },
        std::move(keep));
    if (made.ok())
      engine_ = std::move(*made);
    else
      wrong_ = made.failure().message;
  }
  // Its threads write to the log.
  ~RunningEngine() { engine_.reset(); }

  Engine* operator->() { return engine_.get(); }
  void end() { engine_.reset(); }
  const std::string& wrong() const { return wrong_; }  // why there is none
  std::string log() {
    const std::lock_guard lock(mutex_);
    return log_;
  }

  std::future<Answer<Done>> submit(Job job) {
    auto promise = std::make_shared<std::promise<Answer<Done>>>();
    engine_->submit(std::move(job),
                    [promise](Answer<Done> a) { promise->set_value(std::move(a)); });
    return promise->get_future();
  }
  Answer<Done> ask(const std::string& model, std::optional<int> version = {},
                   const std::string& image = spot_png()) {
    Job job;
    job.model = model;
    job.version = version;
    job.inputs = {image};
    return submit(std::move(job)).get();
  }
  // The version that answered; 0: none did.
  int version(const std::string& model) {
    const auto answer = ask(model);
    const auto* done = std::get_if<Done>(&answer);
    return done ? done->served->version : 0;
  }
  using Change = std::function<void(Engine&, Engine::Changed)>;
  std::optional<Refused> change(const Change& change) {
    std::promise<std::optional<Refused>> promise;
    change(*engine_, [&](std::optional<Refused> wrong) { promise.set_value(std::move(wrong)); });
    return promise.get_future().get();
  }
  std::optional<Refused> load(const std::string& name, std::optional<int> version = {}) {
    return change([&](Engine& e, auto done) { e.load(name, version, done); });
  }
  std::optional<Refused> unload(const std::string& name) {
    return change([&](Engine& e, auto done) { e.unload(name, done); });
  }
  std::optional<Refused> rollback(const std::string& name) {
    return change([&](Engine& e, auto done) { e.rollback(name, done); });
  }
  // "READY", or "UNAVAILABLE: why"; "": not in the index.
  std::string state(const std::string& name, int version) {
    for (const ModelState& state : engine_->index())
      if (state.name == name && state.version == version)
        return state.state + (state.reason.empty() ? "" : ": " + state.reason);
    return "";
  }

 private:
  std::mutex mutex_;
  std::string log_, wrong_;
  std::unique_ptr<Engine> engine_;
};

// Until it holds, a minute at the most.
inline bool comes_true(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (std::chrono::steady_clock::now() < end) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

}  // namespace paucal::serve
