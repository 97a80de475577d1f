#include "serve/local_engine.h"

#include <atomic>

#include "base/error.h"
#include "serve/serial.h"
#include "serve/watcher.h"
#include "serve/workers.h"

namespace paucal::serve {
namespace {

class LocalEngine : public Engine {
 public:
  LocalEngine(EngineOptions options, Log log, std::shared_ptr<spool::Spool> keep)
      : options_(std::move(options)),
        log_(std::move(log)),
        models_(options_, log_, [this] { workers_->let_go(); }),
        workers_(std::make_unique<Workers>(options_, models_, std::move(keep))) {}

  ~LocalEngine() override { stopping_ = true; }

  std::optional<Failure> start() {
    if (auto wrong = models_.start()) return wrong;
    if (options_.watch) watcher_ = std::make_unique<Watcher>(options_, models_, log_);
    return std::nullopt;
  }

  void submit(Job job, std::function<void(Answer<Done>)> done) override;

  std::vector<std::string> names() const override { return models_.names(); }
  Answer<std::shared_ptr<const ServedModel>> model(const std::string& name,
                                                   std::optional<int> version) const override {
    auto found = models_.find(name, version);
    if (auto* refused = std::get_if<Refused>(&found)) return std::move(*refused);
    const auto& loaded = std::get<std::shared_ptr<const Loaded>>(found);
    return std::shared_ptr<const ServedModel>(loaded, &loaded->served);
  }
  std::vector<int> loaded_versions(const std::string& name) const override {
    return models_.loaded_versions(name);
  }
  std::vector<ModelState> index() const override { return models_.index(); }
  bool ready() const override { return !draining_ && models_.all_serve(); }
  void drain() override { draining_ = true; }
  std::vector<ModelStatistics> statistics() const override { return models_.statistics(); }
  int max_batch() const override { return options_.max_batch; }

  void load(const std::string& name, std::optional<int> version, Changed done) override {
    change(
        changes_, [=, this] { return models_.load(name, version); }, std::move(done));
  }
  void unload(const std::string& name, Changed done) override {
    change(
        changes_, [=, this] { return models_.unload(name); }, std::move(done));
  }
  // Not behind a load that takes its time.
  void rollback(const std::string& name, Changed done) override {
    change(
        returns_, [=, this] { return models_.rollback(name); }, std::move(done));
  }

 private:
  template <class Change>
  void change(Serial& thread, Change what, Changed done) {
    const auto run = [this, what = std::move(what), done] {
      std::optional<Refused> wrong;
      try {
        wrong = stopping_ ? Refused{Refusal::kStopping, "the server stops"} : what();
      } catch (const std::exception& error) {  // no memory
        wrong = Refused{Refusal::kInternal, error.what()};
      }
      done(std::move(wrong));
    };
    if (!thread.post(run)) done(Refused{Refusal::kQueueFull, "too many changes wait"});
  }

  const EngineOptions options_;
  const Log log_;
  Models models_;
  std::unique_ptr<Workers> workers_;
  std::atomic<bool> draining_{false};
  std::atomic<bool> stopping_{false};
  Serial changes_, returns_;
  std::unique_ptr<Watcher> watcher_;
};

}  // namespace

void LocalEngine::submit(Job job, std::function<void(Answer<Done>)> done) {
  const std::size_t images = job.inputs.size();
  if (images < 1 || images > static_cast<std::size_t>(options_.max_batch))
    return done(Refused{Refusal::kBadInput,
                        fmt::format("{} images, expected 1 to {}", images, options_.max_batch)});
  auto found = models_.find(job.model, job.version);
  if (auto* refused = std::get_if<Refused>(&found)) return done(std::move(*refused));
  auto flight = std::make_shared<Flight>();
  flight->loaded = std::get<std::shared_ptr<const Loaded>>(std::move(found));
  flight->submitted = Clock::now();
  if (!job.wait && options_.timeout_ms > 0)
    job.wait = std::chrono::milliseconds(options_.timeout_ms);
  flight->job = std::move(job);
  flight->done = std::move(done);
  flight->images.resize(images);
  flight->wrong.resize(images);
  flight->left = static_cast<int>(images);
  workers_->submit(std::move(flight));
}

Result<std::unique_ptr<Engine>> make_engine(EngineOptions options, Log log,
                                            std::shared_ptr<spool::Spool> keep) {
  if (options.max_batch > options.max_queue)
    return failure("serve", "max_batch {}, expected at most max_queue, {}", options.max_batch,
                   options.max_queue);
  try {
    auto engine =
        std::make_unique<LocalEngine>(std::move(options), std::move(log), std::move(keep));
    if (auto wrong = engine->start()) return *wrong;
    return std::unique_ptr<Engine>(std::move(engine));
  } catch (const std::exception& error) {  // no memory, no thread
    return failure("serve", "{}", error.what());
  }
}

}  // namespace paucal::serve
