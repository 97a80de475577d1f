#pragma once
// The sections of a report that tell how good a model is, made of its card and its figures.

#include "data/set/record.h"
#include "judge/galleries.h"
#include "metrics/figures.h"
#include "report/report.h"

namespace paucal::judge {

// Title, data, training and facts are left to the caller.
report::Report report_sections(const edge::ModelCard& card, const data::Dataset& dataset,
                               const metrics::Figures& figures,
                               const std::vector<Decided>& decided);

}  // namespace paucal::judge
