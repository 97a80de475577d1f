#pragma once
// What a run says of its images, as the proposals of a review.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "review/store.h"

namespace paucal::review {

struct RunImage {
  std::string path;        // below the folder of the images
  std::string label = {};  // its class
  std::string split = {}, part = {};
  int64_t width = 0, height = 0;           // pixels; 0: not known
  std::string verdict = {};                // what the model says: OK, NG; empty: nothing
  std::optional<double> probability = {};  // of NG
  Json extra = nullptr;                    // of the file's entry what nothing here holds
  struct Box {
    std::string label;
    Json geometry;  // [x, y, width, height] with the numbers as they stood there
    std::optional<double> score = {}, evidence = {};
    bool accepted_unseen = false;
    Json extra = nullptr;
  };
  std::vector<Box> boxes = {};
  std::optional<int64_t> rank = {};  // in the queue, low first; default: its place in the list
};

// In the order in which they are to be looked at.
struct RunImages {
  std::filesystem::path folder;  // of the run
  std::filesystem::path root;    // of the images
  std::string kind;              // pseudo_boxes, predictions, images, reviewed
  std::vector<Class> classes;    // ids are not used
  std::vector<RunImage> images;
  std::string queue = {};  // one that is made, or extended where it is there; empty: a new one
};

// RUN/pseudo_boxes.json, else RUN/predictions.jsonl (then the doubtful first); classes and the
// folder of the images by RUN/model.json and RUN/recipe.yaml. Throws Error where neither is there,
// or a file cannot be used; `predictions` may be of strangers.
RunImages read_run(const std::filesystem::path& run);

// The folder of its images: data.root of RUN/recipe.yaml, else RUN itself.
std::filesystem::path run_root(const std::filesystem::path& run);

// Parts of it, of bytes.
RunImages parse_pseudo_boxes(std::string_view text, const std::string& origin);
RunImages parse_predictions(std::string_view text, const std::string& origin);

// All images below a folder; the class is the first folder of the path, as a data set has it.
RunImages read_folder(const std::filesystem::path& folder);

struct Imported {
  int64_t run = 0, images = 0, new_images = 0, proposals = 0;
};
// Adds the images that are new, the proposals, and a queue of the images that are open, in one
// transaction and one event. A later import of the same images leaves decisions as they are.
Imported import_run(Store& store, const RunImages& run);
// The same in a transaction of the caller's.
Imported import_run(Database& database, const RunImages& run, const Moment& moment);

}  // namespace paucal::review
