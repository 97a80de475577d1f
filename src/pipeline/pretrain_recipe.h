#pragma once
// Everything that pre-training can be told: a file like recipes/pretrain.yaml, with key=value on
// top.

#include <filesystem>
#include <string>
#include <vector>

#include "data/feed/pair_views.h"
#include "edge/pre/preprocess.h"
#include "models/model_options.h"
#include "train/train_options.h"
#include "weak/features/options.h"

namespace paucal::pipeline {

struct OwnImagesOptions {
  std::string root;
  int64_t images = 5000;
  int held_out = 24;
  double max_broken = 0.1;
  int64_t max_pixels = 150'000'000;

  template <class V>
  void visit(V& v) {
    v(root, "root",
      "images of any kind: a folder with or without subfolders (.tar shards, too), a .tar, a .csv "
      "or "
      ".jsonl of paths. Nobody asks what their folders are called");
    v(images, "images", "of more images so many are taken, evenly", Range{4, 1e6});
    v(held_out, "held_out",
      "images that teach nothing, at most a fifth of all: pasted defects on them tell what was "
      "learnt",
      Range{1, 1000});
    v(max_broken, "max_broken", "share of unreadable images beyond which it stops", Range{0, 1});
    v(max_pixels, "max_pixels", "images with more pixels are passed over", Range{1, 1e9});
  }
};

struct PretrainRecipe {
  int64_t cache_mb = 2000;
  OwnImagesOptions data;
  edge::PreprocessOptions input;
  models::ModelOptions model;
  data::PairViewOptions view;
  weak::FeatureOptions pretrain;
  train::TrainOptions train;

  PretrainRecipe();  // the defaults that fit together

  template <class V>
  void visit(V& v) {
    v(cache_mb, "cache_mb", "memory for decoded images, in MB", Range{0, 1e6});
    v.group(data, "data", "the images");
    v.group(input, "input", "what the network reads, as in the recipe that the features are for");
    v.group(model, "model", "the network");
    v.group(view, "view", "what training sees");
    v.group(pretrain, "pretrain", "what teaches");
    v.group(train, "train", "the training loop");
  }
};

// The options that take effect; they refer to `recipe`.
Options options_of_pretraining(PretrainRecipe& recipe);

// A weight file that it begins with brings its network and input along (take_weights.h).
PretrainRecipe load_pretrain_recipe(const std::filesystem::path& file,
                                    const std::vector<std::string>& assignments);

}  // namespace paucal::pipeline
