#pragma once
// What unlabelled images teach an inspection: the moving average of the weights says where a defect
// is on an image as it is, and the network must say the same of a changed view of it.
//
//   fixmatch      places of which the average is sure become labels (Sohn et al., NeurIPS 2020,
//                 equation 4, place by place; sure defects and sure background weigh alike, since
//                 nearly every place of a stream is background)
//   mean_teacher  squared distance of both maps over what they call a defect (Tarvainen and
//                 Valpola, NeurIPS 2017, on the scale of a soft Dice loss: a mean over places would
//                 vanish with the defects)

#include <functional>
#include <memory>

#include "semi/options.h"
#include "train/method.h"

namespace paucal::semi {

// Whether the image with this number of the data set is NG: 1, 0, or -1 where nobody knows. Looked
// at, never learnt from.
using NgAudit = std::function<int(int64_t number)>;

// Throws Error where the method is for whole images alone.
void check_map_method(const SemiOptions& options);

// Around the loss of the class map, whose first channel is "any defect". Batches: kLabelled rows,
// then kWeak ones (data/feed/stream_views.h). Figures beside the labels' own:
//   consistency        the unlabelled loss
//   pseudo_share       of the valid places, those that taught (mean_teacher: all)
//   pseudo_ng          of the unlabelled images, those with a place that is surely a defect
//   pseudo_precision   of the images that were called surely OK or NG and that the audit knows, the
//                      share that is right; only where it knows one of the step
std::shared_ptr<train::Method> make_map_consistency(const SemiOptions& options,
                                                    std::shared_ptr<train::MapMethod> map_method,
                                                    NgAudit audit);

}  // namespace paucal::semi
