#include "review/decision.h"

#include <algorithm>

namespace paucal::review {
namespace {

constexpr size_t kMaxItems = 5000;

using Decided = std::variant<Decision, Refusal>;

const Proposal* find_proposal(const Scene& scene, const std::string& item) {
  for (const Proposal& proposal : scene.proposals)
    if (item_id(proposal.id) == item) return &proposal;
  return nullptr;
}

// The object, as it is or as it was proposed; nothing where there is none of this id.
std::optional<Item> item_of(const Decision& decision, const Scene& scene, const std::string& id) {
  if (const auto found = decision.items.find(id); found != decision.items.end())
    return found->second;
  if (const Proposal* proposal = find_proposal(scene, id))
    return Item{proposal->kind, proposal->class_id, proposal->geometry, "proposed"};
  return std::nullopt;
}

void settle_proposals(Decision& decision, const Scene& scene, const char* state) {
  for (const Proposal& proposal : scene.proposals)
    decision.items.emplace(item_id(proposal.id),
                           Item{proposal.kind, proposal.class_id, proposal.geometry, state});
}

// Nothing is to be found on the image.
void clear_objects(Decision& decision, const Scene& scene) {
  std::erase_if(decision.items, [](const auto& item) { return item.second.state == "drawn"; });
  for (const Proposal& proposal : scene.proposals)
    decision.items[item_id(proposal.id)] = {proposal.kind, proposal.class_id, proposal.geometry,
                                            "rejected"};
}

bool has_objects(const Decision& decision) {
  return std::ranges::any_of(decision.items, [](const auto& item) { return item.second.stands(); });
}

const Json& field_of(const Json& after, const char* key) {
  static const Json kNone;
  const auto found = after.find(key);
  return found == after.end() ? kNone : *found;
}

std::variant<const Class*, Refusal> class_of(const Action& action, const Scene& scene) {
  const Json& wanted = field_of(action.after, "class");
  if (const Class* found = find_class(*scene.classes, wanted)) return found;
  return refusal(400, "unknown", "[{}] class {}, expected the name or id of a class", action.name,
                 wanted.is_string() ? wanted.get<std::string>().substr(0, 80) : wanted.type_name());
}

Decided act_on_item(Decision decision, const Action& action, const Scene& scene) {
  const auto found = item_of(decision, scene, action.item);
  if (!found)
    return refusal(404, "unknown", "[{}] item '{}', expected an object of the image", action.name,
                   action.item.substr(0, 40));
  Item item = *found;
  const bool drawn = item.state == "drawn";
  if (action.name == "delete" && drawn) {
    decision.items.erase(action.item);
    return decision;
  }
  if (action.name == "relabel") {
    auto label = class_of(action, scene);
    if (auto* refused = std::get_if<Refusal>(&label)) return *refused;
    item.class_id = std::get<const Class*>(label)->id;
  }
  if (action.name == "edit") {
    auto geometry = checked_geometry(item.kind, field_of(action.after, "geometry"), scene.size);
    if (auto* refused = std::get_if<Refusal>(&geometry)) return *refused;
    item.geometry = std::get<std::string>(geometry);
  }
  if (action.name == "reject" || action.name == "delete")
    item.state = "rejected";
  else if (!drawn)
    item.state = action.name == "edit" || item.state == "edited" ? "edited" : "accepted";
  if (drawn && action.name == "reject")
    decision.items.erase(action.item);
  else
    decision.items[action.item] = item;
  return decision;
}

Decided act_accept_or_reject(Decision decision, const Action& action, const Scene& scene) {
  if (!action.item.empty()) return act_on_item(std::move(decision), action, scene);
  settle_proposals(decision, scene, action.name == "accept" ? "accepted" : "rejected");
  return decision;
}

Decided act_add(Decision decision, const Action& action, const Scene& scene) {
  if (decision.items.size() >= kMaxItems)
    return refusal(400, "bad", "[add] {} objects, expected at most {}", decision.items.size(),
                   kMaxItems);
  if (item_of(decision, scene, action.new_id))
    return refusal(400, "bad", "[add] item '{}' is there, expected a new id", action.new_id);
  const Json& kind = field_of(action.after, "kind");
  Item item{kind.is_string() ? kind.get<std::string>() : "box", 0, "", "drawn"};
  auto label = class_of(action, scene);
  if (auto* refused = std::get_if<Refusal>(&label)) return *refused;
  item.class_id = std::get<const Class*>(label)->id;
  auto geometry = checked_geometry(item.kind, field_of(action.after, "geometry"), scene.size);
  if (auto* refused = std::get_if<Refusal>(&geometry)) return *refused;
  item.geometry = std::get<std::string>(geometry);
  decision.items[action.new_id] = item;
  return decision;
}

Decided act_verdict(Decision decision, const Action& action, const Scene& scene) {
  const Json& verdict = field_of(action.after, "verdict");
  if (verdict != "OK" && verdict != "NG")
    return refusal(
        400, "bad", "[verdict] {}, expected OK or NG",
        verdict.is_string() ? verdict.get<std::string>().substr(0, 40) : verdict.type_name());
  if (action.after.contains("class")) {
    auto label = class_of(action, scene);
    if (auto* refused = std::get_if<Refusal>(&label)) return *refused;
    const Class& chosen = *std::get<const Class*>(label);
    if (chosen.is_ok != (verdict == "OK"))
      return refusal(400, "bad", "[verdict] {} with class '{}', expected a class that means it",
                     verdict.get<std::string>(), chosen.name);
    decision.class_id = chosen.id;
  } else {
    decision.class_id.reset();
  }
  decision.verdict = verdict.get<std::string>();
  if (verdict == "OK") clear_objects(decision, scene);
  decision.status = "done";
  return decision;
}

Decided act_class(Decision decision, const Action& action, const Scene& scene) {
  auto label = class_of(action, scene);
  if (auto* refused = std::get_if<Refusal>(&label)) return *refused;
  const Class& chosen = *std::get<const Class*>(label);
  decision.class_id = chosen.id;
  decision.verdict = chosen.is_ok ? "OK" : "NG";
  return decision;
}

Decided act_done(Decision decision, const Action&, const Scene& scene) {
  const bool was_ng = counts_as_ng(decision, scene);
  if (decision.verdict != "OK") settle_proposals(decision, scene, "accepted");
  if (decision.verdict == "OK") clear_objects(decision, scene);
  decision.verdict = has_objects(decision) || was_ng ? "NG" : "OK";
  decision.status = "done";
  return decision;
}

Decided act_unsure(Decision decision, const Action&, const Scene&) {
  decision.status = "unsure";
  decision.verdict.reset();
  return decision;
}

Decided act_reopen(Decision decision, const Action&, const Scene&) {
  decision.status = "open";
  decision.verdict.reset();
  return decision;
}

struct ActionRow {
  std::string_view name;
  Decided (*act)(Decision decision, const Action& action, const Scene& scene);
};
constexpr ActionRow kActions[] = {
    {"accept", act_accept_or_reject},
    {"reject", act_accept_or_reject},
    {"relabel", act_on_item},
    {"edit", act_on_item},
    {"delete", act_on_item},
    {"add", act_add},
    {"verdict", act_verdict},
    {"class", act_class},
    {"done", act_done},
    {"unsure", act_unsure},
    {"reopen", act_reopen},
};

}  // namespace

std::string item_id(int64_t proposal) {
  return fmt::format("p{}", proposal);
}

const Class* find_class(const std::vector<Class>& classes, const Json& wanted) {
  for (const Class& known : classes) {
    if (wanted.is_string() && known.name == wanted.get_ref<const std::string&>()) return &known;
    if (wanted.is_number_integer() && wanted == known.id) return &known;
  }
  return nullptr;
}

bool counts_as_ng(const Decision& decision, const Scene& scene) {
  if (decision.verdict) return *decision.verdict == "NG";
  if (!scene.label) return false;
  const Class* label = find_class(*scene.classes, Json(*scene.label));
  return label && !label->is_ok;
}

Decided decide(const Decision& before, const Action& action, const Scene& scene) {
  for (const ActionRow& row : kActions)
    if (row.name == action.name) return row.act(before, action, scene);
  std::string known;
  for (const ActionRow& row : kActions)
    known += fmt::format("{}{}", known.empty() ? "" : ", ", row.name);
  return refusal(400, "unknown", "[event] action '{}', expected one of {}",
                 action.name.substr(0, 40), known);
}

}  // namespace paucal::review
