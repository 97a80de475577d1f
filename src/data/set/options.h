#pragma once
// Where the images are, what their labels mean, and how they are split.

#include "base/options.h"

namespace paucal::data {

// The values of data.format: auto, folder, manifests, and the annotation formats.
std::vector<std::string> label_formats();

struct DataOptions {
  std::string root;
  std::string format = "auto";
  std::string split;
  std::string labels;
  std::string unlabelled;
  std::vector<std::string> classes;
  std::string truth;
  std::string boxes;
  std::string calibrate;
  std::vector<std::string> ok;
  std::string group;
  std::string part;
  double val = 0.15;
  double test = 0.25;
  uint64_t seed = 0;
  double max_broken = 0.1;
  int64_t max_pixels = 150'000'000;
  bool first_pages = false;  // of files with several; no key: follows input.pages

  template <class V>
  void visit(V& v) {
    v(root, "root",
      "folder of the images: one folder a class, or a manifest, COCO, VOC or labelme set");
    v(format, "format", "how labels are stored", OneOf{label_formats()});
    v(split, "split",
      "CSV with path,class,split[,group,mask,part]; default: split.csv in the root, else a seeded "
      "split");
    v(labels, "labels",
      "CSV with path,class[,split,group,part]: the labelled images; all others below the root are "
      "unlabelled");
    v(unlabelled, "unlabelled",
      "more images, all unlabelled: a folder (images, .tar shards), a .tar, a .csv or .jsonl of "
      "paths[, offset, size][, class], or what `paucal data index` made of one of them");
    v(classes, "classes",
      "the classes that labels may name; others are refused, and each must occur. Default: those "
      "that occur");
    v(truth, "truth",
      "boxes or masks, for evaluation only: a COCO file, or a folder of VOC, labelme or mask "
      "files; default: truth/ in the root");
    v(boxes, "boxes",
      "what people gave of places in training images, for detectors: a COCO file, or a folder of "
      "VOC, "
      "labelme or mask files. Boxes, polygons, masks or points; an image without any is known to "
      "show nothing; boxes with a score are guesses; images it does not name have their label "
      "alone");
    v(calibrate, "calibrate",
      "the boxes of a few images (5 to 20; formats as data.boxes), which are held out: they choose "
      "the thresholds of boxes, the weights that are kept (train.keep=best), and how much evidence "
      "lets a pseudo box pass unseen (pseudo.accept)");
    v(ok, "ok", "class folders that mean OK; default: one named OK, good, normal, any case");
    v(group, "group",
      "regular expression on the path whose first group names the part, e.g. (part\\d+)_; photos "
      "of one part stay in one split");
    v(part, "part",
      "which images are views of one part, whose worst view decides: stem (file names that are "
      "alike up to their last '_'), or a regular expression as data.group; they stay in one split");
    v(val, "val", "share of the training images held out to choose thresholds", Range{0, 0.9});
    v(test, "test", "share held out for the final figures, where no split is given", Range{0, 0.9});
    v(seed, "seed", "seed of the split");
    v(max_broken, "max_broken", "share of unreadable images beyond which the run stops",
      Range{0, 1});
    v(max_pixels, "max_pixels", "images with more pixels are refused", Range{1, 1e9});
  }
};

}  // namespace paucal::data
