#pragma once
// Learning features from images without labels. Free of torch.

#include <string>
#include <vector>

#include "base/options.h"

namespace paucal::weak {

struct FeatureOptions {
  std::vector<int> strides = {8, 16, 32};
  int width = 128;
  double agreement = 1;
  double defects = 1;
  std::string teacher;
  double teacher_weight = 1;

  template <class V>
  void visit(V& v) {
    v(strides, "strides", "stages of the network that are taught, by their strides", Range{2, 64});
    v(width, "width", "numbers that two views of a place are compared in", Range{8, 8192});
    v(agreement, "agreement", "weight of: two views of a place agree, and places differ (VICReg)",
      Range{0, 1000});
    v(defects, "defects", "weight of: a pasted defect looks unlike the same place without",
      Range{0, 1000});
    v(teacher, "teacher",
      "network whose features are followed: a weight file, or the folder of a run; default: none");
    v(teacher_weight, "teacher_weight", "weight of: stages follow the teacher's", Range{0, 1000});
  }
};

}  // namespace paucal::weak
