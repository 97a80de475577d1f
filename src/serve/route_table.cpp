#include "serve/route_table.h"

#include <algorithm>
#include <charconv>

namespace paucal::serve {
namespace {

constexpr unsigned kTell = kInferScope | kModelsScope | kMetricsScope;

constexpr Route kRoutes[] = {
    {"GET", "v2", kTell, false, answer_server},
    {"GET", "v2/health/live", kOpen, false, answer_live},
    {"GET", "v2/health/ready", kOpen, false, answer_ready},
    {"GET", "metrics", kMetricsScope, false, answer_metrics},
    {"GET", "v2/models", kTell, false, answer_models},
    {"GET", "v2/models/stats", kTell, false, answer_statistics},
    {"GET", "v2/models/{m}", kTell, false, answer_metadata},
    {"GET", "v2/models/{m}/ready", kTell, false, answer_model_ready},
    {"GET", "v2/models/{m}/config", kTell, false, answer_config},
    {"GET", "v2/models/{m}/stats", kTell, false, answer_statistics},
    {"POST", "v2/models/{m}/infer", kInferScope, false, answer_infer},
    {"POST", "v2/models/{m}/predict", kInferScope, false, answer_predict},
    {"GET", "v2/models/{m}/versions/{v}", kTell, false, answer_metadata},
    {"GET", "v2/models/{m}/versions/{v}/ready", kTell, false, answer_model_ready},
    {"GET", "v2/models/{m}/versions/{v}/config", kTell, false, answer_config},
    {"GET", "v2/models/{m}/versions/{v}/stats", kTell, false, answer_statistics},
    {"POST", "v2/models/{m}/versions/{v}/infer", kInferScope, false, answer_infer},
    {"POST", "v2/models/{m}/versions/{v}/predict", kInferScope, false, answer_predict},
    {"POST", "v2/repository/index", kTell, false, answer_index},
    {"POST", "v2/repository/{r}/index", kTell, false, answer_index},
    {"POST", "v2/repository/models/{m}/load", kModelsScope, true, answer_load},
    {"POST", "v2/repository/models/{m}/unload", kModelsScope, true, answer_unload},
    {"POST", "v2/repository/models/{m}/rollback", kModelsScope, true, answer_rollback},
    {"POST", "v2/repository/{r}/models/{m}/load", kModelsScope, true, answer_load},
    {"POST", "v2/repository/{r}/models/{m}/unload", kModelsScope, true, answer_unload},
    {"POST", "v2/repository/{r}/models/{m}/rollback", kModelsScope, true, answer_rollback}};
static_assert(std::size(kRoutes) < RequestCounts::kRoutes);

std::optional<int> path_version(std::string_view digits) {
  int version = 0;
  const auto [at, error] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  const bool whole = error == std::errc() && at == digits.data() + digits.size();
  return whole && digits.front() != '-' ? std::optional(version) : std::nullopt;
}

// Fills what the path names, where it fits.
bool fits(std::string_view pattern, std::span<const std::string> path, Matched& matched) {
  for (const std::string& segment : path) {
    if (pattern.empty()) return false;
    const std::string_view part = pattern.substr(0, pattern.find('/'));
    pattern.remove_prefix(std::min(part.size() + 1, pattern.size()));
    if (part == "{m}") {
      matched.model = segment;
    } else if (part == "{v}") {
      matched.version = segment.empty() ? std::nullopt : path_version(segment);
      if (!matched.version) return false;
    } else if (part != "{r}" && part != segment) {
      return false;
    }
  }
  return pattern.empty();
}

}  // namespace

std::span<const Route> routes() {
  return kRoutes;
}

Matched match_route(std::string_view method, const std::vector<std::string>& path) {
  std::span<const std::string> segments = path;
  if (!segments.empty() && segments.back().empty()) segments = segments.first(path.size() - 1);
  if (method == "HEAD") method = "GET";
  std::vector<std::string_view> methods;
  for (std::size_t i = 0; i < std::size(kRoutes); ++i) {
    Matched matched;
    if (!fits(kRoutes[i].pattern, segments, matched)) continue;
    if (kRoutes[i].method == method) {
      matched.route = i;
      return matched;
    }
    if (std::ranges::find(methods, kRoutes[i].method) == methods.end())
      methods.push_back(kRoutes[i].method);
  }
  Matched none;
  none.methods = std::move(methods);
  return none;
}

}  // namespace paucal::serve
