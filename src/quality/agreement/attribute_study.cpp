#include "quality/agreement/attribute_study.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "base/error.h"

namespace paucal::quality {
namespace {

struct LooksOfPart {
  int64_t ok = 0, ng = 0;  // said
  int64_t all() const { return ok + ng; }
  bool same() const { return ok == 0 || ng == 0; }
  int64_t right(bool is_ng) const { return is_ng ? ng : ok; }
};
using LooksByPart = std::map<int, LooksOfPart>;

ShareEstimate share_with_bounds(int64_t some, int64_t all, double level) {
  return {all ? static_cast<double>(some) / static_cast<double>(all)
              : std::numeric_limits<double>::quiet_NaN(),
          clopper_pearson(some, all, level)};
}

struct PartCounts {
  int64_t parts = 0, same = 0, right = 0;  // parts with all looks the same, all looks right
};

PartCounts count_parts(const LooksByPart& looks, std::span<const bool> ng) {
  PartCounts counts;
  for (const auto& [part, said] : looks) {
    ++counts.parts;
    counts.same += said.same();
    counts.right += said.right(ng[static_cast<size_t>(part)]) == said.all();
  }
  return counts;
}

StudyGrade grade_of(const AppraiserResult& r) {
  // "not above" and not "below": what is NaN was not shown to be good.
  const auto within = [&](double effective, double missed, double alarmed) {
    return r.effectiveness.estimate >= effective && !(r.miss.estimate > missed) &&
           !(r.false_alarm.estimate > alarmed);
  };
  const bool complete = !std::isnan(r.miss.estimate) && !std::isnan(r.false_alarm.estimate);
  if (complete && within(0.9, 0.02, 0.05)) return StudyGrade::kAcceptable;
  return within(0.8, 0.05, 0.1) ? StudyGrade::kMarginal : StudyGrade::kUnacceptable;
}

AppraiserResult result_of(int appraiser, const LooksByPart& looks, std::span<const bool> ng,
                          double level) {
  std::array<int64_t, 4> table{};  // [truth][said]
  for (const auto& [part, said] : looks) {
    const size_t row = ng[static_cast<size_t>(part)] ? 2 : 0;
    table[row] += said.ok;
    table[row + 1] += said.ng;
  }
  const PartCounts counts = count_parts(looks, ng);
  AppraiserResult r;
  r.appraiser = appraiser;
  r.effectiveness = share_with_bounds(counts.right, counts.parts, level);
  r.repeatability = share_with_bounds(counts.same, counts.parts, level);
  r.miss = share_with_bounds(table[2], table[2] + table[3], level);
  r.false_alarm = share_with_bounds(table[1], table[0] + table[1], level);
  r.with_truth = cohen_kappa(table, 2, level);
  r.grade = grade_of(r);
  return r;
}

}  // namespace

std::string_view name_of(StudyGrade grade) {
  switch (grade) {
    case StudyGrade::kAcceptable:
      return "acceptable";
    case StudyGrade::kMarginal:
      return "marginal";
    case StudyGrade::kUnacceptable:
      break;
  }
  return "unacceptable";
}

AttributeStudy attribute_study(std::span<const bool> ng, std::span<const StudyLook> looks,
                               double level) {
  if (looks.empty()) fail("attribute study", "0 looks, expected at least 2 a part");
  std::map<int, LooksByPart> by_appraiser;
  LooksByPart together;
  for (const StudyLook& look : looks) {
    if (look.part < 0 || look.part >= std::ssize(ng))
      fail("attribute study", "part {}, expected 0 to {}", look.part, std::ssize(ng) - 1);
    for (LooksOfPart* said : {&by_appraiser[look.appraiser][look.part], &together[look.part]})
      ++(look.said_ng ? said->ng : said->ok);
  }
  AttributeStudy study;
  study.grade = StudyGrade::kAcceptable;
  for (const auto& [appraiser, parts] : by_appraiser) {
    for (const auto& [part, said] : parts)
      if (said.all() < 2)
        fail("attribute study", "appraiser {}, part {}: a single look, expected at least 2",
             appraiser, part);
    study.appraisers.push_back(result_of(appraiser, parts, ng, level));
    study.grade = std::max(study.grade, study.appraisers.back().grade);
  }
  const PartCounts counts = count_parts(together, ng);
  study.agreement = share_with_bounds(counts.same, counts.parts, level);
  study.effectiveness = share_with_bounds(counts.right, counts.parts, level);
  std::vector<int64_t> votes;
  for (const auto& [part, said] : together) votes.insert(votes.end(), {said.ok, said.ng});
  if (together.size() > 1) study.between = fleiss_kappa(votes, 2, level);
  return study;
}

}  // namespace paucal::quality
