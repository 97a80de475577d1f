#include "serve/workers.h"

#include <algorithm>

#include "base/error.h"

namespace paucal::serve {
namespace {

constexpr const char* kTooLate = "Request timeout expired";
constexpr const char* kFull = "Exceeds maximum queue size";
constexpr const char* kClientLeft = "the client went away";

// The first image's that failed.
Refused first_wrong(const Flight& flight) {
  if (flight.gone) return {Refusal::kTimeout, kClientLeft};
  if (flight.late) return {Refusal::kTimeout, kTooLate};
  for (std::size_t i = 0; i < flight.wrong.size(); ++i)
    if (flight.wrong[i])
      return {flight.wrong[i]->why, flight.wrong.size() == 1
                                        ? flight.wrong[i]->message
                                        : fmt::format("image {}: {}", i, flight.wrong[i]->message)};
  return {Refusal::kInternal, "no answer"};
}

// What goes wrong in answering is no matter of the worker: a request without an answer gets a 500.
void answer(const Flight& flight, Answer<Done> what) {
  try {
    flight.done(std::move(what));
  } catch (const std::exception&) {
  }
}

void keep_images(spool::Spool& keep, const Flight& flight, const Done& done, double ms) {
  const Facts& facts = flight.job.facts;
  for (std::size_t i = 0; i < done.images.size(); ++i) {
    spool::SpoolEntry entry;
    entry.pixels = std::get_if<edge::Image>(&flight.job.inputs[i]);
    if (const auto* bytes = std::get_if<EncodedImage>(&flight.job.inputs[i])) {
      entry.image = *bytes;
      entry.pixels = &flight.pixels[i];
    }
    entry.request_key = facts.request_key;
    entry.part = facts.part;
    entry.station = facts.station;
    entry.captured_at = facts.captured_at;
    entry.model = done.served->name;
    entry.version = done.served->version;
    entry.model_sha256 = done.served->sha256;
    entry.prediction = &done.images[i].prediction;
    entry.card = &done.served->card;
    entry.ms = ms;
    keep.add(entry);
  }
}

}  // namespace

Workers::Workers(const EngineOptions& options, const Models& models,
                 std::shared_ptr<spool::Spool> keep)
    : models_(models),
      keep_(std::move(keep)),
      threads_(options.threads),
      beside_(options.shadow_share),
      queue_(options.max_queue) {
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  const int workers = options.workers > 0 ? options.workers : cores;
  try {
    for (int i = 0; i < workers; ++i) workers_.emplace_back([this] { work(); });
    workers_.emplace_back([this] { watch_the_clock(); });
  } catch (...) {
    let_go();
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    throw;
  }
}

Workers::~Workers() {
  std::vector<Work> left;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    left = queue_.remove_if([](const Work&, const auto&) { return true; });
  }
  wake_.notify_all();
  wake_clock_.notify_all();
  refuse(left, Refusal::kStopping, "the server stops");
  for (std::thread& worker : workers_) worker.join();
}

// What has not begun.
void Workers::refuse(const std::vector<Work>& works, Refusal why, const std::string& message) {
  for (const Work& flight : works) {
    Counters& counters = *flight->loaded->counters;
    counters.now_pending(-1);
    if (message == kClientLeft)
      counters.client_left(ns_since(flight->submitted));
    else
      counters.refused(why, ns_since(flight->submitted));
    answer(*flight, Refused{why, message});
  }
}

