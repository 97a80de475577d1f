#pragma once
// What stands between a request and a model: the models by name and version, the queue, the
// workers. Protocols (Open Inference Protocol, raw images) live in front of it.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "edge/image/image.h"
#include "edge/post/interpret.h"

namespace paucal::serve {

// Why a request has no answer. The protocol makes a status of it.
enum class Refusal {
  kBadInput,      // 400: an image that cannot be read or predicted
  kUnknownModel,  // 404
  kNotReady,      // 503: known, not loaded
  kQueueFull,     // 503 and Retry-After: 1, "Exceeds maximum queue size"
  kTimeout,       // 503 and Retry-After: 1, "Request timeout expired"
  kStopping,      // 503
  kForbidden,     // 403
  kInternal,      // 500
};
struct Refused {
  Refusal why;
  std::string message;
};
template <class T>
using Answer = std::variant<T, Refused>;

// What came with an image and is kept with it.
struct Facts {
  std::string request_key, part, station, captured_at;
};

using EncodedImage = std::string;                       // the bytes of a file
using Input = std::variant<EncodedImage, edge::Image>;  // decoded by a worker

struct Durations {  // nanoseconds
  std::uint64_t queue = 0, decode = 0, infer = 0, post = 0;
};

// One image's answer. `served` stays valid whatever is loaded meanwhile.
struct ServedModel {
  std::string name;
  int version = 0;
  std::string sha256;  // of the model file, hex
  edge::ModelCard card;
  std::int64_t loaded_at_ms = 0;
  double load_seconds = 0;
};
struct Predicted {
  edge::Prediction prediction;
  std::string json;  // the line that `paucal-edge predict` prints, without "path"; no newline
};
struct Done {
  std::shared_ptr<const ServedModel> served;
  std::vector<Predicted> images;  // in the order of the inputs
  Durations durations;
};

struct Job {
  std::string model;
  std::optional<int> version;  // none: the one that serves
  std::vector<Input> inputs;   // 1 … max_batch
  Facts facts;
  std::string client;                             // one FIFO a client, round robin
  std::optional<std::chrono::microseconds> wait;  // longest wait in the queue
  std::function<bool()> cancelled;                // asked before it runs; may be empty
};

struct ModelState {  // of the repository index
  std::string name;
  int version = 0;
  std::string state;   // READY, UNAVAILABLE, LOADING, UNLOADING
  std::string reason;  // why not READY
};

// Counters of one model version since it was loaded first; nanoseconds and counts as in Triton's
// statistics extension.
struct DurationSum {
  std::uint64_t count = 0, ns = 0;
};
struct ModelStatistics {
  std::string name;
  int version = 0;
  std::uint64_t last_inference_ms = 0;
  std::uint64_t inference_count = 0, execution_count = 0;  // images; runs of the network
  DurationSum success, fail, queue, compute_input, compute_infer, compute_output;
  std::uint64_t rejected = 0, cancelled = 0, failed = 0;  // reasons of failures
  std::uint64_t ng = 0, ok = 0;                           // verdicts
  // Verdicts of what serves and of what runs beside it, equal ones too: "OK→NG", "OK→OK".
  std::vector<std::pair<std::string, std::uint64_t>> shadow = {};
  // Requests up to each of kRequestSeconds and above the bucket before; the last: longer ones.
  std::vector<std::uint64_t> request_seconds_buckets = {};
  std::vector<std::uint64_t> probability_buckets = {};  // images by tenths
  std::uint64_t pending = 0;                            // requests let in and not answered
};

class Engine {
 public:
  virtual ~Engine() = default;
  // Never blocks; `done` is called exactly once, from a worker or from here.
  virtual void submit(Job job, std::function<void(Answer<Done>)> done) = 0;
  virtual std::vector<std::string> names() const = 0;
  // None: unknown. A known name that does not serve: kNotReady.
  virtual Answer<std::shared_ptr<const ServedModel>> model(const std::string& name,
                                                           std::optional<int> version) const = 0;
  virtual std::vector<int> loaded_versions(const std::string& name) const = 0;
  virtual std::vector<ModelState> index() const = 0;
  // All named models serve, and drain() was not called.
  virtual bool ready() const = 0;
  // The end is near: not ready from here on, while requests are still answered.
  virtual void drain() {}
  virtual std::vector<ModelStatistics> statistics() const = 0;
  // These take seconds and run on a thread of their own; `done` gets nothing or what is wrong.
  using Changed = std::function<void(std::optional<Refused>)>;
  virtual void load(const std::string& name, std::optional<int> version, Changed done) = 0;
  virtual void unload(const std::string& name, Changed done) = 0;
  virtual void rollback(const std::string& name, Changed done) = 0;
  virtual int max_batch() const = 0;
};

inline constexpr double kRequestSeconds[] = {.002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5};

}  // namespace paucal::serve
