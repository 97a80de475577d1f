#pragma once
// What people decided, for the next run: reviewed_boxes.json, labels.csv and shapes.json. Honest by
// construction: what nobody has closed, what is unsure or disputed, and second readings are left
// out.

#include <filesystem>
#include <string>

#include "review/store.h"

namespace paucal::review {

struct Exported {
  int64_t images = 0, boxes = 0, labels = 0,
          left_out = 0;  // left out: not done, or no places known
};

// COCO: the done images with what stands on them, without scores. An image without objects is
// there only where it is OK: "nothing here". An NG image whose places nobody gave is left out: its
// label alone teaches. A polygon or a mask is its box (bbox), beside its outline (segmentation); a
// point is a keypoint. What was accepted as it was proposed keeps every number, id and field.
// `root`: images of that folder alone; 0: all.
Json reviewed_boxes(Database& database, int64_t root, Exported& counts);

// path,class,split,verdict,reviewer,at: the done images. The class: that which somebody chose, else
// the OK class, else the one class of the objects that stand, else the one that the image came with
// where it means the same verdict, else the first class that is not OK.
std::string labels_csv(Database& database, int64_t root, Exported& counts);

// All three files into `out`; `run`: whose images alone are wanted; may be empty.
Exported export_review(Store& store, const std::filesystem::path& out,
                       const std::filesystem::path& run);

}  // namespace paucal::review
