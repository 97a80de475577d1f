#pragma once
// A recipe: everything a run can be told, in one options struct. YAML files, key=value on the
// command line, --help and the run folder all speak of these fields.

#include "base/options.h"
#include "data/feed/inspection_views.h"
#include "data/set/options.h"
#include "edge/pre/preprocess.h"
#include "judge/locate_options.h"
#include "judge/pseudo_box_options.h"
#include "models/model_options.h"
#include "semi/options.h"
#include "train/supervised.h"
#include "train/train_options.h"
#include "weak/dense/detection_options.h"
#include "weak/map/mil.h"
#include "weak/map/seam_options.h"
#include "weak/one_class/options.h"

namespace paucal::pipeline {

struct ReportOptions {
  std::string title;
  int gallery = 8;

  template <class V>
  void visit(V& v) {
    v(title, "title", "heading of the report; default: the name of the data folder");
    v(gallery, "gallery", "images shown in each gallery", Range{0, 100});
  }
};

// A chain of runs in one folder: a classifier, whose pseudo boxes teach a detector, whose own teach
// it once more.
struct LineOptions {
  std::vector<std::string> phases;
  double min_evidence = 0.3;
  std::string review;

  template <class V>
  void visit(V& v) {
    v(phases, "phases",
      "runs in their order, of classifier, detector, self_training; empty: one run, as the recipe "
      "says");
    v(min_evidence, "min_evidence", "pseudo boxes with less evidence teach nothing", Range{0, 1});
    v(review, "review",
      "boxes that people have seen, of any images of the training split (COCO file, as `paucal "
      "boxes import` makes it); pseudo boxes stand in for the other images. Default: "
      "reviewed_boxes.json in the run folder");
  }
};

struct Recipe {
  std::string task = "auto";
  int64_t cache_mb = 2000;
  data::DataOptions data;
  edge::PreprocessOptions input;
  models::ModelOptions model;
  data::ViewOptions view;
  train::TrainOptions train;
  train::SupervisedOptions supervised;
  semi::SemiOptions semi;
  weak::MilOptions mil;
  weak::SeamOptions seam;
  weak::OneClassOptions one_class;
  weak::DetectionOptions detect;
  LineOptions line;
  judge::PseudoBoxOptions pseudo;
  judge::LocateOptions locate;
  ReportOptions report;

  Recipe();  // the defaults that fit together

  template <class V>
  void visit(V& v) {
    v(task, "task",
      "inspection: OK or NG and where; classification: which class; auto: inspection where a class "
      "means OK",
      OneOf{{"auto", "inspection", "classification"}});
    v(cache_mb, "cache_mb", "memory for decoded images, in MB", Range{0, 1e6});
    v.group(data, "data", "where the images are, and how they are split");
    v.group(input, "input", "what the network reads");
    v.group(model, "model", "the network");
    v.group(view, "view", "what training sees (inspection)");
    v.group(train, "train", "the training loop");
    v.group(supervised, "supervised", "the loss of classification");
    v.group(semi, "semi", "what unlabelled images teach");
    v.group(mil, "mil", "the loss of inspection");
    v.group(seam, "seam", "maps that do not depend on scale, and follow the picture");
    v.group(one_class, "one_class", "what OK images teach (inspection)");
    v.group(detect, "detect", "how a detector is taught (model.bbox_head)");
    v.group(pseudo, "pseudo", "boxes of a run that teach another");
    v.group(line, "line", "several runs, each taught by the boxes of the one before");
    v.group(locate, "locate", "from maps to decisions and boxes");
    v.group(report, "report", "the report");
  }
};

// Paths as they were meant where the command was typed, wherever the next one is.
void make_paths_absolute(Recipe& recipe);

// The file that a name of `paucal weights list` stands for; anything else as it is.
std::string weight_file(const std::string& file_or_name);

// A recipe file with key=value assignments on top.
Recipe load_recipe(const std::filesystem::path& file, const std::vector<std::string>& assignments);

}  // namespace paucal::pipeline
