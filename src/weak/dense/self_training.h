#pragma once
// The moving average of the weights as a teacher, on images whose boxes nobody drew: it sees them
// as they are, the network sees them changed.
//
//   unbiased_teacher  boxes of which the teacher is sure are objects; their sides teach nothing
//                     (Liu et al., ICLR 2021)
//   dense_teacher     no boxes: the best `top` of the places are taught the teacher's scores, all
//                     others 0; quality focal loss / Σ scores (Zhou et al., ECCV 2022)

#include <memory>
#include <vector>

#include "weak/dense/dense_teaching.h"

namespace paucal::weak {

// Throws Error where the head is not dense: it has no places for the teacher to teach.
void check_teacher(const SelfTrainingOptions& teacher, const models::BboxHeadOptions& head);

class SelfTraining {
 public:
  explicit SelfTraining(const BoxSetting& setting);

  // `step.detector`: the network; its outputs on the batch are not used. `teacher` has a box
  // head, too. Total: undefined before burn-in and where all boxes of the batch are known.
  train::Losses losses(const BoxStep& step, models::ImageModel& teacher);

 private:
  train::Losses unbiased_teacher(const DenseScene& scene, const FlatOutput& teacher,
                                 const FlatOutput& student) const;
  train::Losses dense_teacher(const DenseScene& scene, const FlatOutput& teacher,
                              const FlatOutput& student) const;

  BoxSetting setting_;
  AnchorCache anchors_;
};

}  // namespace paucal::weak
