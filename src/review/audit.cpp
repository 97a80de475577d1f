#include "review/audit.h"

#include <cmath>

#include "base/error.h"
#include "base/json_text.h"
#include "review/schema.h"

namespace paucal::review {
namespace {

constexpr size_t kMaxAuditName = 80;

std::optional<Refusal> check_name(Database& database, const std::string& name) {
  if (name.size() > kMaxAuditName || name.find_first_of("\r\n\t") != name.npos)
    return refusal(400, "bad", "[audit] a name of {} bytes, expected one line of at most {}",
                   name.size(), kMaxAuditName);
  if (database.integer("SELECT 1 FROM queue WHERE name = ?", name) ||
      database.integer("SELECT 1 FROM audit WHERE name = ?", name))
    return refusal(409, "conflict", "[audit] '{}' is there already, expected a new name", name);
  return std::nullopt;
}

std::string free_name(Database& database) {
  int64_t number = database.integer("SELECT count(*) FROM audit").value_or(0) + 1;
  while (database.integer("SELECT 1 FROM queue WHERE name = ?", fmt::format("audit {}", number)))
    ++number;
  return fmt::format("audit {}", number);
}

AuditTerms terms_of(const Population& population, const AuditOptions& options,
                    const AuditForecast& forecast) {
  AuditTerms terms{.options = options,
                   .seed_was_given = !options.seed.empty(),
                   .run = population.run,
                   .population = population.size(),
                   .not_covered = population.not_covered,
                   .digest = population.digest()};
  if (!terms.seed_was_given) terms.options.seed = random_hex(16);
  for (size_t h = 0; h < population.sizes.size(); ++h)
    terms.strata.push_back({population.strata[h], population.sizes[h], forecast.looks[h]});
  return terms;
}

std::vector<int64_t> looks_of(const AuditTerms& terms) {
  std::vector<int64_t> looks;
  for (const AuditTerms::Stratum& stratum : terms.strata) looks.push_back(stratum.drawn);
  return looks;
}

void follow_open(Database& database, const Event& event, const Json& what) {
  const AuditTerms terms = AuditTerms::from_json(what.at("terms"));
  const int64_t audit = what.at("id");
  database.run(
      "INSERT INTO audit(id, name, queue_id, terms, opened_at, closed_at, result) "
      "VALUES(?,?,?,?,?,NULL,NULL)",
      audit, terms.options.name, what.at("queue").get<int64_t>(), dump_json(what.at("terms")),
      event.at);
  int64_t ord = 0;
  for (const Json& item : what.at("items")) {
    const auto stratum = item.at(2).get<size_t>();
    database.run(
        "INSERT INTO audit_item(audit_id, ord, image_id, shadow_id, stratum, pi, claim) "
        "VALUES(?,?,?,?,?,?,?)",
        audit, ++ord, item.at(0).get<int64_t>(), item.at(1).get<int64_t>(), stratum,
        terms.strata.at(stratum).pi(), item.at(3).get<std::string>());
  }
}

void follow_close(Database& database, const Event& event, const Json& what) {
  const int64_t audit = what.at("id");
  database.run("UPDATE audit SET closed_at = ?, result = ? WHERE id = ?", event.at,
               dump_json(what.at("result")), audit);
  const auto queue = database.integer("SELECT queue_id FROM audit WHERE id = ?", audit);
  database.run("UPDATE queue_item SET done_at = ? WHERE queue_id = ? AND done_at IS NULL", event.at,
               queue);
  database.run("UPDATE queue SET remaining = 0 WHERE id = ?", queue);
}

std::string problem_of_open(Database& database, const Json& what) {
  const AuditTerms terms = AuditTerms::from_json(what.at("terms"));
  const Population population = find_population(database, terms.options, terms.run);
  if (population.digest() != terms.digest)
    return fmt::format("population of {} images with digest {}, expected {} with {}",
                       population.size(), population.digest(), terms.population, terms.digest);
  const auto drawn = draw_looks(population, terms.options.seed, looks_of(terms));
  const Json& items = what.at("items");
  if (drawn.size() != items.size())
    return fmt::format("{} images drawn, expected {}", items.size(), drawn.size());
  for (size_t i = 0; i < drawn.size(); ++i) {
    const AuditedImage& image = population.images[drawn[i]];
    if (items[i].at(0) != image.image || items[i].at(3) != image.claim)
      return fmt::format("look {} is image {} ({}), expected {} ({}) by the seed", i + 1,
                         items[i].at(0).get<int64_t>(), items[i].at(3).get<std::string>(),
                         image.image, image.claim);
  }
  return {};
}

std::string problem_of_close(Database& database, const Json& what) {
  const auto status = audit_status(database, what.at("id").get<int64_t>());
  if (!status) return "no such audit was opened";
  const Json now = status->to_json(), &then = what.at("result");
  for (const char* key : {"right", "wrong", "unsure", "disputed", "population", "verdict"})
    if (now.at(key) != then.at(key))
      return fmt::format("{} is {}, expected {}", key, dump_json(then.at(key)),
                         dump_json(now.at(key)));
  // Another machine's logarithms may differ in their last digits.
  for (const char* key : {"low", "high"})
    if (std::abs(now.at(key).get<double>() - then.at(key).get<double>()) > 1e-9)
      return fmt::format("the bound {} is {}, expected {}", key, dump_json(then.at(key)),
                         dump_json(now.at(key)));
  return {};
}

}  // namespace

std::variant<AuditStatus, Refusal> open_audit(Database& database, const Moment& moment, int64_t by,
                                              const AuditOptions& asked) {
  AuditOptions options = asked;
  if (options.name.empty()) options.name = free_name(database);
  if (auto refused = check_name(database, options.name)) return *refused;
  const Population population = find_population(database, options);
  AuditForecast forecast;
  try {
    forecast = forecast_audit(population, options);
  } catch (const Error& error) {
    return refusal(409, "state", "{}", error.message());
  }
  const AuditTerms terms = terms_of(population, options, forecast);
  database.run("INSERT INTO queue(name, purpose, total, remaining) VALUES(?,'audit',0,0)",
               options.name);
  const int64_t queue = database.last_id();
  Json items = Json::array();
  for (const size_t index : draw_looks(population, terms.options.seed, looks_of(terms))) {
    const AuditedImage& image = population.images[index];
    const int64_t shadow = add_shadow(database, moment, image.image, "audit");
    put_into_queue(database, queue, shadow, static_cast<int64_t>(items.size()));
    items.push_back({image.image, shadow, image.stratum, image.claim});
  }
  const int64_t id = database.integer("SELECT max(id) FROM audit").value_or(0) + 1;
  Event event = store_event(database, moment, "audit open");
  event.user_id = by;
  event.after = dump_json(
      {{"audit",
        {{"id", id}, {"queue", queue}, {"terms", terms.to_json()}, {"items", std::move(items)}}}});
  record(database, event);
  return *audit_status(database, id);
}

std::variant<AuditStatus, Refusal> close_audit(Database& database, const Moment& moment, int64_t by,
                                               int64_t audit) {
  auto status = audit_status(database, audit);
  if (!status) return refusal(404, "unknown", "[audit] {}: no such audit", audit);
  if (status->closed_at)
    return refusal(409, "state", "[audit] '{}' is closed, expected an open one", status->name);
  status->closed_at = moment.now;
  Event event = store_event(database, moment, "audit close");
  event.user_id = by;
  event.after = dump_json({{"audit", {{"id", audit}, {"result", status->to_json()}}}});
  record(database, event);
  return *audit_status(database, audit);
}

void follow_audit(Database& database, const Event& event, const Json& what) {
  try {
    what.contains("items") ? follow_open(database, event, what)
                           : follow_close(database, event, what);
  } catch (const Json::exception& error) {
    fail("review", "event {}: {}", event.id, error.what());
  } catch (const std::out_of_range&) {
    fail("review", "event {}: a stratum that its audit does not have", event.id);
  }
}

std::string audit_problem(Database& database, const Event& event) {
  const auto after = parse_json(event.after, "event");
  if (!after.ok() || !after->contains("audit")) return {};
  const Json& what = (*after)["audit"];
  try {
    return what.contains("items") ? problem_of_open(database, what)
                                  : problem_of_close(database, what);
  } catch (const Json::exception& error) {
    return error.what();
  }
}

bool audit_disputes(Database& database, int64_t shadow, const Decision& label,
                    const Decision& reading) {
  const auto terms = database.text(
      "SELECT terms FROM audit JOIN audit_item ON audit_id = audit.id WHERE shadow_id = ?", shadow);
  if (!terms) return false;
  const AuditTerms known = AuditTerms::from_json(value_or_throw(parse_json(*terms, "audit")));
  if (!known.of_labels()) return false;
  return !claim_holds(claim_of(label, known.of_objects()), reading, known.of_objects());
}

std::optional<Refusal> refuse_closed_audit(Database& database, int64_t image) {
  if (!database.integer("SELECT 1 FROM audit JOIN audit_item ON audit_id = audit.id WHERE "
                        "shadow_id = ? AND closed_at IS NOT NULL",
                        image))
    return std::nullopt;
  return refusal(409, "closed", "[event] image {}: its audit is closed, expected an open one",
                 image);
}

}  // namespace paucal::review
