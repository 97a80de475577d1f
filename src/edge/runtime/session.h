#pragma once
// Runs a model. One session a thread of the caller; sessions share the model's weights.

#include <chrono>
#include <list>
#include <memory>

#include "edge/runtime/plan.h"

namespace paucal::edge {

struct SessionOptions {
  int threads = 1;
  size_t max_bytes = size_t{4} << 30;  // of activations; larger inputs are refused
};

// The place of a failure for want of memory, which says nothing about the model or the image.
inline constexpr std::string_view kNoMemory = "memory";

class Session {
 public:
  explicit Session(std::shared_ptr<const Model> model, SessionOptions options = {});

  // `inputs`: in the order of graph().inputs, with the types and layouts declared there; borrowed
  // for the call. The outputs lie in the session and hold until the next run. Sizes seen lately
  // (kPlans) are run without any allocation.
  Result<std::span<const Tensor>> run(std::span<const Tensor> inputs);

  const Model& model() const { return *model_; }
  const std::shared_ptr<const Model>& shared_model() const { return model_; }
  size_t max_bytes() const { return options_.max_bytes; }
  // Of the last run.
  const Plan& plan() const { return plans_.front().plan; }
  size_t arena_bytes() const { return arena_bytes_; }  // of activations and scratch, all threads

  // Seconds a node of the last run, where timing is on; of all its parts together.
  void time_nodes(bool on) { timing_ = on; }
  std::span<const double> node_seconds() const { return node_seconds_; }

 private:
  static constexpr size_t kPlans = 4;
  // The tensors of a part, in one arena.
  struct Lane {
    std::byte* arena;
    std::vector<std::vector<Tensor>> in, out;  // of each node
    std::vector<Tensor> outputs;
    std::vector<double> node_seconds;
  };
  struct Bound {
    std::vector<Shape> input_shapes;  // of the whole batch
    Plan plan;
    std::vector<Lane> lanes;      // one; with several parts one a thread
    std::vector<Tensor> outputs;  // of the whole batch
  };
  std::optional<Failure> bind(std::span<const Tensor> inputs);
  std::optional<Failure> add_plan(std::span<const Tensor> inputs);
  Lane make_lane(const Plan& plan, std::byte* arena) const;
  // Part number `part` of the inputs.
  void run_part(const Plan& plan, Lane& lane, std::span<const Tensor> inputs, int64_t part,
                Pool& pool);

  std::shared_ptr<const Model> model_;
  SessionOptions options_;
  Pool pool_;
  std::shared_ptr<std::byte> arena_;
  size_t arena_bytes_ = 0;
  std::list<Bound> plans_;  // the last used first
  bool timing_ = false;
  std::vector<double> node_seconds_;
};

}  // namespace paucal::edge