void Workers::submit(std::shared_ptr<Flight> flight) {
  const int images = static_cast<int>(flight->job.inputs.size());
  flight->keeps_pixels = keep_ != nullptr;
  if (keep_) flight->pixels.resize(flight->job.inputs.size());
  const std::string client = flight->job.client;
  std::optional<Clock::time_point> until;
  if (flight->job.wait) until = flight->submitted + *flight->job.wait;
  std::vector<Work> evicted, gone, refused;
  {
    const std::lock_guard lock(mutex_);
    flight->loaded->counters->now_pending(1);
    bool in = !stop_ && queue_.push(client, flight, images, until, evicted);
    if (!in && !stop_) {
      gone = queue_.remove_if([](const Work& other, const auto&) {
        return other->job.cancelled && other->job.cancelled();
      });
      in = !gone.empty() && queue_.push(client, flight, images, until, evicted);
    }
    if (!in) refused.push_back(flight);
  }
  if (images == 1)
    wake_.notify_one();
  else
    wake_.notify_all();
  if (until) wake_clock_.notify_one();
  refuse(gone, Refusal::kTimeout, kClientLeft);
  refuse(evicted, Refusal::kQueueFull, kFull);
  refuse(refused, Refusal::kQueueFull, kFull);
}

void Workers::let_go() {
  {
    const std::lock_guard lock(mutex_);
    ++drops_;
  }
  wake_.notify_all();
}

void Workers::work() {
  Predictors predictors(threads_);
  std::uint64_t drops = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(
        lock, [&] { return stop_ || queue_.waiting() > 0 || drops != drops_ || !beside_.empty(); });
    drops = drops_;
    if (auto next = queue_.pop()) {
      lock.unlock();
      run(*next->first, static_cast<std::size_t>(next->second), predictors);
      next.reset();
    } else if (stop_) {
      return;
    } else {
      lock.unlock();
      if (const auto work = beside_.next()) run_beside(*work, predictors);
    }
    predictors.let_go();
    lock.lock();
  }
}

// A request must not wait for a worker to hear that it waited too long.
void Workers::watch_the_clock() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    const auto first = queue_.first_expiry();
    if (!first)
      wake_clock_.wait(lock);
    else
      wake_clock_.wait_until(lock, *first);
    const auto late = queue_.expire(Clock::now());
    if (late.empty()) continue;
    lock.unlock();
    refuse(late, Refusal::kTimeout, kTooLate);
    lock.lock();
  }
}

void Workers::run(Flight& flight, std::size_t image, Predictors& predictors) {
  if (image == 0) {
    flight.queue_ns = ns_since(flight.submitted);
    if (flight.job.cancelled && flight.job.cancelled()) flight.gone = flight.over = true;
    // The clock's thread may come later than this one, on a busy machine by much.
    if (flight.job.wait && Clock::now() >= flight.submitted + *flight.job.wait)
      flight.late = flight.over = true;
  }
  if (!flight.over) {
    run_image(flight, image, predictors);
    if (flight.wrong[image]) flight.over = true;
  }
  if (flight.left.fetch_sub(1, std::memory_order_acq_rel) == 1) finish(flight);
}

void Workers::finish(Flight& flight) {
  Counters& counters = *flight.loaded->counters;
  counters.now_pending(-1);
  const std::uint64_t total = ns_since(flight.submitted);
  if (flight.over) {
    const Refused wrong = first_wrong(flight);
    if (flight.gone)
      counters.client_left(total);
    else
      counters.refused(wrong.why, total);
    answer(flight, wrong);
    return;
  }
  Done done;
  done.served = std::shared_ptr<const ServedModel>(flight.loaded, &flight.loaded->served);
  done.images = std::move(flight.images);
  done.durations = {flight.queue_ns, flight.decode_ns, flight.infer_ns, flight.post_ns};
  if (keep_) keep_images(*keep_, flight, done, static_cast<double>(total) / 1e6);
  counters.answered(done, total);
  const auto challenger = models_.beside(flight.loaded->served.name);
  std::vector<Beside::Work> again;
  if (challenger && challenger != flight.loaded)
    for (std::size_t i = 0; i < done.images.size(); ++i)
      if (beside_.takes_next())
        again.push_back({std::move(flight.job.inputs[i]), flight.loaded, challenger,
                         verdict_of(done.served->card, done.images[i].prediction)});
  answer(flight, std::move(done));
  for (Beside::Work& work : again) beside_.add(std::move(work));
  if (!again.empty()) wake_.notify_one();
}

}  // namespace paucal::serve
