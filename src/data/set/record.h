#pragma once
// One image of a data set, before it is read, and the set that it belongs to. What measures stands
// in truth_table.h.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "data/files/problem.h"
#include "labels/annotation.h"

namespace paucal::data {

using labels::parse_split;
using labels::Split;
using labels::split_name;

// What is known of where the objects of an image are.
enum class Supervision : uint8_t {
  kTag,      // its label alone; what is given are guesses, and others may be missing
  kNothing,  // there are none: an OK image, or one that somebody looked at
  kPoints,   // one point in each object
  kBoxes,    // the box of each object
};

// What an annotation says of the size of its image.
struct StatedSize {
  int width, height;   // pixels, above 0
  std::string source;  // the annotation, for messages
};

struct Record {
  std::string path;        // relative to Dataset::root, with '/'; "a.tif#2": its second page
  std::string class_name;  // the image-level label
  int label = -1;          // index into Dataset::classes
  Split split = Split::kNone;
  std::string group;  // images of one part share a group and never straddle a split
  int width = 0, height = 0, orientation = 1;  // upright, and EXIF, from the header; 0: not read
  int bits = 8;                                // of a sample, from the header
  int page = 1;                                // of the file
  std::vector<StatedSize> stated = {};         // not compared with it yet

  // What training may know of places, from data.boxes.
  Supervision supervision = Supervision::kTag;
  std::vector<labels::Instance> given;
  std::string part = {};  // images of one name are views of one part (data.part)
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
  // The file that holds it, whatever its page.
  std::filesystem::path file(const Record& record) const;

  // Of any number. What is not known of an image of the index is asked there.
  int64_t unlabelled_count() const;    // with the index
  std::string name(int number) const;  // its path, or how the index names it
  int label(int number) const;         // -1: nobody knows
  // At most `count` numbers of the index, evenly over it.
  std::vector<int> index_sample(int64_t count) const;
};

}  // namespace paucal::data
