#pragma once
// One name for each class, however files and folders spell it (class_key.h).

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "labels/annotation.h"

namespace paucal::labels {

// From each spelling to the name of its class: the spelling that sorts first, without white space
// at its ends. `counted`: the spellings, and how often each occurs. A class of several spellings
// becomes a problem ("class-case").
std::map<std::string, std::string> names_of(const std::map<std::string, int64_t>& counted,
                                            std::vector<Problem>& problems);

// Gives all objects of a class one name.
void unify_classes(std::vector<Annotated>& annotated, std::vector<Problem>& problems);

// Names objects as a set names its classes.
class ClassNames {
 public:
  explicit ClassNames(std::vector<std::string> classes) : classes_(std::move(classes)) {}
  // The class that `name` means; `name` itself where it means none of them.
  const std::string& of(const std::string& name);

 private:
  std::vector<std::string> classes_;
  std::map<std::string, std::string> meant_;  // by spelling, of those asked for
};

}  // namespace paucal::labels
