#pragma once
// One image of a data set, before it is read, and the set that it belongs to.

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "edge/image.h"

namespace paucal::data {

enum class Split { kNone, kTrain, kVal, kTest };
std::string_view split_name(Split split);                 // "", "train", "val", "test"
std::optional<Split> parse_split(std::string_view text);  // also "valid", "validation", any case

// One annotated object. A point is a box without area.
struct Instance {
  edge::Box box;  // original pixels
  std::string class_name;
  std::vector<std::vector<std::array<float, 2>>> polygons = {};  // outer rings, original pixels
  bool guessed = false;  // by a program: COCO annotations with a score
  float weight = 1;      // how much it is believed: the score
};

// What is known of where the objects of an image are.
enum class Supervision : uint8_t {
  kTag,      // its label alone; what is given are guesses, and others may be missing
  kNothing,  // there are none: an OK image, or one that somebody looked at
  kPoints,   // one point in each object
  kBoxes,    // the box of each object
};

struct Record {
  std::string path;        // relative to Dataset::root, with '/'
  std::string class_name;  // the image-level label
  int label = -1;          // index into Dataset::classes
  Split split = Split::kNone;
  std::string group;  // images of one part share a group and never straddle a split

  // What training may know of places, from data.boxes.
  Supervision supervision = Supervision::kTag;
  std::vector<Instance> given;

  // Evaluation only. has_truth says that somebody drew the objects (or that there are none);
  // without it, no instances means "unknown".
  bool has_truth = false;
  std::vector<Instance> instances;
  std::string mask_path;  // relative to root; pixels > 127 are defect; may be empty
};

// What an annotation file says about one image, before it is known which record that is.
struct Annotated {
  std::string image;      // as the annotation names it
  std::string source;     // the annotation file, and the place in it, for messages
  std::string file = {};  // where each image has a file of its own: its path
  Split split = Split::kNone;
  std::vector<Instance> instances = {};
  int width = 0, height = 0;  // of the image, where the annotation tells; pixels
  bool incomplete = false;    // objects of it could not be read: those left are not all
};

// Something about a file that a person should know. `kind` is one of the fixed set of
// data/problem.h.
struct Problem {
  std::string path;
  std::string kind;
  std::string message;
};

class UnlabelledIndex;

struct Dataset {
  std::filesystem::path root;
  std::string format;                // how the labels were read: folder, csv, jsonl, coco, …
  std::vector<std::string> classes;  // sorted, so that labels do not depend on file order
  std::vector<bool> class_is_ok;     // which of them mean "no defect"
  std::vector<Record> records;       // sorted by path
  // Images that training may look at without a label. Where one has a label all the same, it is
  // for the audit of pseudo-labels alone.
  std::vector<Record> unlabelled;
  // More of them, however many: those of data.unlabelled. May be null.
  std::shared_ptr<const UnlabelledIndex> index;
  std::vector<Problem> problems;

  bool has_ok_class() const;
  bool is_ok(const Record& record) const;
  std::vector<int> indices(Split split) const;
  // Numbers beyond the records are the unlabelled ones, and beyond count() those of the index.
  int count() const { return static_cast<int>(records.size() + unlabelled.size()); }
  const Record& at(int number) const {
    const auto i = static_cast<size_t>(number);
    return i < records.size() ? records[i] : unlabelled[i - records.size()];
  }
  std::filesystem::path file(const Record& record) const { return root / record.path; }

  // Of any number. What is not known of an image of the index is asked there.
  int64_t unlabelled_count() const;    // with the index
  std::string name(int number) const;  // its path, or how the index names it
  int label(int number) const;         // -1: nobody knows
  // At most `count` numbers of the index, evenly over it.
  std::vector<int> index_sample(int64_t count) const;
};

}  // namespace paucal::data
