#include "pipeline/pretrain.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <unordered_set>

#include "base/error.h"
#include "base/evenly.h"
#include "base/files.h"
#include "base/host/log.h"
#include "base/options_json.h"
#include "data/set/unlabelled.h"
#include "data/unlabelled/unlabelled_index.h"
#include "models/load_start.h"
#include "pipeline/own_weights.h"
#include "pipeline/pasted_places.h"
#include "pipeline/run_folder.h"
#include "pipeline/teacher.h"
#include "train/image_work.h"
#include "train/trainer.h"
#include "weak/features/own_features.h"
#include "weak/one_class/options.h"

namespace paucal::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr size_t kFewest = 4;       // images
constexpr size_t kRemembered = 40;  // images of the memory that tells what was learnt
constexpr size_t kHeldOutShare = 5;

// Held-out ones lie evenly among the others.
struct OwnImages {
  data::Dataset dataset;
  std::unique_ptr<data::ImageCache> cache;
  std::vector<int> teach, held_out;
  size_t passed_over = 0;
};

void refuse_too_many_broken(const OwnImagesOptions& options, size_t broken, size_t all,
                            const std::string& first) {
  if (static_cast<double>(broken) > options.max_broken * static_cast<double>(all))
    fail("pretrain",
         "'{}': {} of {} images cannot be decoded, more than data.max_broken = {}; the first: {}",
         options.root, broken, all, options.max_broken, first);
  if (all - broken < kFewest)
    fail("pretrain", "'{}': {} images, expected at least {}", options.root, all - broken, kFewest);
}

OwnImages open_images(const PretrainRecipe& recipe, const fs::path& folder) {
  OwnImages images;
  data::DataOptions options;
  options.unlabelled = recipe.data.root;
  data::attach_unlabelled(options, folder / "images.idx", images.dataset);
  images.cache = std::make_unique<data::ImageCache>(images.dataset, recipe.input,
                                                    recipe.data.max_pixels, recipe.cache_mb << 20);
  std::vector<int> sound = images.dataset.index_sample(recipe.data.images);
  const size_t all = sound.size();
  const auto broken = data::undecodable(images.dataset, *images.cache, sound);
  std::unordered_set<int> unsound;
  for (const auto& [number, problem] : broken) {
    log::warn("pretrain: passes over {}", problem.message);
    unsound.insert(number);
  }
  refuse_too_many_broken(recipe.data, broken.size(), all,
                         broken.empty() ? "" : broken[0].second.message);
  std::erase_if(sound, [&](int number) { return unsound.contains(number); });
  images.passed_over = broken.size();
  images.held_out = evenly(sound, std::clamp<size_t>(sound.size() / kHeldOutShare, 1,
                                                     static_cast<size_t>(recipe.data.held_out)));
  std::ranges::set_difference(sound, images.held_out, std::back_inserter(images.teach));
  return images;
}

// As training begins.
std::shared_ptr<models::ImageModel> beginner(const PretrainRecipe& recipe) {
  models::ModelOptions options = recipe.model;
  options.weights.clear();
  options.channels = edge::network_channels(recipe.input);
  options.seed = recipe.train.seed;
  auto network = models::make_model(options, 1);
  if (!recipe.model.weights.empty()) models::load_start(*network, recipe.model, recipe.input);
  return network;
}

// What decides the weights; a checkpoint of another is refused.
std::string fingerprint_of(const PretrainRecipe& recipe, const OwnImages& images) {
  Json json = options_json(recipe);
  for (const char* key : {"loader", "checkpoint_seconds", "threads", "device"})
    json["train"].erase(key);
  json.erase("cache_mb");
  json["data"].erase("root");
  Hasher hasher;
  hasher.add(json.dump()).add(images.dataset.index->fingerprint());
  for (const int number : images.teach) hasher.add(std::to_string(number));
  fs::path teacher = recipe.pretrain.teacher;
  if (fs::is_directory(teacher)) teacher /= "model.safetensors";
  for (const fs::path& file : {teacher, fs::path(recipe.model.weights)})
    if (fs::is_regular_file(file)) hasher.add(hash_file(file));
  return hasher.hex();
}

