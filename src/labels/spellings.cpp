#include "labels/spellings.h"

#include <fmt/ranges.h>

#include "labels/class_key.h"
#include "labels/class_name.h"

namespace paucal::labels {

std::map<std::string, std::string> names_of(const std::map<std::string, int64_t>& counted,
                                            std::vector<Problem>& problems) {
  std::map<std::string, std::vector<std::string>> classes;  // sorted spellings by key
  for (const auto& [spelling, count] : counted) classes[class_key(spelling)].push_back(spelling);
  std::map<std::string, std::string> names;
  for (const auto& [key, spellings] : classes) {
    const std::string name = class_name(spellings[0]);
    for (const std::string& spelling : spellings) names[spelling] = name;
    if (spellings.size() == 1) continue;
    std::vector<std::string> shown;
    for (const std::string& spelling : spellings)
      shown.push_back(fmt::format("'{}' ({})", spelling, counted.at(spelling)));
    problems.push_back(
        {name, "class-case",
         fmt::format("{} are one class now, '{}'", fmt::join(shown, " and "), name)});
  }
  return names;
}

void unify_classes(std::vector<Annotated>& annotated, std::vector<Problem>& problems) {
  std::map<std::string, int64_t> counted;
  for (const Annotated& image : annotated)
    for (const Instance& object : image.instances) ++counted[object.class_name];
  const auto names = names_of(counted, problems);
  for (Annotated& image : annotated)
    for (Instance& object : image.instances) object.class_name = names.at(object.class_name);
}

const std::string& ClassNames::of(const std::string& name) {
  const auto [at, is_new] = meant_.try_emplace(name, name);
  if (!is_new) return at->second;
  if (const int found = find_class(classes_, name); found >= 0)
    at->second = classes_[static_cast<size_t>(found)];
  return at->second;
}

}  // namespace paucal::labels
