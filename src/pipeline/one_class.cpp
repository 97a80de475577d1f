#include "pipeline/one_class.h"

#include <torch/torch.h>

#include <map>
#include <numeric>

#include "base/error.h"
#include "base/evenly.h"
#include "base/host/log.h"
#include "base/host/progress.h"
#include "data/augment/turned.h"
#include "judge/inference.h"
#include "models/memory.h"
#include "pipeline/choose_neighbourhood.h"
#include "pipeline/mix.h"

namespace paucal::pipeline {
namespace {

constexpr int kTurns[] = {1, 4, 12};
constexpr size_t kJudges = 24;  // images whose scores tell whether more turns help
constexpr int64_t kMostViews = 1200;
constexpr double kWorthIt = .95;  // what more turns must bring scores down to

// OK images to remember, each seen in several directions.
class RememberedImages {
 public:
  RememberedImages(const TrainingInput& run, const edge::ModelCard& card)
      : run_(run), card_(card), owners_(owners_of(run.dataset)) {
    card_.flips = false;
    for (int i = 0; i < run.dataset.count(); ++i)
      if (owners_[static_cast<size_t>(i)] >= 0) records_.push_back(i);
  }

  const std::vector<int>& records() const { return records_; }
  int64_t owner(int record) const { return owners_[static_cast<size_t>(record)]; }

  weak::OkViews seen_in(int turns, const std::function<void()>& advance) const {
    const auto record = [this, turns](int64_t number) {
      return records_[static_cast<size_t>(number / turns)];
    };
    return {.count = std::ssize(records_) * turns,
            .canvases =
                [this, turns, record](int64_t number) {
                  return canvases(record(number),
                                  360. / turns * static_cast<double>(number % turns));
                },
            .owner = [this, record](int64_t number) { return owner(record(number)); },
            .advance = advance};
  }

 private:
  std::vector<edge::View> canvases(int record, double degrees) const {
    const auto fitted = run_.cache.get(record);
    const edge::Fitted view = degrees == 0 ? *fitted : data::turned(*fitted, degrees);
    const edge::Views views(card_, view);
    std::vector<edge::View> all;
    for (size_t i = 0; i < views.count(); ++i) all.push_back(views.at(i));
    return all;
  }

  const TrainingInput& run_;
  edge::ModelCard card_;
  std::vector<int64_t> owners_;
  std::vector<int> records_;
};

judge::TrainedModel with_memory(const judge::TrainedModel& model,
                                const std::shared_ptr<models::Memory>& memory, double top) {
  judge::TrainedModel result = model;
  result.network = memory;
  result.architecture = memory->options();
  result.flips = false;
  if (memory->options().memory.with_head) return result;
  result.tells_classes = false;
  result.top = top;
  return result;
}

// How far OK images seem to lie from a memory that has not seen them.
double mean_score(const judge::TrainedModel& model, models::Memory& memory,
                  const RememberedImages& images, const TrainingInput& run) {
  double sum = 0;
  const std::vector<int> judges = evenly(images.records(), kJudges);
  const judge::Inference inference(model);
  as_if_unseen(memory, run.dataset, judges,
               [&](int record) { sum += inference.fitted(*run.cache.get(record)).scores[0]; });
  return sum / static_cast<double>(judges.size());
}

using MemoryPtr = std::shared_ptr<models::Memory>;

MemoryPtr fit(Training& training, const RememberedImages& images, int turns,
              const weak::OneClassOptions& options, weak::MemoryPlan plan) {
  const int64_t views = std::ssize(images.records()) * turns;
  Progress progress(fmt::format("remember ({} direction{})", turns, turns == 1 ? "" : "s"), views);
  return weak::fit_memory(*training.model.network,
                          images.seen_in(turns, [&progress] { progress.advance(); }), options,
                          plan);
}

// More directions as long as images that were not seen look more familiar for it.
MemoryPtr fit_as_many_turns_as_help(Training& training, const RememberedImages& images,
                                    const weak::OneClassOptions& options, weak::MemoryPlan plan) {
  MemoryPtr best;
  double best_score = 0;
  for (const int turns : kTurns) {
    if (best && std::ssize(images.records()) * turns > kMostViews) break;
    MemoryPtr memory = fit(training, images, turns, options, plan);
    const double score =
        mean_score(with_memory(training.model, memory, options.top), *memory, images, training.run);
    log::info("train: held-out OK images score {:.4f} with a memory of {} direction{}", score,
              turns, turns == 1 ? "" : "s");
    if (best && score > kWorthIt * best_score) break;
    best = std::move(memory);
    best_score = score;
  }
  return best;
}

}  // namespace

std::vector<int64_t> owners_of(const data::Dataset& dataset) {
  std::map<std::string, int64_t> groups;
  std::vector<int64_t> owners;
  for (const data::Record& record : dataset.records) {
    const bool kept = dataset.is_ok(record) &&
                      (record.split == data::Split::kTrain || record.split == data::Split::kVal);
    const std::string name = record.group.empty() ? "file " + record.path : "group " + record.group;
    owners.push_back(kept ? groups.try_emplace(name, std::ssize(groups)).first->second : -1);
  }
  owners.resize(static_cast<size_t>(dataset.count()), -1);  // the unlabelled ones
  return owners;
}

void as_if_unseen(models::Memory& memory, const data::Dataset& dataset,
                  std::span<const int> records, const std::function<void(int)>& see) {
  const std::vector<int64_t> owners = owners_of(dataset);
  for (const int record : records) {
    memory.forget(owners[static_cast<size_t>(record)]);
    see(record);
  }
  memory.forget(-1);
}

bool of_ok_images_alone(const std::string& method) {
  return method == "bank" || method == "gauss";
}

void remember(Training& training, weak::MemoryPlan plan) {
  weak::OneClassOptions options = training.run.recipe.one_class;
  const RememberedImages images(training.run, training.model);
  if (options.neighbourhood == 0)
    options.neighbourhood =
        choose_neighbourhood(training, images.records(), owners_of(training.run.dataset));
  const MemoryPtr memory = options.turns > 0
                               ? fit(training, images, options.turns, options, plan)
                               : fit_as_many_turns_as_help(training, images, options, plan);
  const models::MemoryOptions& kept = memory->options().memory;
  log::info("train: remembers {} of {} OK images, {} numbers a place",
            kept.gaussian() ? "how the places vary" : fmt::format("{} places", kept.vectors),
            images.records().size(), kept.dims);
  if (plan.with_head) mix_evidence(training, memory);
  training.model = with_memory(training.model, memory, options.top);
}

}  // namespace paucal::pipeline