// The stages that memories of a run look at, where they are taught.
std::vector<int> memory_strides(const weak::FeatureOptions& options) {
  const std::vector<int> usual = weak::OneClassOptions().strides;
  const bool taught = std::ranges::all_of(usual, [&](int stride) {
    return std::ranges::find(options.strides, stride) != options.strides.end();
  });
  return taught ? usual : options.strides;
}

struct Apprentice {
  std::shared_ptr<models::ImageModel> model, average;
  std::shared_ptr<weak::OwnFeatures> features;
  std::shared_ptr<data::PairViews> views;
};

Apprentice make_apprentice(const PretrainRecipe& recipe, const OwnImages& images) {
  Apprentice made;
  made.model = beginner(recipe);
  made.average = beginner(recipe);
  Teacher teacher;
  if (!recipe.pretrain.teacher.empty()) teacher = load_teacher(recipe.pretrain.teacher);
  made.features = std::make_shared<weak::OwnFeatures>(*made.model, recipe.pretrain,
                                                      recipe.train.seed, teacher.network);
  made.views = std::make_shared<data::PairViews>(
      images.teach, *images.cache, recipe.view, recipe.input, recipe.train.batch, recipe.train.seed,
      teacher.network ? std::optional(teacher.input) : std::nullopt);
  return made;
}

train::Work work_of_features(const Apprentice& of, const data::Dataset& dataset) {
  train::Work work;
  work.model = of.model;
  work.average = of.average;
  work.extra = of.features->heads();
  work.steps_per_epoch = of.views->steps_per_epoch();
  work.make = [views = of.views](int64_t number) {
    data::PairBatch batch = views->batch(number);
    const auto first = batch.views.records.begin();
    std::vector<int64_t> records(first, first + batch.images());
    return train::HostBatch(std::move(batch), std::move(records));
  };
  work.step = [features = of.features](const train::HostBatch& batch,
                                       const train::StepContext& at) {
    return features->step(batch.as<data::PairBatch>(), *train::image_network(at.model), at.device);
  };
  work.name = [&dataset](int64_t record) { return dataset.name(static_cast<int>(record)); };
  return work;
}

}  // namespace

Json to_json(const Pretraining& result) {
  return {{"images", result.images},
          {"held_out", result.held_out},
          {"passed_over", result.passed_over},
          {"steps", result.steps},
          {"seconds", result.seconds},
          {"pasted_places_auroc_before", result.before},
          {"pasted_places_auroc", result.after}};
}

fs::path pretrain_folder(const fs::path& out) {
  return fs::path(out).replace_extension(".pretrain");
}

Pretraining pretrain(const PretrainRecipe& recipe, const fs::path& out) {
  const auto start = std::chrono::steady_clock::now();
  if (out.extension() != ".safetensors")
    fail("pretrain", "'{}', expected a file name that ends in .safetensors", out.string());
  if (const auto wrong = edge::check(recipe.input)) throw Error(wrong->place, wrong->message);
  const fs::path folder = pretrain_folder(out);
  RunFolder held(folder);
  const OwnImages images = open_images(recipe, folder);
  const Apprentice apprentice = make_apprentice(recipe, images);
  held.accept();

  const std::vector<int> known = evenly(images.teach, kRemembered);
  const PastedPlaces check{.known = known,
                           .held_out = images.held_out,
                           .cache = *images.cache,
                           .input = recipe.input,
                           .paste = recipe.view.paste,
                           .memory = {.strides = memory_strides(recipe.pretrain)},
                           .seed = recipe.train.seed};
  Pretraining result;
  result.images = std::ssize(images.teach);
  result.held_out = std::ssize(images.held_out);
  result.passed_over = static_cast<int64_t>(images.passed_over);
  result.before = auroc_of_pasted_places(*beginner(recipe), check);
  log::info("pretrain: {} images teach, {} are held out", result.images, result.held_out);

  train::Work work = work_of_features(apprentice, images.dataset);
  result.steps =
      train::train(recipe.train, work, {folder / "train", fingerprint_of(recipe, images)}).steps;
  PretrainRecipe resolved = recipe;
  write_text_atomic(folder / "recipe.yaml", options_of_pretraining(resolved).to_yaml());
  apprentice.average->to(at::kCPU);
  result.after = auroc_of_pasted_places(*apprentice.average, check);
  write_own_weights(out, *apprentice.average, recipe.input);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  write_json(folder / "pretrain.json", to_json(result));
  return result;
}

}  // namespace paucal::pipeline
