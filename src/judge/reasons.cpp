#include "judge/reasons.h"

#include <cmath>

#include "base/error.h"

namespace paucal::judge {
namespace {

// What is enough to say so.
constexpr int64_t kFewestImages = 5;
constexpr double kMostDisturbed = 1 / 3., kMostHot = .5;
constexpr double kLeastFalls = .6, kLeastStands = .6, kLeastAgreement = .5;

std::string count_of(double share, int64_t images) {
  return fmt::format("{} of {} NG images", std::lround(share * static_cast<double>(images)),
                     images);
}

Json json_of(const std::optional<double>& share) {
  return share ? Json(*share) : Json();
}
std::optional<double> share_from(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return json.get<double>();
}

}  // namespace

Json to_json(const Reasons& r) {
  if (r.images == 0) return Json::object();
  return {{"images", r.images},
          {"hot", r.hot},
          {"falls", r.falls},
          {"stands", r.stands},
          {"control", json_of(r.control)},
          {"disturbed", json_of(r.disturbed)},
          {"agreement", json_of(r.agreement)},
          {"sentence", sentence(r)}};
}

Reasons reasons_from_json(const Json& json) {
  if (json.empty()) return {};
  return {.images = json.at("images").get<int64_t>(),
          .hot = json.at("hot").get<double>(),
          .falls = json.at("falls").get<double>(),
          .stands = json.at("stands").get<double>(),
          .control = share_from(json.at("control")),
          .disturbed = share_from(json.at("disturbed")),
          .agreement = share_from(json.at("agreement"))};
}

std::string sentence(const Reasons& r) {
  if (r.images < kFewestImages) return "";
  if (r.disturbed.value_or(0) > kMostDisturbed)
    return "Whether the map shows what decides cannot be told: a part of one OK image in another "
           "one often looks like a defect.";
  if (r.hot > kMostHot)
    return fmt::format(
        "The map does not tell where: {:.0f} % of it are hot on NG images. Look at the maps before "
        "you trust them.",
        100 * r.hot);
  if (r.falls < kLeastFalls)
    return fmt::format(
        "Filling the hot places from OK images makes only {} OK: the verdict comes from elsewhere "
        "(light, background, sitting). Look at the maps before you trust it.",
        count_of(r.falls, r.images));
  if (r.control && *r.control > .5 * r.falls)
    return fmt::format(
        "Filling as many other places as are hot makes {} OK, too: the verdict does not come from "
        "the places that the map shows.",
        count_of(*r.control, r.images));
  if (r.stands < kLeastStands)
    return fmt::format(
        "The hot places alone, all else taken from OK images, keep only {} NG: the verdict needs "
        "more than what the map shows (light, background, sitting).",
        count_of(r.stands, r.images));
  if (r.agreement && *r.agreement < kLeastAgreement)
    return fmt::format(
        "Class map and memory are hottest at the same place on only {}: what NG images share is "
        "not what no OK image shows.",
        count_of(*r.agreement, r.images));
  return "";
}

report::Table reasons_table(const Reasons& r) {
  report::Table table{
      .title = "Does the map show what decides?",
      .columns = {{"What was changed"}, {"Images", Unit::kPercent}, {"Expected"}},
      .rows = {{"Hot places filled from an OK image: NG images that become OK", r.falls, "most"},
               {"All else filled from an OK image: NG images that stay NG", r.stands, "most"},
               {"As many other places filled: NG images that become OK", json_of(r.control), "few"},
               {"The same places of OK images filled: those that look NG", json_of(r.disturbed),
                "few"}},
      .note = fmt::format("Of {} images that are called NG, without any truth. An image counts as "
                          "changed, too, where it comes more than half of the way. Hot places are "
                          "{:.1f} % of the map.",
                          r.images, 100 * r.hot)};
  if (r.agreement)
    table.rows.push_back(
        {"Nothing: class map and memory are hottest at the same place", *r.agreement, "most"});
  return table;
}

}  // namespace paucal::judge
