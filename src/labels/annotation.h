#pragma once
// What annotation files say: objects of an image, and what could not be read of them.

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "edge/image/image.h"

namespace paucal::labels {

enum class Split { kNone, kTrain, kVal, kTest };
std::string_view split_name(Split split);                 // "", "train", "val", "test"
std::optional<Split> parse_split(std::string_view text);  // also "valid", "validation", any case

using Ring = std::vector<std::array<float, 2>>;  // the corners of an outline, original pixels
using Polygons = std::vector<Ring>;

// One annotated object. A point is a box without area.
struct Instance {
  edge::Box box;  // original pixels
  std::string class_name;
  Polygons polygons = {};  // outer rings
  bool guessed = false;    // by a program: COCO annotations with a score
  float weight = 1;        // how much it is believed: the score
};

inline bool is_point(const Instance& object) {
  return object.box.width() == 0 && object.box.height() == 0;
}

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
// data/files/problem.h.
struct Problem {
  std::string path;
  std::string kind;
  std::string message;
};

}  // namespace paucal::labels
