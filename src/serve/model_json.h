#pragma once
// What is told of models: metadata, configuration (Triton's extension, as perf_analyzer reads it),
// statistics, the repository's index.

#include <string>
#include <vector>

#include "base/json.h"
#include "serve/engine.h"

namespace paucal::serve {

Json metadata_json(const ServedModel& model, const std::vector<int>& versions);
Json config_json(const ServedModel& model, int max_batch);
Json statistics_json(const std::vector<ModelStatistics>& statistics);
Json index_json(const std::vector<ModelState>& states, bool ready_alone);

}  // namespace paucal::serve
