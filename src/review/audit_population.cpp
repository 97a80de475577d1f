#include "review/audit_population.h"

#include <algorithm>
#include <map>

#include "base/json_text.h"
#include "base/sha256.h"
#include "review/agreement.h"

namespace paucal::review {
namespace {

constexpr const char* kLabels =
    "SELECT image.id, image_state.verdict, probability FROM image JOIN image_state ON "
    "image_state.image_id = image.id LEFT JOIN image_score ON image_score.image_id = image.id AND "
    "run_id = ? WHERE shadow_of IS NULL AND status = 'done' AND image_state.verdict IN ('OK', "
    "'NG') ORDER BY image.id";
constexpr const char* kUnseen =
    "SELECT image.id, image_score.verdict, probability FROM image JOIN image_score ON "
    "image_score.image_id = image.id LEFT JOIN image_state ON image_state.image_id = image.id "
    "WHERE run_id = ? AND shadow_of IS NULL AND coalesce(status, 'open') = 'open' AND "
    "image_score.verdict IN ('OK', 'NG') ORDER BY image.id";

struct Doubt {
  double probability;  // of NG
  size_t index;
};

// The said NG first, then the said OK by falling probability.
void stratify(Population& population, const std::vector<double>& probability, int strata) {
  std::vector<Doubt> ok;
  int64_t ng = 0;
  for (size_t i = 0; i < population.images.size(); ++i) {
    if (population.images[i].verdict == "OK")
      ok.push_back({probability[i], i});
    else
      ++ng;
  }
  if (ng > 0) {
    population.strata.push_back("said NG");
    population.sizes.push_back(ng);
  }
  std::ranges::sort(ok, [&](const Doubt& a, const Doubt& b) {
    return a.probability != b.probability ? a.probability > b.probability : a.index < b.index;
  });
  const auto parts = static_cast<size_t>(strata - 1);
  for (size_t part = 0; part < parts; ++part) {
    const size_t begin = ok.size() * part / parts, end = ok.size() * (part + 1) / parts;
    if (begin == end) continue;
    for (size_t i = begin; i < end; ++i)
      population.images[ok[i].index].stratum = static_cast<int>(population.strata.size());
    population.strata.push_back(parts == 1
                                    ? "said OK"
                                    : fmt::format("said OK, probability {:.3g} to {:.3g}",
                                                  ok[end - 1].probability, ok[begin].probability));
    population.sizes.push_back(static_cast<int64_t>(end - begin));
  }
}

Decision comparable(Decision decision) {
  std::erase_if(decision.items, [](const auto& item) { return !item.second.stands(); });
  return decision;
}

Decision decision_of_claim(const std::string& claim) {
  Decision decision;
  const auto json = parse_json(claim, "claim");
  if (!json.ok() || !json->is_object()) return decision;
  decision.verdict = json->value("verdict", "");
  if (const Json& label = (*json)["class"]; label.is_number_integer())
    decision.class_id = label.get<int64_t>();
  for (const Json& item : (*json)["items"])
    decision.items[std::to_string(decision.items.size())] = {
        item.value("kind", ""), item.value("class", int64_t{0}), item.value("geometry", ""),
        "accepted"};
  return decision;
}

}  // namespace

std::string claim_of(const Decision& decision, bool objects) {
  if (!objects) return decision.verdict.value_or("");
  Json items = Json::array();
  for (const auto& [id, item] : decision.items)
    if (item.stands())
      items.push_back({{"kind", item.kind}, {"class", item.class_id}, {"geometry", item.geometry}});
  Json claim = {{"verdict", decision.verdict.value_or("")}, {"items", std::move(items)}};
  claim["class"] = decision.class_id ? Json(*decision.class_id) : Json();
  return dump_json(claim);
}

bool claim_holds(const std::string& claim, const Decision& reading, bool objects) {
  if (!objects) return reading.verdict == claim;
  Decision claimed = decision_of_claim(claim), read = comparable(reading);
  if (!claimed.class_id || !read.class_id) claimed.class_id = read.class_id = std::nullopt;
  return agree(claimed, read);
}

std::string Population::digest() const {
  Sha256 digest;
  for (const AuditedImage& image : images)
    digest.add(fmt::format("{} {} {}\n", image.image, image.stratum, image.claim));
  return digest.hex();
}

Population find_population(Database& database, const AuditOptions& options,
                           std::optional<int64_t> run) {
  const bool labels = options.of == "labels", objects = labels && options.judge == "objects";
  Population population;
  population.run =
      run ? *run
          : database.integer("SELECT max(run_id) FROM image_score WHERE verdict IS NOT NULL")
                .value_or(0);
  std::vector<double> probability;
  for (auto rows = database.query(labels ? kLabels : kUnseen, population.run); rows.step();) {
    AuditedImage image{rows.integer(0), 0, rows.text(1), {}};
    image.claim =
        objects ? claim_of(load_decision(database, image.image), /*objects=*/true) : image.verdict;
    probability.push_back(rows.is_null(2) ? 0 : rows.real(2));
    population.images.push_back(std::move(image));
  }
  population.not_covered =
      database.integer("SELECT count(*) FROM image WHERE shadow_of IS NULL").value_or(0) -
      population.size();
  if (options.strata > 1) {
    stratify(population, probability, options.strata);
  } else {
    population.strata = {"all"};
    population.sizes = {population.size()};
  }
  return population;
}

std::vector<size_t> draw_looks(const Population& population, std::string_view seed,
                               std::span<const int64_t> looks) {
  std::vector<std::vector<std::pair<std::string, size_t>>> strata(population.sizes.size());
  for (size_t i = 0; i < population.images.size(); ++i) {
    const AuditedImage& image = population.images[i];
    strata[static_cast<size_t>(image.stratum)].emplace_back(
        sha256_hex(fmt::format("{} {}", seed, image.image)), i);
  }
  std::multimap<double, size_t> turns;  // 0 … 1: where in the whole; equal ones by stratum
  for (size_t h = 0; h < strata.size(); ++h) {
    std::ranges::sort(strata[h]);
    const size_t n =
        std::min(strata[h].size(), static_cast<size_t>(std::max<int64_t>(0, looks[h])));
    for (size_t k = 0; k < n; ++k)
      turns.emplace((static_cast<double>(k) + .5) / static_cast<double>(n), strata[h][k].second);
  }
  std::vector<size_t> order;
  for (const auto& [place, index] : turns) order.push_back(index);
  return order;
}

}  // namespace paucal::review
