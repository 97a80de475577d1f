#include "serve/models.h"

#include <algorithm>

#include "base/error.h"
#include "serve/self_check.h"

namespace paucal::serve {
namespace {

std::string text_of(const Failure& failure) {
  return fmt::format("[{}] {}", failure.place, failure.message);
}

}  // namespace

Models::Models(EngineOptions options, Log log, std::function<void()> dropped)
    : options_(std::move(options)), log_(std::move(log)), dropped_(std::move(dropped)) {}

std::optional<Failure> Models::start() {
  for (const NamedFile& named : options_.files)
    if (!is_model_name(named.name))
      return failure("serve",
                     "'{}': expected letters, digits, '_', '.', '-', at most 64, not 'stats'",
                     named.name);
  if (!options_.models.empty()) {
    std::error_code unknown;
    if (!std::filesystem::is_directory(options_.models, unknown))
      return failure("serve", "'{}': no folder", options_.models.string());
    auto choices = read_choices(options_.models / kChoicesFile);
    if (!choices.ok()) return choices.failure();
    choices_ = std::move(*choices);
  }
  refresh([](const FoundModel&) { return true; });
  if (auto wrong = load_shadows()) return wrong;
  const std::unique_lock lock(mutex_);
  for (auto& [name, slot] : slots_) slot.required = true;
  for (const NamedFile& named : options_.files) {
    const auto slot = slots_.find(named.name);
    if (slot == slots_.end()) return failure("serve", "'{}': no such file", named.file.string());
    if (!slot->second.serving) return Failure{"serve", slot->second.versions.at(1).reason};
  }
  return std::nullopt;
}

std::optional<Failure> Models::load_shadows() {
  for (const auto& [name, version] : options_.shadows) {
    std::optional<FoundModel> found;
    {
      const std::shared_lock lock(mutex_);
      if (const auto slot = slots_.find(name); slot != slots_.end())
        if (const auto known = slot->second.versions.find(version);
            known != slot->second.versions.end())
          found = known->second.found;
    }
    if (!found) return failure("serve", "--shadow {}={}: no such version", name, version);
    auto checked = load_checked(*found, options_.threads);
    if (!checked.ok()) return checked.failure();
    log_(fmt::format("{} version {} runs beside what serves: {}", name, version, checked->how));
    checked->model->counters = counters_of(name, version);
    const std::unique_lock lock(mutex_);
    Slot& slot = slots_[name];
    slot.beside = std::move(checked->model);
    slot.versions.at(version).loaded = found->stamp;
  }
  return std::nullopt;
}

bool Models::is_shadow(const std::string& name, int version) const {
  return std::ranges::any_of(options_.shadows, [&](const NamedVersion& shadow) {
    return shadow.name == name && shadow.version == version;
  });
}

std::shared_ptr<Counters> Models::counters_of(const std::string& name, int version) {
  const std::unique_lock lock(mutex_);
  auto& counters = counters_[{name, version}];
  if (!counters) counters = std::make_shared<Counters>();
  return counters;
}

void Models::look() {
  FoundModels all = find_models(options_.models, options_.files);
  for (const std::string& problem : all.problems)
    if (told_.insert(problem).second) log_(problem);
  const std::unique_lock lock(mutex_);
  for (auto& [name, slot] : slots_)
    std::erase_if(slot.versions, [&, name = name](const auto& entry) {
      return std::ranges::none_of(all.models, [&](const FoundModel& found) {
        return found.name == name && found.version == entry.first;
      });
    });
  for (FoundModel& found : all.models) {
    Known& known = slots_[found.name].versions[found.version];
    known.found = std::move(found);
  }
}

std::vector<int> Models::candidates(const std::string& name, const Slot& slot) const {
  std::vector<int> versions;
  for (const auto& [version, known] : slot.versions)
    if (!is_shadow(name, version)) versions.push_back(version);
  const auto choice = choices_.find(name);
  return in_order_of_choice(
      std::move(versions), choice == choices_.end() ? std::nullopt : std::optional(choice->second));
}

void Models::refresh(const std::function<bool(const FoundModel&)>& counts) {
  const std::lock_guard change(changing_);
  look();
  // Copies: loading must not hold the lock.
  std::map<std::string, std::vector<Known>> wanted;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [name, slot] : slots_) {
      if (slot.unloaded) continue;
      for (const int version : candidates(name, slot)) {
        if (slot.serving && version < slot.serving->served.version) break;
        wanted[name].push_back(slot.versions.at(version));
      }
    }
  }
  for (const auto& [name, versions] : wanted)
    for (const Known& known : versions) {
      if (known.loaded == known.found.stamp) break;  // it serves
      if (known.refused == known.found.stamp || !counts(known.found)) continue;
      if (!load_version(name, known.found.version, Why::kNewer)) break;
    }
}

std::optional<Failure> Models::load_version(const std::string& name, int version, Why why) {
  FoundModel found;
  {
    const std::unique_lock lock(mutex_);
    auto& versions = slots_[name].versions;
    const auto known = versions.find(version);
    if (known == versions.end()) return failure("serve", "'{}': version {} is gone", name, version);
    known->second.loading = true;
    found = known->second.found;
  }
  auto checked = load_checked(found, options_.threads);
  if (checked.ok()) checked->model->counters = counters_of(name, version);
  std::optional<Failure> wrong;
  bool serves = false;
  {
    const std::unique_lock lock(mutex_);
    Slot& slot = slots_[name];
    Known& known = slot.versions.at(version);
    known.loading = false;
    if (checked.ok()) {
      serves = put(slot, name, checked->model, why);
      if (serves) known.loaded = found.stamp, known.refused.reset(), known.reason.clear();
    } else {
      wrong = checked.failure();
      known.refused = found.stamp;
      known.reason = text_of(*wrong);
    }
  }
  dropped_();
  if (wrong)
    log_(fmt::format("{} version {} is refused: {}", name, version, text_of(*wrong)));
  else if (serves)
    log_(fmt::format("{} version {} serves: {}; loaded in {:.2f} s", name, version, checked->how,
                     checked->model->served.load_seconds));
  return wrong;
}

// False where it was unloaded or abandoned while it was loading.
bool Models::put(Slot& slot, const std::string& name, std::shared_ptr<Loaded> model, Why why) {
  const int version = model->served.version;
  if (why == Why::kNewer) {
    const auto choice = choices_.find(name);
    if (slot.unloaded || (choice != choices_.end() && choice->second.abandons(version)))
      return false;
  }
  slot.unloaded = false;
  if (slot.previous && slot.previous->served.version == version) put_previous(slot, nullptr);
  std::shared_ptr<Loaded> before = std::exchange(slot.serving, std::move(model));
  if (before && before->served.version != version)
    put_previous(slot, std::move(before));
  else if (before)
    before->dropped = true;  // the same number with other contents: nothing to return to
  return true;
}

void Models::put_previous(Slot& slot, std::shared_ptr<Loaded> model) {
  if (slot.previous) {
    slot.previous->dropped = true;
    const auto known = slot.versions.find(slot.previous->served.version);
    if (known != slot.versions.end()) known->second.loaded.reset();
  }
  slot.previous = std::move(model);
}

}  // namespace paucal::serve
