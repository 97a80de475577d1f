#pragma once
// The attribute study of factories (measurement systems analysis): may these people, or this model,
// judge these parts at all?

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "quality/agreement/kappa.h"
#include "quality/audit/strata.h"

namespace paucal::quality {

// One blind look. A part is looked at several times by each appraiser.
struct StudyLook {
  int part;       // index into the truth
  int appraiser;  // any number
  bool said_ng;
};

enum class StudyGrade { kAcceptable, kMarginal, kUnacceptable };
std::string_view name_of(StudyGrade grade);  // "acceptable", "marginal", "unacceptable"

struct AppraiserResult {
  int appraiser = 0;
  ShareEstimate effectiveness;  // parts that were judged right in every look
  ShareEstimate repeatability;  // parts that were judged the same in every look, right or wrong
  ShareEstimate miss;           // looks at NG parts that said OK
  ShareEstimate false_alarm;    // looks at OK parts that said NG
  Kappa with_truth;             // Cohen's, over looks
  StudyGrade grade = StudyGrade::kUnacceptable;
};

struct AttributeStudy {
  std::vector<AppraiserResult> appraisers;  // by number
  ShareEstimate agreement;                  // parts that all looks of all appraisers judge the same
  ShareEstimate effectiveness;              // and judge right
  Kappa between;                            // Fleiss', over all looks of a part
  StudyGrade grade = StudyGrade::kUnacceptable;  // the worst of the appraisers
};

// After AIAG, Measurement Systems Analysis, 4th edition, "attribute measurement systems study":
// acceptable with effectiveness ≥ 90 %, miss ≤ 2 %, false alarm ≤ 5 %; marginal with 80, 5 and 10 %
// (the widely quoted criteria). Usual: 50 parts, a third of them borderline, 3 appraisers, 3
// rounds. Intervals are Clopper and Pearson's at `level`; those of parts are exact. Those of looks
// count looks at one part as independent and are too narrow where an appraiser errs on the same
// part each time. `ng` is the truth by part. A share with nothing to count is NaN within [0, 1],
// and the grade is then not better than marginal. Throws Error: parts outside of the truth, no
// looks, a part with a single look. Not promised: anything about parts unlike those of the study.
AttributeStudy attribute_study(std::span<const bool> ng, std::span<const StudyLook> looks,
                               double level = 0.95);

}  // namespace paucal::quality
