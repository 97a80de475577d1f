// What is known of the models, for requests and people.

#include "base/error.h"
#include "serve/models.h"

namespace paucal::serve {

Answer<std::shared_ptr<const Loaded>> Models::find(const std::string& name,
                                                   std::optional<int> version) const {
  const std::shared_lock lock(mutex_);
  const auto found = slots_.find(name);
  if (found == slots_.end())
    return Refused{Refusal::kUnknownModel, fmt::format("'{}': no such model", name)};
  const Slot& slot = found->second;
  if (!version && slot.serving) return slot.serving;
  for (const auto& model : {slot.serving, slot.previous, slot.beside})
    if (model && model->served.version == version) return model;
  if (!version) {
    const std::string reason =
        slot.versions.empty() ? "its files are gone" : slot.versions.rbegin()->second.reason;
    return Refused{Refusal::kNotReady, fmt::format("'{}' is not loaded: {}", name, reason)};
  }
  const auto known = slot.versions.find(*version);
  if (known == slot.versions.end())
    return Refused{Refusal::kUnknownModel, fmt::format("'{}': no version {}", name, *version)};
  return Refused{Refusal::kNotReady,
                 fmt::format("'{}': version {} is not loaded{}{}", name, *version,
                             known->second.reason.empty() ? "" : ": ", known->second.reason)};
}

std::shared_ptr<const Loaded> Models::beside(const std::string& name) const {
  const std::shared_lock lock(mutex_);
  const auto found = slots_.find(name);
  return found == slots_.end() ? nullptr : found->second.beside;
}

std::vector<std::string> Models::names() const {
  const std::shared_lock lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, slot] : slots_)
    if (!slot.versions.empty() || slot.serving) names.push_back(name);
  return names;
}

std::vector<int> Models::loaded_versions(const std::string& name) const {
  const std::shared_lock lock(mutex_);
  std::set<int> versions;
  if (const auto found = slots_.find(name); found != slots_.end())
    for (const auto& model : {found->second.serving, found->second.previous, found->second.beside})
      if (model) versions.insert(model->served.version);
  return {versions.begin(), versions.end()};
}

std::vector<ModelState> Models::index() const {
  const std::shared_lock lock(mutex_);
  std::vector<ModelState> all;
  for (const auto& entry : slots_) {
    const std::string& name = entry.first;
    const Slot& slot = entry.second;
    const auto choice = choices_.find(name);
    std::map<int, ModelState> states;
    for (const auto& [version, known] : slot.versions) {
      const bool abandoned = choice != choices_.end() && choice->second.abandons(version);
      std::string reason = known.reason;
      if (reason.empty()) reason = abandoned ? "a person went back from it" : "not loaded";
      states[version] = {name, version, known.loading ? "LOADING" : "UNAVAILABLE", reason};
    }
    const auto is_loaded = [&](const std::shared_ptr<Loaded>& model, const char* how) {
      if (!model) return;
      const int version = model->served.version;
      const auto known = slot.versions.find(version);
      // A file that came later under the same number may have been refused.
      const bool refused = known != slot.versions.end() && known->second.refused;
      states[version] = {name, version, "READY", refused ? known->second.reason : how};
    };
    is_loaded(slot.beside, "runs beside what serves");
    is_loaded(slot.previous, "served before");
    is_loaded(slot.serving, "");
    for (auto& [version, state] : states) all.push_back(std::move(state));
  }
  return all;
}

bool Models::all_serve() const {
  const std::shared_lock lock(mutex_);
  for (const auto& [name, slot] : slots_)
    if (slot.required && !slot.unloaded && !slot.serving) return false;
  return true;
}

std::vector<ModelStatistics> Models::statistics() const {
  const std::shared_lock lock(mutex_);
  std::vector<ModelStatistics> all;
  for (const auto& [key, counters] : counters_) {
    all.push_back(counters->snapshot());
    all.back().name = key.first;
    all.back().version = key.second;
  }
  return all;
}

}  // namespace paucal::serve
