// What a person asks of the models: load, unload, rollback.

#include <algorithm>

#include "base/error.h"
#include "serve/models.h"

namespace paucal::serve {

std::optional<Refused> Models::load(const std::string& name, std::optional<int> version) {
  const std::lock_guard change(changing_);
  look();
  int wanted = 0;
  {
    const std::shared_lock lock(mutex_);
    const auto slot = slots_.find(name);
    if (slot == slots_.end() || slot->second.versions.empty())
      return Refused{Refusal::kUnknownModel, fmt::format("'{}': no such model", name)};
    const auto order = candidates(name, slot->second);
    if (version && !slot->second.versions.contains(*version))
      return Refused{Refusal::kUnknownModel, fmt::format("'{}': no version {}", name, *version)};
    if (!version && order.empty())
      return Refused{Refusal::kNotReady, fmt::format("'{}': every version was abandoned", name)};
    wanted = version ? *version : order.front();
  }
  if (const auto wrong = load_version(name, wanted, Why::kAsked))
    return Refused{Refusal::kBadInput, fmt::format("[{}] {}", wrong->place, wrong->message)};
  if (version) choose(name, *version);
  return std::nullopt;
}

// A person's version: the highest needs no memory, unless it was abandoned.
void Models::choose(const std::string& name, int version) {
  std::optional<Choice> choice;
  {
    const std::shared_lock lock(mutex_);
    const int highest = slots_.at(name).versions.rbegin()->first;
    const auto before = choices_.find(name);
    if (version < highest)
      choice = {version, highest};
    else if (before == choices_.end() || !before->second.abandons(version))
      return;
  }
  if (const auto wrong = remember(name, choice)) log_(wrong->message);
}

std::optional<Refused> Models::unload(const std::string& name) {
  const std::lock_guard change(changing_);
  {
    const std::unique_lock lock(mutex_);
    const auto found = slots_.find(name);
    if (found == slots_.end())
      return Refused{Refusal::kUnknownModel, fmt::format("'{}': no such model", name)};
    Slot& slot = found->second;
    for (auto* model : {&slot.serving, &slot.previous, &slot.beside})
      if (const auto out = std::exchange(*model, nullptr)) out->dropped = true;
    for (auto& [version, known] : slot.versions) known.loaded.reset(), known.reason = "unloaded";
    slot.unloaded = true;
  }
  dropped_();
  log_(fmt::format("{} is unloaded", name));
  return std::nullopt;
}

std::optional<int> Models::version_before(const std::string& name, const Slot& slot) const {
  const int serving = slot.serving->served.version;
  const auto choice = choices_.find(name);
  const auto usable = [&](int version, const Known& known) {
    return version < serving && !is_shadow(name, version) && !known.refused &&
           (choice == choices_.end() || !choice->second.abandons(version));
  };
  std::optional<int> before;
  if (slot.previous && slot.previous->served.version < serving)
    before = slot.previous->served.version;
  for (const auto& [version, known] : slot.versions)
    if (usable(version, known) && (!before || version > *before)) before = version;
  return before;
}

std::optional<Refused> Models::rollback(const std::string& name) {
  const auto begin = std::chrono::steady_clock::now();
  Choice choice;
  bool instantly = false;
  {
    const std::unique_lock lock(mutex_);
    const auto found = slots_.find(name);
    if (found == slots_.end())
      return Refused{Refusal::kUnknownModel, fmt::format("'{}': no such model", name)};
    Slot& slot = found->second;
    if (!slot.serving)
      return Refused{Refusal::kNotReady, fmt::format("'{}': nothing serves", name)};
    const auto before = version_before(name, slot);
    if (!before)
      return Refused{
          Refusal::kBadInput,
          fmt::format("'{}': version {} serves, and none below it is there to return to; versions "
                      "are files DIR/{}/VERSION.paucal of --models DIR",
                      name, slot.serving->served.version, name)};
    const auto old = choices_.find(name);
    choice = {*before, std::max(slot.serving->served.version,
                                old == choices_.end() ? 0 : old->second.passed_over)};
    instantly = slot.previous && slot.previous->served.version == *before;
    if (instantly) {
      slot.serving->dropped = true;
      if (const auto known = slot.versions.find(slot.serving->served.version);
          known != slot.versions.end())
        known->second.loaded.reset();
      slot.serving = std::exchange(slot.previous, nullptr);
      choices_[name] = choice;  // from now on nothing newer takes its place by itself
    }
  }
  if (!instantly) {
    const std::lock_guard change(changing_);
    if (const auto wrong = load_version(name, choice.version, Why::kAsked))
      return Refused{Refusal::kBadInput, fmt::format("[{}] {}", wrong->place, wrong->message)};
    const std::unique_lock lock(mutex_);
    put_previous(slots_.at(name), nullptr);  // what was left needs no instant return
    choices_[name] = choice;
  }
  dropped_();
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  log_(fmt::format("{} version {} serves again after {:.1f} ms; {} is abandoned", name,
                   choice.version, took.count(), choice.passed_over));
  return remember(name, choice);
}

// What is not written is still obeyed until the end of the program.
std::optional<Refused> Models::remember(const std::string& name,
                                        const std::optional<Choice>& choice) {
  const std::lock_guard order(writing_);
  Choices all;
  {
    const std::unique_lock lock(mutex_);
    if (choice)
      choices_[name] = *choice;
    else
      choices_.erase(name);
    all = choices_;
  }
  const auto wrong = write_choices(options_.models / kChoicesFile, all);
  if (!wrong) return std::nullopt;
  return Refused{Refusal::kInternal,
                 fmt::format("version {} of '{}' serves, but a restart will not know it: [{}] {}",
                             choice ? choice->version : 0, name, wrong->place, wrong->message)};
}

}  // namespace paucal::serve
